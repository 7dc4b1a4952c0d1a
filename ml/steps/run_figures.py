"""Figures with their intervals, as a tracker keeps them: one number under one name."""

from __future__ import annotations

from collections.abc import Mapping

from ml.contract.names import Score
from ml.contract.records import Interval


def interval_metrics(intervals: Mapping[Score, Interval], prefix: str) -> dict[str, float]:
    """Each figure and the ends of its interval.

    Parameters
    ----------
    intervals : mapping of Score to Interval
    prefix : str
        Of every name, such as ``"test_"``.

    Examples
    --------
    >>> interval_metrics({Score.F1: Interval(value=0.8, low=0.7, high=0.9)}, "test_")
    {'test_f1': 0.8, 'test_f1_low': 0.7, 'test_f1_high': 0.9}
    """
    ends = (("", "value"), ("_low", "low"), ("_high", "high"))
    return {
        f"{prefix}{score}{end}": getattr(interval, field)
        for score, interval in intervals.items()
        for end, field in ends
    }
