"""The steps in their order: what has been done with the same inputs is not done again.

Steps that learn, judge or draw bring scikit-learn and matplotlib; they are imported where they run,
so that scoring a file or rolling back does not wait for them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter

from ml.contract.errors import StepMissing, UnknownName, UsageError
from ml.contract.moments import Moment
from ml.contract.names import PRODUCT, Alias, Purpose, Role, Step
from ml.contract.records import (
    SPLIT_PARTS,
    CheckRecord,
    CleanRecord,
    DeployRecord,
    IngestRecord,
    JsonObject,
    PromoteRecord,
    Record,
    RollbackRecord,
    ScoreRecord,
    SliceRecord,
    SnapshotRecord,
    SplitRecord,
    TrainRecord,
    Verdict,
    WatchRecord,
)
from ml.contract.use_case import UseCase
from ml.core.scoring import Scorer
from ml.ports import FeatureStore, Runtime
from ml.results import RunResult, StepResult
from ml.steps.check import check, last_good, refuse_if_stopped, tell
from ml.steps.clean import clean
from ml.steps.deploy import deploy
from ml.steps.ingest import ingest
from ml.steps.promote import promote
from ml.steps.put_features import put_features
from ml.steps.reconcile import Standing, known_standing
from ml.steps.rollback import rollback
from ml.steps.score import score
from ml.steps.slice_weeks import day_column, slice_weeks
from ml.steps.snapshot import find, snapshot

if TYPE_CHECKING:
    from ml.core.planning import Plan, Terms
    from ml.steps.watched_outcomes import Lines

R = TypeVar("R", bound=Record)

#: Fields of records that hold keys of the lake; a record counts only while its files are there.
_LAKE_FIELDS = (
    "raw",
    "text",
    "quarantine",
    "clean",
    "profile",
    "train",
    "validation",
    "test",
    "holdout",
)

_ABOUT_ROWS = frozenset({Step.INGEST, Step.CLEAN, Step.CHECK, Step.SNAPSHOT, Step.SPLIT})

_WRITTEN_BY: dict[type, Step] = {
    IngestRecord: Step.INGEST,
    CleanRecord: Step.CLEAN,
    CheckRecord: Step.CHECK,
    SnapshotRecord: Step.SNAPSHOT,
    SplitRecord: Step.SPLIT,
    TrainRecord: Step.TRAIN,
    Verdict: Step.EVALUATE,
}


def fingerprint(use_case: UseCase, step: Step, inputs: object) -> str:
    """Hash of all that decides a step's result: the use case, the product's version, the inputs.

    Steps that only prepare rows do not look at candidates and gates.
    """
    words = {
        "use_case": repr(use_case.of_rows if step in _ABOUT_ROWS else use_case),
        "product": version(PRODUCT),
        "step": str(step),
        "inputs": inputs,
    }
    return hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()


def file_sha256(source: Path) -> str:
    """SHA-256 of a file's bytes."""
    with source.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class Pipeline:
    """Runs steps of one use case for one moment and remembers each in the journal.

    Parameters
    ----------
    use_case : UseCase
        The scoring problem.
    runtime : Runtime
        The home.
    moment : Moment
        Which of the use case's models is meant.
    seed : int, default=0
        Of all randomness in training.
    """

    def __init__(
        self, use_case: UseCase, runtime: Runtime, moment: Moment, *, seed: int = 0
    ) -> None:
        self.use_case, self.runtime, self.moment, self.seed = use_case, runtime, moment, seed
        self.results: list[StepResult] = []

    def run(self, source: Path) -> RunResult:
        """Every step from a training file to a served model."""
        admitted = self.ingest(source)
        cleaned = self.clean(admitted)
        checked = self.check(admitted, cleaned)
        frozen = self.snapshot(cleaned)
        parts = self.split(frozen)
        trained = self.train(parts, frozen)
        verdict = self.evaluate(trained, parts)
        promotion = self.promote(verdict)
        if promotion.promoted:
            self.deploy()
        return RunResult(
            use_case=self.use_case.name,
            moment=self.moment.name,
            cleaned=cleaned,
            checked=checked,
            verdict=verdict,
            promotion=promotion,
            steps=tuple(self.results),
        )

    def ingest(self, source: Path) -> IngestRecord:
        """Admit a training file."""
        work = partial(
            ingest,
            self.use_case,
            self.runtime,
            source=source,
            purpose=Purpose.TRAIN,
            moment=self.moment,
        )
        return self._once(Step.INGEST, IngestRecord, file_sha256(source), work)

    def clean(self, admitted: IngestRecord) -> CleanRecord:
        """Turn admitted text into typed rows."""
        work = partial(clean, self.use_case, self.runtime, ingest=admitted)
        inputs = [admitted.text, self.runtime.engine.dialect]
        return self._once(Step.CLEAN, CleanRecord, inputs, work)

    def check(self, admitted: IngestRecord, cleaned: CleanRecord) -> CheckRecord:
        """Hold the rows to the data checks.

        Raises
        ------
        DataStopped
            If they say stop; each time, until other rows come.
        """
        reference = self._last_good(cleaned)

        def work() -> CheckRecord:
            record = check(
                self.use_case, self.runtime, ingest=admitted, clean=cleaned, reference=reference
            )
            tell(self.use_case, self.runtime, record)
            return record

        # Rows age: where they have dates, another day may say something else.
        dated = self.use_case.schema.with_role(Role.TIME)
        day = f"{self.runtime.now():%Y-%m-%d}" if dated else ""
        inputs = [cleaned.clean, cleaned.canonical_hash, reference, day]
        record = self._once(Step.CHECK, CheckRecord, inputs, work)
        refuse_if_stopped(self.use_case, record)
        return record

    def check_aside(self, source: Path, aside: Runtime) -> CheckRecord:
        """Hold a file to the data checks on another home; this one stays as it is."""
        admitted, cleaned = Pipeline(self.use_case, aside, self.moment)._read(source, Purpose.TRAIN)
        reference = self._last_good(cleaned)
        if reference is not None:
            with aside.lake.scratch() as scratch:
                copy = Path(shutil.copy(self.runtime.lake.fetch(reference), scratch / "figures"))
                aside.lake.publish(reference, copy)
        return check(self.use_case, aside, ingest=admitted, clean=cleaned, reference=reference)

    def _last_good(self, cleaned: CleanRecord) -> str | None:
        """Key of the figures that rows are compared with; none where they were deleted."""
        stored = self.runtime.journal.latest(self._scope, Step.CHECK)
        latest = self._record(CheckRecord, stored) if stored else None
        key = last_good(latest, cleaned.canonical_hash)
        return key if key is not None and self.runtime.lake.exists(key) else None

    def snapshot(self, cleaned: CleanRecord) -> SnapshotRecord:
        """Freeze the training set."""
        work = partial(snapshot, self.use_case, self.runtime, clean=cleaned)
        return self._once(Step.SNAPSHOT, SnapshotRecord, cleaned.canonical_hash, work)

    def split(self, frozen: SnapshotRecord) -> SplitRecord:
        """Divide the training set."""
        from ml.steps.split import split

        work = partial(split, self.use_case, self.runtime, snapshot=frozen)
        return self._once(Step.SPLIT, SplitRecord, frozen.canonical_hash, work)

    def train(self, parts: SplitRecord, frozen: SnapshotRecord) -> TrainRecord:
        """Fit the candidates and register the best as challenger."""
        from ml.steps.train import train

        work = partial(
            train, self.use_case, self.runtime, split=parts, snapshot=frozen, moment=self.moment,
            seed=self.seed,
        )  # fmt: skip
        inputs = [parts.train, self.seed, self.runtime.boosting is not None]
        return self._once(Step.TRAIN, TrainRecord, inputs, work)

    def evaluate(self, trained: TrainRecord, parts: SplitRecord) -> Verdict:
        """Judge the challenger on the test rows, beside the champion of now."""
        from ml.steps.evaluate import evaluate

        champion = self.runtime.registry.aliased(trained.model, Alias.CHAMPION)
        rival = (
            None if champion is None or champion.version == trained.version else champion.version
        )
        work = partial(
            evaluate, self.use_case, self.runtime, train=trained, split=parts, moment=self.moment
        )
        return self._once(Step.EVALUATE, Verdict, [trained.version, parts.test, rival], work)

    def promote(self, verdict: Verdict, *, force: str = "") -> PromoteRecord:
        """Make the challenger champion if the verdict allows it. Never skipped: aliases move.

        Parameters
        ----------
        verdict : Verdict
        force : str, default=''
            Why to overrule it.
        """
        work = partial(
            promote, self.use_case, self.runtime, verdict=verdict, moment=self.moment, force=force
        )
        return self._always(Step.PROMOTE, work)

    def deploy(self) -> DeployRecord:
        """Serve the champion. Never skipped: what serves may have been changed by hand."""
        return self._always(
            Step.DEPLOY, partial(deploy, self.use_case, self.runtime, moment=self.moment)
        )

    def rollback(self, to: str | None = None, *, reason: str = "") -> RollbackRecord:
        """Let another version serve again. Never skipped, as `deploy`.

        Parameters
        ----------
        to : str or None, default=None
            Any registered version; None for the champion before.
        reason : str, default=''
            Why, for the ledger.
        """
        work = partial(
            rollback, self.use_case, self.runtime, moment=self.moment, to=to, reason=reason
        )
        return self._always(Step.ROLLBACK, work)

    def standing(self) -> Standing:
        """What ledger, registry and endpoint say of the model."""
        return known_standing(self.runtime, self.use_case.model_name(self.moment))

    def watch(
        self,
        source: Path,
        *,
        outcomes: Path | Lines | None = None,
        violations: Path | None = None,
        report: bool = True,
    ) -> WatchRecord:
        """Compare a file of late with the rows that the model in force learnt from.

        Parameters
        ----------
        source : Path
            Leads of late.
        outcomes : Path, Lines or None, default=None
            What became of them, or of earlier ones; by default what the leads' own file tells.
        violations : Path or None, default=None
            What SageMaker Model Monitor found of them.
        report : bool, default=True
            Draw a page for people.
        """
        from ml.steps.watch import watch

        reference = self._reference(Step.WATCH)
        admitted, cleaned = self._read(source, Purpose.SCORE)
        work = partial(watch, self.use_case, self.runtime, current=cleaned, moment=self.moment)
        work = partial(work, current_ingest=admitted, reference=reference)
        work = partial(work, outcomes=outcomes, violations=violations)
        return self._always(Step.WATCH, partial(work, report=report))

    def taught_leads(self) -> frozenset[str]:
        """Ids of the leads that the model in force was made and judged of."""
        parts, id = self._reference(Step.WATCH), self.use_case.schema.id.name
        keys = [key for key in (parts.train, parts.validation, parts.test) if key]
        files = [self.runtime.lake.fetch(key) for key in keys if self.runtime.lake.exists(key)]
        tables = [pq.read_table(file, columns=[id]) for file in files]
        return frozenset(str(lead) for table in tables for lead in table[id].to_pylist())

    def _reference(self, asked_by: Step) -> SplitRecord:
        """The rows that the model in force was made of; before there is one, the last split."""
        deployed = self.runtime.endpoint.current(self.use_case.model_name(self.moment))
        if deployed is None:
            return self.latest(Step.SPLIT, SplitRecord, asked_by=asked_by)
        facts = Scorer.of(deployed, use_case=self.use_case).manifest.facts
        train, validation, test = (facts[part] for part in SPLIT_PARTS)
        return SplitRecord(train=train, validation=validation, test=test, rows={})

    def score(self, source: Path, output: Path, *, reasons: int = 0) -> ScoreRecord:
        """Score a file with the model in force."""
        return score(
            self.use_case,
            self.runtime,
            source=source,
            output=output,
            moment=self.moment,
            reasons=reasons,
        )

    def plan(
        self,
        terms: Terms,
        source: Path | None = None,
        *,
        action: str | None = None,
        output: Path | None = None,
        plot: Path | None = None,
    ) -> Plan:
        """The leads of a file to work; without one, of the test leads of the model in force."""
        from ml.steps.plan import check_request, file_leads, held_out_leads, plan, write_plan

        check_request(self.use_case, action, output, plot)
        if source is None:
            leads = held_out_leads(self.runtime, self._reference(Step.PLAN))
        else:
            leads = file_leads(self.runtime, *self._read(source, Purpose.SCORE))
        found = plan(
            self.use_case, self.runtime, source=leads, moment=self.moment, terms=terms,
            action=action,
        )  # fmt: skip
        write_plan(self.use_case, found, output=output, plot=plot)
        return found

    def put_features(
        self, source: Path, store: FeatureStore, *, at: datetime, purpose: Purpose
    ) -> int:
        """Keep what a file says of leads in a feature store, true at a time; their number."""
        _, cleaned = self._read(source, purpose)
        return put_features(self.use_case, self.runtime, store, clean=cleaned, at=at)

    def clean_table(self, source: Path) -> pa.Table:
        """Clean training rows of a file, in memory."""
        _, cleaned = self._read(source, Purpose.TRAIN)
        return pq.read_table(self.runtime.lake.fetch(cleaned.clean))

    def leads_table(self, source: Path) -> pa.Table:
        """Clean rows of a file of leads to score, in memory."""
        _, cleaned = self._read(source, Purpose.SCORE)
        return pq.read_table(self.runtime.lake.fetch(cleaned.clean))

    def slice_file(self, source: Path) -> SliceRecord:
        """Clean training rows of a file, by week of arrival."""
        day_column(self.use_case)  # without one, cleaning would be for nothing
        cleaned = self.clean(self.ingest(source))
        files = [self.runtime.lake.fetch(cleaned.clean)]
        return self._slice(files, cleaned.canonical_hash)

    def slice_snapshot(self, tag: str | None) -> SliceRecord:
        """A training set, by week of arrival; the latest if no tag is given."""
        frozen = find(self.use_case, self.runtime.snapshots, tag)
        return self._slice(self.runtime.snapshots.fetch(frozen), frozen.canonical_hash)

    def _slice(self, files: Sequence[Path], canonical_hash: str) -> SliceRecord:
        return slice_weeks(self.use_case, self.runtime, files=files, canonical_hash=canonical_hash)

    def _read(self, source: Path, purpose: Purpose) -> tuple[IngestRecord, CleanRecord]:
        admitted = ingest(
            self.use_case, self.runtime, source=source, purpose=purpose, moment=self.moment
        )
        return admitted, clean(self.use_case, self.runtime, ingest=admitted)

    def step(self, name: str, source: Path | None = None) -> Record:
        """One step by its name, reading what the steps before it left on this home.

        Parameters
        ----------
        name : str
            From `ingest` to `deploy`.
        source : Path or None, default=None
            The training file; `ingest` needs it and no other step does.

        Raises
        ------
        UnknownName
            Listing the steps that can be run alone.
        StepMissing
            If the step that it reads has not run.
        """
        steps: dict[str, Callable[[], Record]] = {
            Step.INGEST: lambda: self.ingest(self._given(source)),
            Step.CLEAN: lambda: self.clean(self._latest(IngestRecord, Step.CLEAN)),
            Step.CHECK: lambda: self.check(
                self._latest(IngestRecord, Step.CHECK), self._latest(CleanRecord, Step.CHECK)
            ),
            Step.SNAPSHOT: lambda: self.snapshot(self._passed()),
            Step.SPLIT: lambda: self.split(self._latest(SnapshotRecord, Step.SPLIT)),
            Step.TRAIN: lambda: self.train(
                self._latest(SplitRecord, Step.TRAIN), self._latest(SnapshotRecord, Step.TRAIN)
            ),
            Step.EVALUATE: lambda: self.evaluate(
                self._latest(TrainRecord, Step.EVALUATE), self._latest(SplitRecord, Step.EVALUATE)
            ),
            Step.PROMOTE: lambda: self.promote(self._latest(Verdict, Step.PROMOTE)),
            Step.DEPLOY: self.deploy,
        }
        if name not in steps:
            raise UnknownName("step", name, steps)
        return steps[name]()

    def _passed(self) -> CleanRecord:
        """The rows that were cleaned last, once the checks have let them through."""
        cleaned = self._latest(CleanRecord, Step.SNAPSHOT)
        record = self._latest(CheckRecord, Step.SNAPSHOT)
        if record.canonical_hash != cleaned.canonical_hash:
            raise StepMissing(Step.SNAPSHOT, Step.CHECK)
        refuse_if_stopped(self.use_case, record)
        return cleaned

    @staticmethod
    def _given(source: Path | None) -> Path:
        if source is None:
            raise UsageError("step 'ingest' reads a file; name it with --data FILE")
        return source

    def _latest(self, kind: type[R], asked_by: Step) -> R:
        return self.latest(_WRITTEN_BY[kind], kind, asked_by=asked_by)

    def latest(self, step: Step, kind: type[R], *, asked_by: Step) -> R:
        """The record that a step left last.

        Raises
        ------
        StepMissing
            If the step has not run on this home.
        """
        stored = self.runtime.journal.latest(self._scope, step)
        if stored is None:
            raise StepMissing(asked_by, step)
        return self._record(kind, stored)

    @property
    def _scope(self) -> str:
        return self.use_case.scope(self.moment)

    @staticmethod
    def _record(kind: type[R], stored: JsonObject) -> R:
        return TypeAdapter(kind).validate_python(stored)

    def _once(self, step: Step, kind: type[R], inputs: object, work: Callable[[], R]) -> R:
        began = time.monotonic()
        mark = fingerprint(self.use_case, step, [self.moment.name, inputs])
        stored = self.runtime.journal.finished(self._scope, step, mark)
        remembered = self._record(kind, stored) if stored else None
        if remembered is not None and self._files_exist(remembered):
            self.runtime.progress.start(step)
            self.runtime.progress.done("unchanged: done before with the same inputs")
            return self._keep(step, began, remembered, repeated=True)
        record = work()
        self.runtime.journal.finish(self._scope, step, mark, record)
        return self._keep(step, began, record)

    def _always(self, step: Step, work: Callable[[], R]) -> R:
        began = time.monotonic()
        record = work()
        mark = fingerprint(self.use_case, step, [self.moment.name, asdict(record)])
        self.runtime.journal.finish(self._scope, step, mark, record)
        return self._keep(step, began, record)

    def _files_exist(self, record: Record) -> bool:
        keys = [
            getattr(record, field.name) for field in fields(record) if field.name in _LAKE_FIELDS
        ]
        if isinstance(record, SnapshotRecord):
            known = [each.tag for each in self.runtime.snapshots.all(record.use_case)]
            keys += [part.key for part in record.data.parts]
            if record.tag not in known:
                return False
        return all(self.runtime.lake.exists(key) for key in keys if isinstance(key, str))

    def _keep(self, step: Step, began: float, record: R, *, repeated: bool = False) -> R:
        self.results.append(
            StepResult(
                step=step, seconds=time.monotonic() - began, repeated=repeated, record=record
            )
        )
        return record
