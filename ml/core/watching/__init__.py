"""What is watched, as signals: data, predictions, performance, business, service.

Every function takes plain tables, arrays or figures and gives `Signal` values; what cannot be told
has a named state. `worst` says how bad it all is.
"""

from ml.core.watching.business import business_signals
from ml.core.watching.data import data_signals
from ml.core.watching.expected import expected_performance
from ml.core.watching.outcome_list import outcome_signals
from ml.core.watching.performance import performance_signals, shown_performance
from ml.core.watching.predictions import prediction_signals, score_bins
from ml.core.watching.saying import worst
from ml.core.watching.service import service_signals

__all__ = [
    "business_signals",
    "data_signals",
    "expected_performance",
    "outcome_signals",
    "performance_signals",
    "prediction_signals",
    "score_bins",
    "service_signals",
    "shown_performance",
    "worst",
]
