"""The plan: the leads to work, in order, and what to expect of working them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.contract.records import Interval
from ml.core.planning.leads import Leads
from ml.core.planning.profit import ProfitCurve, profit_curve
from ml.core.planning.terms import Terms
from ml.core.planning.wins import expected_wins

Places = npt.NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """One lead of the plan."""

    rank: int
    id: str
    score: int
    score_low: int
    score_high: int
    band: str
    probability: float
    expected_profit: float
    asked_not: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Which leads to work, and what that should bring.

    Parameters
    ----------
    terms : Terms
        What it was made for.
    leads : int
        Leads that were scored.
    left_out : int
        Leads among them that asked not to be contacted.
    marked : int
        Leads to work that asked not to be contacted in some other way.
    chosen : tuple of Chosen
        Leads to work, the best first.
    wins : Interval
        Expected wins among them; nine such plans in ten win a number inside.
    profit : Interval
        Expected profit of working them; nine such plans in ten earn an amount inside.
    threshold : float or None
        Probability of the last lead to work; None where there is none.
    curve : ProfitCurve
        Of all leads that may be contacted.
    won : int or None
        Wins among the chosen, where outcomes are known.
    notes : tuple of str
        What a person should know; sentences without a final stop.
    """

    terms: Terms
    leads: int
    left_out: int
    marked: int
    chosen: tuple[Chosen, ...]
    wins: Interval
    profit: Interval
    threshold: float | None
    curve: ProfitCurve
    won: int | None
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values; of the curve a hundred points."""
        curve = self.curve
        points = [
            {"leads": int(at), "expected": curve.expected[at], "low": curve.low[at],
             "high": curve.high[at]}
            for at in curve.points()
        ]  # fmt: skip
        facts = {name: getattr(self, name) for name in ("leads", "left_out", "marked", "won")}
        return facts | {
            "terms": asdict(self.terms) | {"break_even": self.terms.break_even},
            "work": len(self.chosen),
            "wins": asdict(self.wins),
            "profit": asdict(self.profit),
            "threshold": self.threshold,
            "best": {"leads": curve.best, "expected": curve.expected[curve.best]},
            "curve": points,
            "notes": list(self.notes),
            "chosen": [asdict(lead) for lead in self.chosen],
        }


def make_plan(leads: Leads, terms: Terms, *, action: str | None = None) -> Plan:
    """The leads to work: the best that may be contacted, as many as there are hands and that pay.

    Parameters
    ----------
    leads : Leads
        Scored leads.
    terms : Terms
        Capacity, value and cost.
    action : str or None, default=None
        Way of contact that is planned; leads that refused it are left out. Without one, leads
        that refused every way are.
    """
    open_ = np.flatnonzero(~leads.closed(action))
    ranked = open_[np.argsort(-leads.probability[open_], kind="stable")]
    chances = (leads.probability[ranked], leads.low[ranked], leads.high[ranked])
    curve = profit_curve(*chances, terms)
    work = ranked[: min(terms.capacity, curve.best)]
    count = len(work)
    chosen = tuple(_chosen(leads, terms, rank, at) for rank, at in enumerate(work.tolist(), 1))
    wins = expected_wins(*(ends[:count] for ends in chances))
    return Plan(
        terms=terms,
        leads=len(leads),
        left_out=len(leads) - len(open_),
        marked=sum(bool(lead.asked_not) for lead in chosen),
        chosen=chosen,
        wins=wins,
        profit=_profit(wins, count, terms),
        threshold=float(leads.probability[work[-1]]) if count else None,
        curve=curve,
        won=None if leads.outcome is None else int(leads.outcome[work].sum()),
        notes=tuple(_notes(terms, len(ranked), curve)),
    )


def _profit(wins: Interval, count: int, terms: Terms) -> Interval:
    value, low, high = (
        each * terms.value - count * terms.cost for each in (wins.value, wins.low, wins.high)
    )
    return Interval(value=value, low=low, high=high)


def _chosen(leads: Leads, terms: Terms, rank: int, at: int) -> Chosen:
    probability = float(leads.probability[at])
    return Chosen(
        rank=rank,
        id=str(leads.ids[at]),
        score=int(leads.score[at]),
        score_low=int(leads.score_low[at]),
        score_high=int(leads.score_high[at]),
        band=str(leads.band[at]),
        probability=probability,
        expected_profit=probability * terms.value - terms.cost,
        asked_not=leads.wishes(at),
    )


def _notes(terms: Terms, reachable: int, curve: ProfitCurve) -> Iterator[str]:
    if terms.capacity > reachable:
        yield f"there is room for {terms.capacity:,} leads and only {reachable:,} to contact"
    if curve.best < min(terms.capacity, reachable):
        yield (
            f"only {curve.best:,} of them are more likely than {terms.break_even:.1%} to be won, "
            "which is what pays for the work; the others are left"
        )
