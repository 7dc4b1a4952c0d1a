"""Investigate: gather what a home and a file tell, and say what is wrong and why."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from ml.contract.errors import InputRefused, LeadwiseError, UntrustedPackage
from ml.contract.investigation import Investigation
from ml.contract.ledger import Action
from ml.contract.moments import Moment
from ml.contract.names import Purpose, Step
from ml.contract.receipts import Receipt
from ml.contract.records import SPLIT_PARTS
from ml.contract.schema import Column, header_key
from ml.contract.use_case import UseCase
from ml.core.drift.importance import score_importance
from ml.core.features import model_columns
from ml.core.features.frame import LEVEL_KINDS
from ml.core.intake import admit
from ml.core.investigating import (
    Answered,
    Current,
    Evidence,
    Outcomes,
    Scored,
    Serving,
    beside,
)
from ml.core.investigating import investigate as judged
from ml.core.investigating.reading import (
    day_column,
    lenient,
    strange_headers,
    telling,
    told_lines,
    with_days,
)
from ml.core.scoring import Scorer
from ml.core.scoring.manifest import package_sha256
from ml.core.undeclared import numbers_found, undeclared_columns
from ml.ports import Deployment, Receipts, Runtime
from ml.steps.clean import clean
from ml.steps.ingest import ingest
from ml.steps.reconcile import known_standing

_T = TypeVar("_T")
#: Days of receipts that are counted, and receipts that are scored again.
_DAYS, _REPLAYED = 8, 200
#: What a score may differ by on a machine with another processor.
_SAME = 1e-9


def investigate(
    use_case: UseCase,
    runtime: Runtime,
    aside: Runtime,
    *,
    current: Path,
    moment: Moment,
    outcomes: Path | None = None,
    receipts: Receipts | None = None,
) -> Investigation:
    """Look at leads of late beside a home, layer by layer; the home stays as it is.

    Parameters
    ----------
    runtime : Runtime
        The home that is looked at.
    aside : Runtime
        A home for the files only.
    current : Path
        Leads of late: CSV, Parquet or JSON lines. Columns may be absent, and more may be there.
    moment : Moment
        Which of the use case's models is meant.
    outcomes : Path or None, default=None
        A file with the leads' ids and outcomes, empty where none is known yet, and `Outcome Date`
        or `known_at` if there is such. Without it the outcomes are those of `current`, if it has
        any.
    receipts : Receipts or None, default=None
        What the server of the home remembers of its scores.

    Raises
    ------
    InputRefused
        If a file cannot be read at all, or holds no ids.
    """
    runtime.progress.start(Step.WATCH)
    gathering = _Gathering(use_case=use_case, runtime=runtime, aside=aside, moment=moment)
    evidence = gathering.evidence(current, outcomes, receipts)
    told = "" if evidence.outcomes is None else (outcomes or current).name
    found = judged(evidence, current=current.name, outcomes=told)
    runtime.progress.done(found.root_cause)
    return found


@dataclass(frozen=True, kw_only=True)
class _Gathering:
    """Reads what there is; what cannot be had leaves a word in `troubles`."""

    use_case: UseCase
    runtime: Runtime
    aside: Runtime
    moment: Moment
    troubles: dict[str, str] = field(default_factory=dict)

    def evidence(self, source: Path, outcomes: Path | None, receipts: Receipts | None) -> Evidence:
        deployed, scorer, fault = self._in_force()
        parts = self._parts(scorer)
        learnt, _, unlearnt = (self._had("learnt", lambda k=key: self._rows(k)) for key in parts)  # type: ignore[misc]
        known = self._had("known", lambda: self._known_leads(parts)) or frozenset()
        current = self._current(source)
        return Evidence(
            use_case=self.use_case,
            moment=self.moment,
            now=self.runtime.now(),
            current=current,
            learnt=learnt,
            unlearnt=unlearnt,
            known_leads=known,
            outcomes=self._outcomes(outcomes, source, current, known),
            scored=self._had("scored", lambda: self._scored(scorer, unlearnt, current)),
            serving=self._serving(deployed, fault),
            answered=self._had("answered", lambda: self._answered(receipts, deployed, scorer)),
            troubles=self.troubles,
        )

    def _had(self, name: str, work: Callable[[], _T | None]) -> _T | None:
        """What work gives; nothing, and why, where it fails: the other evidence still counts."""
        try:
            return work()
        except Exception as fault:  # whatever it is, it is said beside the check that lacks it
            said = (
                str(fault)
                if isinstance(fault, LeadwiseError)
                else f"{type(fault).__name__}: {fault}"
            )
            self.troubles.setdefault(name, said)
            return None

    # What serves ------------------------------------------------------------------------------

    def _in_force(self) -> tuple[Deployment | None, Scorer | None, str]:
        try:
            deployed = self.runtime.endpoint.current(self._model)
            if deployed is None:
                return None, None, ""
            return deployed, Scorer.of(deployed, use_case=self.use_case), ""
        except UntrustedPackage as refused:
            self.troubles["scored"] = f"the package in force must not be used ({refused})"
            return None, None, str(refused)

    @property
    def _model(self) -> str:
        return self.use_case.model_name(self.moment)

    def _serving(self, deployed: Deployment | None, fault: str) -> Serving:
        seen = self._had("serving", lambda: known_standing(self.runtime, self._model))
        if seen is None:
            away = self.troubles.get("serving", "")
            return Serving(version=deployed.version if deployed else None, registry_away=away)
        version = deployed.version if deployed else seen.served
        made = [
            one.at for one in seen.entries if one.action == Action.TRAIN and one.version == version
        ]
        # Where the package cannot be read nothing serves: that is one fault, not two.
        crossed = () if fault else (*seen.crossed, *seen.waiting)
        return Serving(
            version=version,
            trained_at=made[-1] if made else None,
            disagreements=crossed,
            ledger_faults=tuple(seen.faults),
            entries=len(seen.entries),
            registry_away=seen.away,
            package_fault=fault,
        )

    # Rows of before ---------------------------------------------------------------------------

    def _parts(self, scorer: Scorer | None) -> tuple[str, ...]:
        """Keys of the rows that the model in force was made of; of the last split without one."""
        if scorer is not None:
            return tuple(scorer.manifest.facts.get(part, "") for part in SPLIT_PARTS)
        stored = self.runtime.journal.latest(self.use_case.scope(self.moment), Step.SPLIT) or {}
        return tuple(str(stored.get(part, "")) for part in SPLIT_PARTS)

    def _rows(self, key: str) -> pa.Table | None:
        if not key or not self.runtime.lake.exists(key):
            return None
        file = self.runtime.lake.fetch(key)
        present = set(pq.read_schema(file).names)
        columns = [one for one in model_columns(self.use_case, self.moment) if one.name in present]
        levels = [column.name for column in columns if column.kind in LEVEL_KINDS]
        names = [*(column.name for column in columns), self.use_case.schema.target.name]
        return pq.read_table(file, columns=names, read_dictionary=levels)

    def _known_leads(self, parts: Iterable[str]) -> frozenset[str]:
        name, found = self.use_case.schema.id.name, set()
        for key in parts:
            if key and self.runtime.lake.exists(key):
                rows = pq.read_table(self.runtime.lake.fetch(key), columns=[name])
                found.update(rows[name].to_pylist())
        return frozenset(found)

    # Rows of late -----------------------------------------------------------------------------

    def _current(self, source: Path) -> Current:
        headers = self._headers(source)
        known = {header_key(header) for header in headers}
        more = self._undeclared(source, headers)
        case = lenient(self.use_case, more)
        admitted = ingest(
            case, self.aside, source=source, purpose=Purpose.SCORE, moment=self.moment
        )
        cleaned = clean(case, self.aside, ingest=admitted)
        table = pq.read_table(self.aside.lake.fetch(cleaned.clean))
        table, found = numbers_found(table, more)
        table, days = with_days(table, day_column(self.use_case))
        held = pq.read_table(self.aside.lake.fetch(cleaned.quarantine), columns=["column"])
        return Current(
            table=table,
            day_column=days,
            absent=tuple(
                column.source
                for column in self.use_case.schema.features(self.moment)
                if not known & {header_key(header) for header in column.headers}
            ),
            undeclared=found,
            received=cleaned.rows.received,
            held=dict(Counter(str(name or "") for name in held["column"].to_pylist())),
        )

    def _headers(self, source: Path, more: tuple[Column, ...] = ()) -> tuple[str, ...]:
        with source.open("rb") as stream:
            admitted = admit(
                stream,
                use_case=lenient(self.use_case, more),
                purpose=Purpose.SCORE,
                moment=self.moment,
                name=source.name,
            )
            return tuple(admitted.header.names)

    def _undeclared(self, source: Path, headers: tuple[str, ...]) -> tuple[Column, ...]:
        """Columns that nobody declared, but for those that hold neither text nor numbers."""
        more = undeclared_columns(self.use_case, strange_headers(self.use_case, headers))
        try:
            self._headers(source, more)
        except InputRefused as refused:
            odd = {fault.column for fault in refused.faults}
            return tuple(column for column in more if column.source not in odd)
        return more

    def _scored(
        self, scorer: Scorer | None, unlearnt: pa.Table | None, current: Current
    ) -> Scored | None:
        if scorer is None or unlearnt is None or not unlearnt.num_rows:
            return None
        columns = self.use_case.schema.features(self.moment)
        return Scored(
            before=scorer.predict(unlearnt),
            now=scorer.predict(current.table),
            importance=score_importance(scorer.predict, unlearnt, columns),
        )

    # What became of them ----------------------------------------------------------------------

    def _outcomes(
        self, outcomes: Path | None, source: Path, current: Current, known: frozenset[str]
    ) -> Outcomes | None:
        """Outcomes of a file that was named; of the leads' own file if it holds any."""
        try:
            text = self._told(outcomes or source)
        except InputRefused:
            if outcomes is not None:
                raise
            return None
        lines, unreadable = told_lines(self.use_case, text)
        if outcomes is None and all(line.outcome is None for line in lines):
            return None
        leads = current.table[self.use_case.schema.id.name].to_pylist()
        return beside(leads, lines, known_leads=known, unreadable=unreadable)

    def _told(self, file: Path) -> pa.Table:
        case = telling(self.use_case)
        first = case.default_moment
        admitted = ingest(case, self.aside, source=file, purpose=Purpose.SCORE, moment=first)
        return pq.read_table(self.aside.lake.fetch(admitted.text))

    # What the server remembers ----------------------------------------------------------------

    def _answered(
        self, receipts: Receipts | None, deployed: Deployment | None, scorer: Scorer | None
    ) -> Answered | None:
        if receipts is None:
            return None
        now = self.runtime.now()
        days, ahead = [0] * _DAYS, 0
        kept: deque[Receipt] = deque(maxlen=_REPLAYED)
        stamp = package_sha256(deployed.files) if deployed else ""
        for receipt in receipts.between(now - timedelta(days=_DAYS), now + timedelta(days=365)):
            if (receipt.use_case, receipt.moment) != (self.use_case.name, self.moment.name):
                continue
            ago = (now - receipt.at) // timedelta(days=1)
            if receipt.at > now + timedelta(minutes=5):
                ahead += 1
            else:
                days[_DAYS - 1 - max(ago, 0)] += 1
            if receipt.package_sha256 == stamp:
                kept.append(receipt)
        other = 0 if scorer is None else sum(_differs(scorer, receipt) for receipt in kept)
        return Answered(
            by_day=tuple(days),
            ahead=ahead,
            replayed=0 if scorer is None else len(kept),
            other_score=other,
        )


def _differs(scorer: Scorer, receipt: Receipt) -> bool:
    again = scorer.score_record(receipt.cells)
    if again.prediction is None:
        return True
    return abs(again.prediction - receipt.prediction) > _SAME or again.score != receipt.score
