"""Features: from a clean table to the one fitted pipeline that holds all that was learned."""

from ml.core.features.estimators import ESTIMATORS
from ml.core.features.frame import feature_frame, model_columns
from ml.core.features.pipeline import feature_pipeline

__all__ = ["ESTIMATORS", "feature_frame", "feature_pipeline", "model_columns"]
