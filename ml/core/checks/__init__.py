"""Data checks: statements whose figures any engine gives, and what the figures mean.

Nothing here knows an engine: `measure` is handed a function that runs SQL over the views
`clean` and `quarantine`, and `judge` reads figures alone.
"""

from ml.core.checks.examples import with_examples
from ml.core.checks.figures import Figures
from ml.core.checks.judge import judge, judge_types, state_of
from ml.core.checks.measure import Source, measure
from ml.core.checks.notes import notes_on
from ml.core.checks.table_types import types_of

__all__ = [
    "Figures",
    "Source",
    "judge",
    "judge_types",
    "measure",
    "notes_on",
    "state_of",
    "types_of",
    "with_examples",
]
