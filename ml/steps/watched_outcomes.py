"""What became of the leads that are watched, and what that says of the model and its worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ml.contract.errors import InputRefused
from ml.contract.names import Purpose
from ml.contract.records import IngestRecord, Interval
from ml.contract.use_case import UseCase
from ml.contract.watching import Signal
from ml.core.columns import Floats, numbers
from ml.core.drift.tables import sample_rows
from ml.core.investigating.outcomes import Outcomes, Told, beside
from ml.core.investigating.reading import telling, told_lines
from ml.core.scoring import Scorer
from ml.core.watching.arrivals import event_times
from ml.core.watching.business import business_signals
from ml.core.watching.expected import expected_performance
from ml.core.watching.outcome_list import outcome_signals
from ml.core.watching.performance import performance_signals, shown_performance
from ml.ports import Runtime
from ml.steps.exports import exported_files
from ml.steps.ingest import ingest
from ml.steps.watched_sides import Sides

#: Most leads of each side that are scored to be judged.
_SCORED_ROWS = 50_000
_DAY_SECONDS = 86_400.0
_ROW = "row"


@dataclass(frozen=True, kw_only=True)
class Lines:
    """What somebody tells of leads.

    Parameters
    ----------
    told : sequence of Told
    unreadable : int, default=0
        Lines that could not be read.
    left_out : tuple of str, default=()
        Sentences about older files that could not be read at all.
    leads : Table or None, default=None
        Clean rows of the leads that a model is judged by; None where those of now do.
    early : frozenset of str, default=frozenset()
        Leads of which only the quick outcomes are known, which are not like the others.
    known_leads : frozenset of str, default=frozenset()
        Other leads that were seen here: what is told of them is told of nobody strange.
    """

    told: Sequence[Told] = ()
    unreadable: int = 0
    left_out: tuple[str, ...] = ()
    leads: pa.Table | None = None
    early: frozenset[str] = frozenset()
    known_leads: frozenset[str] = frozenset()


def outcome_lines(
    use_case: UseCase,
    runtime: Runtime,
    outcomes: Path | Lines | None,
    admitted: IngestRecord | None,
) -> Lines:
    """The outcomes to judge by: as they were read, those of a file or folder, or the leads' own."""
    if isinstance(outcomes, Lines):
        return outcomes
    if outcomes is None:
        return lines_of_leads(use_case, runtime, admitted)
    return lines_of_files(use_case, runtime, exported_files(outcomes, some=False))


def lines_of_files(use_case: UseCase, runtime: Runtime, files: Sequence[Path]) -> Lines:
    """The outcomes of several files, the oldest first: the last that tells of a lead counts.

    Raises
    ------
    InputRefused
        If the newest cannot be read; older ones are left out and named.
    """
    by_lead: dict[str, list[Told]] = {}
    left_out, unreadable = [], 0
    for file in files:
        try:
            found = lines_of_file(use_case, runtime, file)
        except InputRefused as error:
            if file == files[-1]:
                raise InputRefused(error.faults, file=file.name) from None
            left_out.append(f"{file.name} was left out: {error.faults[0].sentence()}.")
            continue
        unreadable = found.unreadable  # of the newest: nobody mends what is long past
        by_lead |= _by_lead(found.told)
    told = [one for lines in by_lead.values() for one in lines]
    return Lines(told=told, unreadable=unreadable, left_out=tuple(left_out))


def _by_lead(told: Sequence[Told]) -> dict[str, list[Told]]:
    found: dict[str, list[Told]] = {}
    for one in told:
        if one.outcome is not None:
            found.setdefault(one.lead, []).append(one)
    return found


def lines_of_file(use_case: UseCase, runtime: Runtime, file: Path) -> Lines:
    """The outcomes of a file with the leads' ids, their outcomes and, if it has it, the day.

    Raises
    ------
    InputRefused
        If it cannot be read, or lacks ids or outcomes.
    """
    case = telling(use_case)
    admitted = ingest(case, runtime, source=file, purpose=Purpose.SCORE, moment=case.default_moment)
    text = pq.read_table(runtime.lake.fetch(admitted.text))
    told, unreadable = told_lines(use_case, text)
    return Lines(told=told, unreadable=unreadable)


def lines_of_leads(use_case: UseCase, runtime: Runtime, admitted: IngestRecord | None) -> Lines:
    """The outcomes that a file of leads brings itself, where its cells are filled.

    What is read to be scored leaves outcomes out: so the file is read once more, for them alone.
    """
    if admitted is None:
        return Lines()
    try:
        found = lines_of_file(use_case, runtime, runtime.lake.fetch(admitted.raw))
    except InputRefused:  # it has no column of outcomes, which leads of late need not have
        return Lines()
    told = [line for line in found.told if line.outcome is not None]
    return replace(found, told=told)


