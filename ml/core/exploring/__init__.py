"""Exploration of a file: types, missing values, distributions, rates, pairs, time and leaks."""

from ml.core.exploring.explore import Exploration, explore
from ml.core.exploring.report_page import exploration_page

__all__ = ["Exploration", "exploration_page", "explore"]
