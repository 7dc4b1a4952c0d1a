"""What gates ask of a model beside its metrics, measured on the model as it would serve."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ml.contract.gates import Gate
from ml.contract.moments import Moment
from ml.contract.names import Trait
from ml.contract.use_case import UseCase
from ml.core.comparison import Measured
from ml.core.invariance import invariances
from ml.core.leakage import leaks_among
from ml.core.scoring import Scorer
from ml.core.scoring.conformal import LEVEL
from ml.core.scoring.coverage import coverage

#: Leads whose time counts, after others that warm caches and branches up.
_TIMED, _WARM = 300, 50


@dataclass(frozen=True, kw_only=True)
class Examined:
    """A challenger and what it is examined on.

    Parameters
    ----------
    scorer : Scorer
        Loaded as a server would.
    files : mapping of str to bytes
        Its package.
    rows : Table
        Clean test rows with the outcome.
    taught : callable
        Gives the clean training rows.
    use_case, moment : UseCase, Moment
        What it is a model of.
    """

    scorer: Scorer
    files: Mapping[str, bytes]
    rows: pa.Table
    taught: Callable[[], pa.Table]
    use_case: UseCase
    moment: Moment


def measure(gates: Iterable[Gate], examined: Examined) -> dict[Trait, Measured]:
    """Every trait that the gates name; the others cost nothing."""
    asked = {gate.score for gate in gates}
    return {trait: look(examined) for trait, look in MEASURES.items() if trait in asked}


def _latency(examined: Examined) -> Measured:
    """From the cells of one lead to its score, by the processor's time.

    The clock on the wall would refuse a model because the machine was busy with something else.
    """
    leads = examined.rows.slice(0, _WARM + _TIMED).to_pylist()
    taken = [_milliseconds(examined.scorer, lead) for lead in leads][_WARM:]
    return Measured(figure=float(np.percentile(taken, 99)) if taken else float("nan"))


def _milliseconds(scorer: Scorer, lead: Mapping[str, object]) -> float:
    began = time.thread_time_ns()
    scorer.score_record(lead)
    return (time.thread_time_ns() - began) / 1e6


def _size(examined: Examined) -> Measured:
    largest = max(examined.files, key=lambda name: len(examined.files[name]))
    total = sum(map(len, examined.files.values()))
    return Measured(figure=total / 1e6, note=f"the largest file is {largest}")


def _leaks(examined: Examined) -> Measured:
    """What the model learnt from is what must not have known the outcome; test rows only judge."""
    count, columns = leaks_among(examined.use_case, examined.taught(), examined.moment)
    return Measured(figure=float(count), note=columns)


def _coverage(examined: Examined) -> Measured:
    """The smaller share, where events and the others are promised the same."""
    outcome = examined.rows[examined.use_case.schema.target.name].to_numpy().astype(np.float64)
    found = coverage(examined.scorer, examined.rows, outcome)
    shares = {name: share for name, share in found.items() if name.startswith("coverage")}
    if not shares:
        return Measured(figure=float("nan"), note="the package has no intervals; train again")
    name = min(shares, key=lambda each: shares[each])
    details = tuple(f"{each}: {figure:.3f}" for each, figure in found.items())
    return Measured(figure=shares[name], note=f"{name}, promised {LEVEL:g}", details=details)


def _broken_invariances(examined: Examined) -> Measured:
    tried = invariances(examined.scorer, examined.rows)
    broken = [one.sentence for one in tried if not one.passed]
    details = tuple(
        f"{one.name}: {one.figure:.2g} points at most, {one.at_most:.2g} allowed" for one in tried
    )
    return Measured(figure=float(len(broken)), note="; ".join(broken), details=details)


MEASURES: dict[Trait, Callable[[Examined], Measured]] = {
    Trait.LATENCY_MS: _latency,
    Trait.SIZE_MB: _size,
    Trait.LEAKS: _leaks,
    Trait.COVERAGE: _coverage,
    Trait.BROKEN_INVARIANCES: _broken_invariances,
}