def outcome_signals_of(
    use_case: UseCase, sides: Sides, scorer: Scorer, lines: Lines, *, now: datetime
) -> tuple[Signal, ...]:
    """Signals about performance and business of a binary task, with whatever is known by now."""
    judged = sides if lines.leads is None else replace(sides, now=lines.leads)
    leads = judged.now[use_case.schema.id.name].to_pylist()
    known = beside(leads, lines.told, known_leads=lines.known_leads, unreadable=lines.unreadable)
    taken, future = _until(known, now)
    taken = _without_early(taken, leads, lines.early)
    about = _About.of(use_case, judged, scorer, taken, now)
    late = about if lines.leads is None else _About.of(use_case, sides, scorer, None, now)
    shown = about.shown()
    ours = known.named - known.strange
    listed = (
        outcome_signals(
            named=known.named, ours=ours, contradicted=known.contradicted,
            unreadable=known.unreadable, future=future,
        )
        if lines.told or lines.unreadable
        else ()
    )  # fmt: skip
    return (
        *expected_performance(late.scores, reference=about.before.scores),
        *performance_signals(
            about.scores, about.outcomes, expected=shown, policy=use_case.watch,
            age_days=about.ages, cohorts=about.cohorts,
        ),
        *listed,
        *about.business(late.cohorts),
    )  # fmt: skip


def _until(known: Outcomes, now: datetime) -> tuple[Outcomes, int]:
    """The outcomes without those of days to come, and their number; a day may begin in the east."""
    tomorrow = now.timestamp() / _DAY_SECONDS + 1
    ahead = known.known > tomorrow
    count = int(np.count_nonzero(ahead & ~np.isnan(known.outcome)))
    outcome, day = (np.where(ahead, np.nan, each) for each in (known.outcome, known.known))
    return replace(known, outcome=outcome, known=day), count


def _without_early(known: Outcomes, leads: Sequence[str], early: frozenset[str]) -> Outcomes:
    if not early:
        return known
    quick = np.array([lead in early for lead in leads], bool)
    return replace(known, outcome=np.where(quick, np.nan, known.outcome))


@dataclass(frozen=True, kw_only=True)
class _Side:
    """Scored rows that the model did not learn from, with their outcomes."""

    scores: Floats
    outcomes: Floats
    cohorts: Sequence[str | None] | None


@dataclass(frozen=True, kw_only=True)
class _About:
    """The leads of now with scores and outcomes, and what the model was judged by before."""

    use_case: UseCase
    before: _Side
    scores: Floats
    outcomes: Floats
    ages: Floats | None
    delays: Floats | None
    cohorts: Sequence[str | None] | None

    @classmethod
    def of(
        cls, use_case: UseCase, sides: Sides, scorer: Scorer, known: Outcomes | None, now: datetime
    ) -> _About:
        """On seeded samples of both sides; leads that taught the model say nothing of it."""
        table = sides.now.append_column(_ROW, pa.array(np.arange(sides.now.num_rows)))
        table = sample_rows(_not_learned(use_case, table, sides.before), _SCORED_ROWS, 0)
        rows = table[_ROW].to_numpy()
        times = _times(table, sides.day_column)
        ages = None if times is None else now.timestamp() / _DAY_SECONDS - times
        nothing = np.full(sides.now.num_rows, np.nan)
        outcome, day = (nothing, nothing) if known is None else (known.outcome, known.known)
        return cls(
            use_case=use_case,
            before=_unlearned(use_case, sides.unlearned, scorer),
            scores=scorer.predict(table),
            outcomes=outcome[rows],
            ages=ages,
            delays=None if times is None else day[rows] - np.floor(times),
            cohorts=_cohorts(use_case, table),
        )

    def shown(self) -> Mapping[str, Interval]:
        """What the model showed on rows that it had not seen."""
        side = self.before
        return shown_performance(
            side.scores, side.outcomes, policy=self.use_case.watch, cohorts=side.cohorts
        )

    def business(self, late: Sequence[str | None] | None) -> tuple[Signal, ...]:
        """What comes of the scores; `late` are the cohorts of the newest leads."""
        before, told = self.before, self.before.outcomes[~np.isnan(self.before.outcomes)]
        sources = None
        if before.cohorts is not None and late is not None:
            sources = before.cohorts, late
        return business_signals(
            self.scores,
            self.outcomes,
            bands=self.use_case.bands,
            policy=self.use_case.watch,
            reference_scores=before.scores if before.scores.size else None,
            usual_rate=float(told.mean()) if told.size else None,
            value_per_win=self.use_case.value_per_win,
            age_days=self.ages,
            delay_days=self.delays,
            sources=sources,
        )


def _not_learned(use_case: UseCase, table: pa.Table, learned: pa.Table | None) -> pa.Table:
    id = use_case.schema.id.name
    if learned is None or id not in learned.column_names:
        return table
    taught = pa.array(learned[id].cast(pa.string()).to_pylist(), pa.string())
    return table.filter(pc.invert(pc.is_in(table[id].cast(pa.string()), value_set=taught)))


def _unlearned(use_case: UseCase, unlearned: pa.Table | None, scorer: Scorer) -> _Side:
    target = use_case.schema.target.name
    if unlearned is None or target not in unlearned.column_names:
        return _Side(scores=np.empty(0), outcomes=np.empty(0), cohorts=None)
    table = sample_rows(unlearned, _SCORED_ROWS, 0)
    return _Side(
        scores=scorer.predict(table),
        outcomes=numbers(table[target]),
        cohorts=_cohorts(use_case, table),
    )


def _cohorts(use_case: UseCase, table: pa.Table) -> Sequence[str | None] | None:
    name = use_case.watch.cohort
    if not name or name not in table.column_names:
        return None
    return [None if one is None else str(one) for one in table[name].to_pylist()]


def _times(table: pa.Table, day_column: str | None) -> Floats | None:
    """Days since 1970 of each lead, where something says when it came."""
    if day_column is None or day_column not in table.column_names:
        return None
    days: Floats = event_times(table[day_column]) / _DAY_SECONDS
    return days
