"""Whether a model is to be trained again."""

from ml.core.retraining.decision import decide, refused
from ml.core.retraining.triggers import Seen, lasting_losses

__all__ = ["Seen", "decide", "lasting_losses", "refused"]
