"""What is watched, as signals: data, predictions, performance, business, service.

Every function takes plain tables, arrays or figures and gives `Signal` values; what cannot be told
has a named state. `worst` says how bad it all is.
"""

from ml.core.watching.data import data_signals
from ml.core.watching.predictions import prediction_signals, score_bins
from ml.core.watching.saying import worst

__all__ = ["data_signals", "prediction_signals", "score_bins", "worst"]
