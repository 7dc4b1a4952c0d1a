"""Whether today's rows still look like those that the model learned from.

`judge` compares two cleaned tables column by column (`compare_columns`: a test and an effect size,
with false alarms held down over the columns), adds the scores, and decides by a `DriftPolicy`.
"""

from ml.core.drift.columns import compare_columns
from ml.core.drift.model_view import ModelView, view
from ml.core.drift.psi import psi, psi_of_levels
from ml.core.drift.verdict import Judgement, drifted_share, judge

__all__ = [
    "Judgement",
    "ModelView",
    "compare_columns",
    "drifted_share",
    "judge",
    "psi",
    "psi_of_levels",
    "view",
]
