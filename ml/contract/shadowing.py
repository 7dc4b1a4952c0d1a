"""What a challenger showed in the shadow of the champion, before it may take its place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Answered(StrEnum):
    """What came back for one lead."""

    SCORED = "scored"
    REFUSED = "refused"  # by a fault of the lead, which the answer names
    FAILED = "failed"
    LATE = "late"
    OTHER_SCHEMA = "other_schema"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One lead's answer.

    Parameters
    ----------
    state : Answered
    prediction : float or None
        Exactly where it is scored, as `band`.
    band : str or None
    cpu_ms : float or None
        Processor milliseconds that it took, where it was answered.
    says : str, default=''
        What went wrong.
    """

    state: Answered
    prediction: float | None = None
    band: str | None = None
    cpu_ms: float | None = None
    says: str = ""


@dataclass(frozen=True, kw_only=True)
class ShadowRecord:
    """What a challenger made of leads that were really asked for, beside the champion.

    Parameters
    ----------
    challenger : str
        Its version.
    champion : str or None
        The version in force; None where there is none to compare with.
    source : str
        Where the leads are from: ``"receipts"`` or ``"file"``.
    leads : int
        Leads that were given to both.
    answered : int
        Leads that the challenger scored.
    failed, late, other_schema : int
        Leads on which it raised an error or ended, those that it had not answered when its time was
        over, and those whose answer is not one of a scorer.
    refused : int
        Leads that both refuse: there is nothing to compare.
    mean_difference, largest_difference : float or None
        Of the predictions, absolute; None where no lead has both.
    band_changes : int
        Leads that come into another band.
    rank_correlation : float or None
        Spearman's, of the predictions; None where it cannot be told.
    challenger_ms, champion_ms : float or None
        Processor milliseconds for a lead, the median.
    objections : tuple of str
        Why the challenger must not be promoted; none if it may.
    """

    challenger: str
    champion: str | None
    source: str
    leads: int
    answered: int
    failed: int = 0
    late: int = 0
    other_schema: int = 0
    refused: int = 0
    mean_difference: float | None = None
    largest_difference: float | None = None
    band_changes: int = 0
    rank_correlation: float | None = None
    challenger_ms: float | None = None
    champion_ms: float | None = None
    objections: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing speaks against promotion."""
        return not self.objections
