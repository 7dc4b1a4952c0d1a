"""Whether it depends on the outcome that a field is filled in."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from ml.contract.records import Interval
from ml.core.coding import Coded, Flags, Floats
from ml.core.leakage.event import Event
from ml.core.shares import Z_95

#: Fewer rows with, or without, a value tell nothing.
MINIMUM_ROWS = 30
_STRATA = 10


@dataclass(frozen=True, kw_only=True)
class Filling:
    """A field's missing rows beside its others.

    Parameters
    ----------
    missing : int
        Rows without a value.
    rate_missing, rate_present : float
        Shares of events among rows without and with a value.
    p_value : float
        Of the two shares being one (two-sided z test).
    odds : Interval or None
        Odds of the event without a value, as a multiple of those with one, among rows that the
        columns that are always filled in rate alike; None where too few rows can be compared.
    """

    missing: int
    rate_missing: float
    rate_present: float
    p_value: float
    odds: Interval | None


def filling(column: Coded, event: Event, expected: Floats) -> Filling | None:
    """Missingness of a column against the outcome; None where nearly all or no rows have a value.

    Parameters
    ----------
    expected : ndarray of shape (n_rows,)
        What other columns make each row expect.
    """
    missing = column.missing
    without, rows = int(missing.sum()), len(missing)
    if min(without, rows - without) < MINIMUM_ROWS:
        return None
    rate_missing = float(event.happened[missing].mean())
    rate_present = float(event.happened[~missing].mean())
    error = math.sqrt(event.rate * (1 - event.rate) * (1 / without + 1 / (rows - without)))
    return Filling(
        missing=without,
        rate_missing=rate_missing,
        rate_present=rate_present,
        p_value=float(2 * stats.norm.sf(abs(rate_missing - rate_present) / error)),
        odds=odds_ratio(missing, event.happened == 1, expected),
    )


def odds_ratio(exposed: Flags, happened: Flags, expected: Floats) -> Interval | None:
    """Common odds ratio over tenths of equal expectation.

    Mantel and Haenszel (1959), with the variance of Robins, Breslow and Greenland (1986).

    Returns
    -------
    Interval or None
        None where the rows that can be compared lack one of the four combinations.
    """
    edges = np.quantile(expected, np.arange(1, _STRATA) / _STRATA)
    stratum = np.searchsorted(edges, expected, side="right")
    cells = np.bincount(stratum * 4 + exposed * 2 + happened, minlength=4 * _STRATA)
    table = cells.reshape(_STRATA, 4).astype(np.float64)
    table = table[table.sum(axis=1) > 0]
    total = table.sum(axis=1)
    calm, hit, calm_exposed, hit_exposed = table.T
    along, across = hit_exposed * calm / total, calm_exposed * hit / total
    r, s = float(along.sum()), float(across.sum())
    if not r or not s:
        return None
    p, q = (hit_exposed + calm) / total, (calm_exposed + hit) / total
    variance = (
        (p * along).sum() / (2 * r * r)
        + (p * across + q * along).sum() / (2 * r * s)
        + (q * across).sum() / (2 * s * s)
    )
    middle, reach = math.log(r / s), Z_95 * math.sqrt(float(variance))
    return Interval(
        value=math.exp(middle), low=math.exp(middle - reach), high=math.exp(middle + reach)
    )
