"""How often a look raises what has not changed, and how often it sees what has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ml.contract.modelling import Band, DriftPolicy
from ml.contract.schema import Column
from ml.contract.watch_policy import WatchPolicy
from ml.contract.watching import Severity
from ml.core.columns import Floats
from ml.core.drift.columns import compare_columns
from ml.core.drift.planting import Plant
from ml.core.drift.reliability import drawn_windows, planted
from ml.core.watching.data import data_signals
from ml.core.watching.predictions import prediction_signals
from ml.core.watching.saying import worst

Score = Callable[[pa.Table], Floats]


@dataclass(frozen=True, kw_only=True)
class RaisedRates:
    """Shares of looks, 0 to 1.

    Parameters
    ----------
    told : float
        In which people are told: something is raised from MEDIUM on.
    urgent : float
        In which something is raised from HIGH on.
    """

    told: float
    urgent: float


def raised_rates(  # noqa: PLR0913 - the bounds, the windows and the shifts, each by name
    reference: pa.Table,
    *,
    columns: Sequence[Column],
    policy: WatchPolicy,
    drift: DriftPolicy,
    rows: int,
    repetitions: int,
    seed: int,
    plants: Sequence[Plant] = (),
    score: Score | None = None,
    bands: Sequence[Band] = (),
) -> RaisedRates:
    """What looks at windows of the reference raise, with shifts planted into them.

    Parameters
    ----------
    reference : Table
        Cleaned rows of one distribution.
    columns : sequence of Column
        Columns to look at.
    policy, drift : WatchPolicy, DriftPolicy
        The bounds to try.
    rows, repetitions, seed
        As of `ml.core.drift.reliability.rates`.
    plants : sequence of Plant, default=()
        Shifts to plant; without any the rates are the false alarms.
    score : callable or None, default=None
        Probabilities of a table's rows, to look at predictions as well.
    bands : sequence of Band, default=()
        Bands of those.

    Raises
    ------
    UsageError
        If the reference is too small for windows of so many rows.
    """
    found = []
    windows = drawn_windows(reference, drift, rows, repetitions, seed)
    for n, (rest, window) in enumerate(windows):
        current = planted(window, plants, seed + n)
        drifts = compare_columns(rest, current, columns, drift)
        signals = data_signals(
            rest, current, columns=columns, policy=policy, drift=drift, drifts=drifts
        )
        if score is not None:
            signals += prediction_signals(
                score(rest), score(current), bands=bands, policy=policy, drift=drift
            )
        seen = worst(signals)
        found.append(seen.rank if seen else -1)
    ranks = np.array(found)
    return RaisedRates(
        told=float(np.mean(ranks >= Severity.MEDIUM.rank)),
        urgent=float(np.mean(ranks >= Severity.HIGH.rank)),
    )
