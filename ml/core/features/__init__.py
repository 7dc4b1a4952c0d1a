"""Features: from a clean table to the one fitted pipeline that holds all that was learned."""

from ml.core.features.estimators import ESTIMATORS
from ml.core.features.frame import feature_frame, model_columns
from ml.core.features.pipeline import ENCODERS, encoder_of, feature_pipeline, model_of

__all__ = [
    "ENCODERS",
    "ESTIMATORS",
    "encoder_of",
    "feature_frame",
    "feature_pipeline",
    "model_columns",
    "model_of",
]
