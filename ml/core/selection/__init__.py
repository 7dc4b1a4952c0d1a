"""Selection: which configuration of which family, judged on rows that it has not seen."""

from ml.core.selection.configurations import configurations, describe
from ml.core.selection.division import Division, Judged
from ml.core.selection.examples import Examples
from ml.core.selection.fitting import fit, predict
from ml.core.selection.folds import folds, out_of_fold, sample
from ml.core.selection.search import search
from ml.core.selection.trials import Trial, attempt, best, leading, settled

__all__ = [
    "Division",
    "Examples",
    "Judged",
    "Trial",
    "attempt",
    "best",
    "configurations",
    "describe",
    "fit",
    "folds",
    "leading",
    "out_of_fold",
    "predict",
    "sample",
    "search",
    "settled",
]
