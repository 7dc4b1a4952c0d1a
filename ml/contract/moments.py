"""Scoring moments: from when on a column is known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import total_ordering

from ml.contract.errors import InvalidUseCase


@total_ordering
@dataclass(frozen=True, kw_only=True)
class Moment:
    """A point in a lead's life at which it is scored.

    Parameters
    ----------
    name : str
        Lower-case word used on command lines and in file names.
    order : int
        Position in time; a model for this moment sees no column of a later one.
    meaning : str
        One sentence for people.

    Raises
    ------
    InvalidUseCase
        If the name is not a lower-case identifier.

    Examples
    --------
    >>> ARRIVAL < CONTACTED
    True
    """

    name: str
    order: int
    meaning: str

    def __post_init__(self) -> None:
        if not (self.name.isidentifier() and self.name.islower()):
            raise InvalidUseCase(
                f"moment name {self.name!r} must be a lower-case identifier such as 'arrival'"
            )

    def __lt__(self, other: Moment) -> bool:
        return self.order < other.order

    def __str__(self) -> str:
        return self.name


ARRIVAL = Moment(name="arrival", order=0, meaning="The form was sent and the web visit is over.")
ENGAGED = Moment(
    name="engaged",
    order=1,
    meaning="The lead has reacted: opened mails, chatted, filled in its profile.",
)
CONTACTED = Moment(
    name="contacted",
    order=2,
    meaning="An agent has spoken with the lead and typed what was learnt.",
)
