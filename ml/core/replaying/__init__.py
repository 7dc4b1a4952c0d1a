"""A year of synthetic leads with something planted in it, and what the loop made of it."""

from ml.core.replaying.events import Event, scenario_of
from ml.core.replaying.story import ReplayResult, Week

__all__ = ["Event", "ReplayResult", "Week", "scenario_of"]
