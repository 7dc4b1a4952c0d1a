"""The compiled scorer: a model package that is checked, loaded and asked without scikit-learn.

`package` makes the files from a fitted pipeline; `Scorer.load` checks and opens them.
Nothing here unpickles, and nothing that `Scorer` needs imports scikit-learn or pandas.
"""

from ml.core.scoring.manifest import package_sha256
from ml.core.scoring.package import package
from ml.core.scoring.scored import Reason, Scored
from ml.core.scoring.scorer import Scorer

__all__ = ["Reason", "Scored", "Scorer", "package", "package_sha256"]
