"""A score as it leaves the scorer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ml.contract.faults import Fault
from ml.core.scoring.certainty import Certainty


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """One thing that moves a score, in plain words.

    Parameters
    ----------
    concept : str
        Business concept, such as "Time on the website".
    text : str
        What is known of the lead there.
    points : float
        Points on the 0-100 scale that it adds (or takes, below 0), beside a lead of whom
        nothing is known. The points of all concepts add up to the score's distance from it.
    contribution : float
        The same on the model's own scale: log-odds, or units of the prediction.
    """

    concept: str
    text: str
    points: float
    contribution: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Scored:
    """One scored lead, or why it could not be scored.

    Parameters
    ----------
    prediction : float or None
        Probability of a binary task, rating of an ordinal one; None where `faults` are.
    score : int or None
        0 to 100.
    band : str or None
        Band of the score.
    moment, version : str
        Which model said so.
    lead : str or None
        Id of a lead that was scored.
    interval : tuple of float or None
        Least and highest prediction that the evidence allows: Venn-Abers probabilities of a
        binary task, the rating that nine in ten leads stay within of an ordinal one. None where
        the package knows of none.
    score_interval : tuple of int or None
        The same in points.
    certainty : Certainty or None
        Whether the outcome of a binary task is still open: of leads that turn out otherwise at
        most a tenth is told "likely" or "unlikely".
    low_confidence : tuple of str
        How the lead is unlike all that training saw; usually nothing.
    reasons_for, reasons_against : tuple of Reason
        What moves the score up and down most.
    faults, warnings : tuple of Fault
        What is wrong with the raw cells, and what is odd about them.
    """

    prediction: float | None
    score: int | None
    band: str | None
    moment: str
    version: str
    lead: str | None = None
    interval: tuple[float, float] | None = None
    score_interval: tuple[int, int] | None = None
    certainty: Certainty | None = None
    low_confidence: tuple[str, ...] = ()
    reasons_for: tuple[Reason, ...] = ()
    reasons_against: tuple[Reason, ...] = ()
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; `low_confidence` says whether, `low_confidence_why` why."""
        low, high = self.score_interval or (None, None)
        return {
            "lead_id": self.lead,
            "prediction": self.prediction,
            "score": self.score,
            "band": self.band,
            "moment": self.moment,
            "model_version": self.version,
            "score_low": low,
            "score_high": high,
            "interval": list(self.interval) if self.interval else None,
            "certainty": self.certainty,
            "low_confidence": bool(self.low_confidence),
            "low_confidence_why": list(self.low_confidence),
            "reasons_for": [_reason(reason) for reason in self.reasons_for],
            "reasons_against": [_reason(reason) for reason in self.reasons_against],
            "faults": [_fault(fault) for fault in self.faults],
            "warnings": [_fault(fault) for fault in self.warnings],
        }


def _reason(reason: Reason) -> Mapping[str, Any]:
    plain = asdict(reason)
    return plain | {
        "points": round(reason.points, 1),
        "contribution": round(reason.contribution, 4),
    }


def _fault(fault: Fault) -> Mapping[str, Any]:
    return asdict(fault)
