"""Which leads of earlier exports a model is judged by, as later ones tell what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from ml.contract.names import Role
from ml.contract.use_case import UseCase
from ml.core.investigating.outcomes import Told, beside
from ml.ports import Runtime
from ml.steps.merge import Exports
from ml.steps.watched_outcomes import Lines, lines_of_leads

#: Share of an export's leads from which on its outcomes are not only the quick ones.
_MOST = 0.8
#: Exports that are looked through at most, the newest first.
_LOOKED_BACK = 60


@dataclass(frozen=True, kw_only=True)
class JudgedLeads:
    """Leads to judge by, and what became of them.

    Parameters
    ----------
    rows : Table
        Their text, each lead once: as it was when it was last exported without an outcome, which
        is what a score of it rested on; one that always had one as it came last.
    lines : Lines
        Outcomes, of these leads and of others.
    """

    rows: pa.Table
    lines: Lines


def judged_leads(
    use_case: UseCase,
    runtime: Runtime,
    exports: Exports,
    *,
    told: Lines | None,
    taught: frozenset[str],
    ages: Sequence[float],
    today: date,
) -> JudgedLeads | None:
    """The leads that came last and of which enough is known, back to `minimum_outcomes`.

    Parameters
    ----------
    exports : Exports
    told : Lines or None
        Outcomes that were told apart from the leads; they count before those of the exports.
    taught : frozenset of str
        Leads that the model in force was made of; they say nothing of it.
    ages : sequence of float
        Days since each export was seen first; NaN where nobody knows.
    today : date
        Outcomes of later days are not taken.

    Returns
    -------
    JudgedLeads or None
        None where the newest export has enough by itself, and nothing else tells of it. Of leads
        that came in one export either most outcomes are known, or `label_days` have gone by; else
        they are `early`, and only wait.
    """
    search = _Search(use_case, runtime, exports, told, taught, today)
    for number in range(len(exports.records) - 1, -1, -1)[:_LOOKED_BACK]:
        search.look(number, ages[number])
        if search.known >= use_case.watch.minimum_outcomes:
            break
    newest_alone = told is None and not search.early and search.looked == 1
    return None if newest_alone else search.found()


class _Search:
    """Goes from the newest export back, by the export in which each lead came first."""

    def __init__(
        self,
        use_case: UseCase,
        runtime: Runtime,
        exports: Exports,
        told: Lines | None,
        taught: frozenset[str],
        today: date,
    ) -> None:
        self._use_case, self._runtime, self._exports = use_case, runtime, exports
        self._taught, self._today = taught, today
        self._lines = told or Lines()
        self._apart = {one.lead for one in self._lines.told}
        files = exports.keys.groupby("lead")["file"]
        self._first, self._last = files.min(), files.max()
        self._said: list[Told] = []
        self._leads: list[str] = []
        self.early: set[str] = set()
        self.known = self.looked = 0

    def look(self, number: int, age_days: float) -> None:
        """Take the leads that came first in an export."""
        self._hear(number)
        came = self._first.index[self._first == number]
        leads = came[~came.isin(self._taught)].tolist()
        outcome = beside(leads, [*self._lines.told, *self._said], today=self._today).outcome
        known = int(np.count_nonzero(~np.isnan(outcome)))
        self.looked += 1
        self._leads += leads
        if self._is_ripe(known, len(leads), age_days):
            self.known += known
        else:
            self.early.update(leads)

    def _is_ripe(self, known: int, leads: int, age_days: float) -> bool:
        """Whether what is known is like all that will be; where rows tell their age, that does."""
        if age_days >= self._use_case.watch.label_days or len(self._exports.records) == 1:
            return True
        dated = self._use_case.schema.with_role(Role.TIME)
        return not dated and known >= _MOST * leads

    def _hear(self, number: int) -> None:
        """What an export tells of the leads of which no later one tells anything."""
        found = lines_of_leads(self._use_case, self._runtime, self._exports.records[number])
        last = self._last.index[self._last == number]
        own = set(last[~last.isin(self._apart)])
        self._said += [one for one in found.told if one.lead in own]
        if number == len(self._exports.records) - 1:
            unreadable = self._lines.unreadable + found.unreadable
            self._lines = replace(self._lines, unreadable=unreadable)

    def found(self) -> JudgedLeads:
        lines = replace(
            self._lines,
            told=[*self._lines.told, *self._said],
            early=frozenset(self.early),
            known_leads=self._taught.union(self._first.index),
        )
        return JudgedLeads(rows=self._rows(), lines=lines)

    def _rows(self) -> pa.Table:
        keys = self._exports.keys
        ours = keys[keys["lead"].isin(self._leads)]
        # The last row without an outcome, before any other one.
        ordered = ours.sort_values(["bare", "file"], kind="stable")
        places = ordered.groupby("lead").tail(1).index.sort_values()
        return self._exports.rows.take(pa.array(np.asarray(places)))


def ages_of(seen_at: Sequence[str], now: pd.Timestamp) -> list[float]:
    """Days since each export was seen; one that nobody noted came before the next that was.

    Parameters
    ----------
    seen_at : sequence of str
        ISO 8601 with a zone, the oldest first; empty where nobody noted it.
    now : Timestamp
        With a zone.

    Examples
    --------
    >>> ages_of(["", "2026-03-01T00:00:00+00:00", ""], pd.Timestamp("2026-03-03T00:00:00Z"))
    [2.0, 2.0, nan]
    """
    times = pd.to_datetime(pd.Series(list(seen_at)).replace("", None), utc=True, errors="coerce")
    return [float(age) for age in ((now - times) / pd.Timedelta(days=1)).bfill()]
