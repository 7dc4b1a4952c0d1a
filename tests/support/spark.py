"""Spark's own environment."""

from ml.bootstrap import SPARK_PYTHON

__all__ = ["SPARK_PYTHON"]
