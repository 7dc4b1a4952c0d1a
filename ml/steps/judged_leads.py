"""Which leads of earlier exports a model is judged by, as later ones tell what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from ml.contract.names import LINE
from ml.contract.use_case import UseCase
from ml.core.investigating.outcomes import Told, beside
from ml.core.lead_days import day_column, days_of
from ml.ports import Runtime
from ml.steps.arrived import with_arrivals
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
    days : mapping of str to date
        When leads came, where their export says it.
    """

    rows: pa.Table
    lines: Lines
    days: Mapping[str, date]

    def dated(self, use_case: UseCase, table: pa.Table) -> pa.Table:
        """Clean rows of these leads with the day on which each came, if any says it."""
        name = day_column(use_case).name
        if name in table.column_names or not self.days:
            return table
        leads = table[use_case.schema.id.name].to_pylist()
        days = pa.array([self.days.get(lead) for lead in leads], pa.date32())
        return table.append_column(name, days)


def judged_leads(
    use_case: UseCase,
    runtime: Runtime,
    exports: Exports,
    *,
    told: Lines | None,
    taught: frozenset[str],
    ages: Sequence[float],
    now: datetime,
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
    now : datetime
        Outcomes of later days are not taken.

    Returns
    -------
    JudgedLeads or None
        None where the newest export has enough by itself, and nothing else tells of it. Of leads
        that came in one export either most outcomes are known, or `label_days` have gone by; else
        they are `early`, and only wait. Leads that say when they came wait by themselves.
    """
    search = _Search(use_case, runtime, exports, told, taught, now)
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
        now: datetime,
    ) -> None:
        self._use_case, self._runtime, self._exports = use_case, runtime, exports
        self._taught, self._now = taught, now
        self._lines = told or Lines()
        self._apart = {one.lead for one in self._lines.told}
        files = exports.keys.groupby("lead")["file"]
        self._first, self._last = files.min(), files.max()
        self._said: list[Told] = []
        self._leads: list[str] = []
        self._days: dict[str, date] = {}
        self.early: set[str] = set()
        self.known = self.looked = 0

    def look(self, number: int, age_days: float) -> None:
        """Take the leads that came first in an export."""
        self._hear(number)
        came = self._first.index[self._first == number]
        leads = came[~came.isin(self._taught)].tolist()
        said = [*self._lines.told, *self._said]
        known = ~np.isnan(beside(leads, said, today=tomorrow(self._now)).outcome)
        days = self._came(number)
        self._days |= days
        self.looked += 1
        self._leads += leads
        if days:
            self.known += int(np.count_nonzero(known & self._old(leads)))
        elif self._is_ripe(int(np.count_nonzero(known)), len(leads), age_days):
            self.known += int(np.count_nonzero(known))
        else:
            self.early.update(leads)

    def _is_ripe(self, known: int, leads: int, age_days: float) -> bool:
        """Whether what is known of an export's leads is like all that will be."""
        old = age_days >= self._use_case.watch.label_days
        return old or len(self._exports.records) == 1 or known >= _MOST * leads

    def _old(self, leads: Sequence[str]) -> NDArray[np.bool_]:
        """Whether leads are judged by their age; one without a day is."""
        latest = self._now.date() - timedelta(days=self._use_case.watch.label_days)
        return np.array([self._days.get(lead, latest) <= latest for lead in leads], bool)

    def _came(self, number: int) -> dict[str, date]:
        """The days on which leads of an export came; none where it does not say so."""
        column, keys = day_column(self._use_case), self._exports.keys
        places = np.flatnonzero(keys["file"] == number)
        rows = self._exports.rows.slice(int(places[0]) if places.size else 0, places.size)
        held = [name for name in (LINE, column.name) if name in rows.column_names]
        record = self._exports.records[number]
        rows = with_arrivals(self._use_case, self._runtime, rows.select(held), record)
        if column.name not in rows.column_names:
            return {}
        cells = rows[column.name]
        days = days_of(cells) if pa.types.is_string(cells.type) else cells
        pairs = zip(keys["lead"].iloc[places], days.to_pylist(), strict=True)
        return {lead: day for lead, day in pairs if day is not None}

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
        return JudgedLeads(rows=self._rows(), lines=lines, days=self._days)

    def _rows(self) -> pa.Table:
        keys = self._exports.keys
        ours = keys[keys["lead"].isin(self._leads)]
        # The last row without an outcome, before any other one.
        ordered = ours.sort_values(["bare", "file"], kind="stable")
        places = ordered.groupby("lead").tail(1).index.sort_values()
        return self._exports.rows.take(pa.array(np.asarray(places)))


def tomorrow(now: datetime) -> date:
    """The last day that is not ahead of the clock everywhere: a day begins in the east."""
    return (now + timedelta(days=1)).date()


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
