"""What can go wrong on request."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Faults:
    """Switches that a test throws; all are off at first.

    Parameters
    ----------
    refusals : list of (str, str)
        Codes and messages with which the next calls are refused, one each.
    always : (str, str) or None
        The same for every call.
    only : str
        The refusals are for this operation alone.
    lost : int
        That many answers to submissions are lost on their way, after the statement was taken.
    silent : int
        That many submissions are taken, and their connections closed without an answer.
    ending : (str, str) or None
        Status and words with which every statement ends, without being executed.
    hanging : bool
        Statements do not end by themselves.
    told_bytes : int or None
        Size that every result is said to have.
    """

    refusals: list[tuple[str, str]]
    always: tuple[str, str] | None = None
    only: str = ""
    lost: int = 0
    silent: int = 0
    ending: tuple[str, str] | None = None
    hanging: bool = False
    told_bytes: int | None = None

    def refusal(self, operation: str) -> tuple[str, str] | None:
        """Why a call is not taken, if so."""
        if self.only not in {"", operation}:
            return None
        return self.refusals.pop(0) if self.refusals else self.always
