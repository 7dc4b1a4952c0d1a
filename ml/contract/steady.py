"""Steadiness: how far a small step of one number may move a score."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ml.contract.names import Kind
from ml.contract.schema import Schema


@dataclass(frozen=True, kw_only=True)
class Steady:
    """A number of which a small step must not move a score wildly.

    Parameters
    ----------
    column : str
    step : float
        In the column's unit; steps are taken within the range that training saw.
    most_points : float
        Points on the 0-100 scale that one step may move any lead.
    """

    column: str
    step: float
    most_points: float


def broken_steadiness(steady: tuple[Steady, ...], schema: Schema) -> Iterator[str]:
    """What is wrong with a use case's demands on steadiness."""
    for one in steady:
        if one.column not in schema or schema[one.column].kind not in {Kind.NUMBER, Kind.INTEGER}:
            yield f"steadiness is asked of {one.column!r}, which is no number"
        if not (one.step > 0 and one.most_points > 0):
            yield f"steadiness of {one.column!r}: step and most_points must be above 0"
