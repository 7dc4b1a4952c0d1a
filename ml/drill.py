"""The drill: a bad model is forced past its gates, caught on recent rows, and rolled back.

Everything that the drill asks for is what people and jobs ask for: no step knows of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ml.contract.datasets import Dataset
from ml.contract.errors import LeadwiseError
from ml.contract.ledger import Action
from ml.contract.names import Step, Zone
from ml.contract.records import JsonObject, SnapshotRecord, SplitRecord, TrainRecord, Verdict
from ml.contract.standing import ModelState, states_of
from ml.core.dataset_parts import fetch_part
from ml.core.sample import write_csv
from ml.core.scoring import Scorer
from ml.pipeline import Pipeline

#: Seeds: leads to learn from, leads of late, leads that are scored before and after.
_GOOD, _RECENT, _ASKED, _SHUFFLE = 1, 2, 3, 4


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One part of the drill: how long it took, what was seen, and whether that is as it should."""

    name: str
    seconds: float
    passed: bool
    seen: str


@dataclass(frozen=True, kw_only=True)
class DrillResult:
    """What a drill has shown; `rollback_seconds` is None if it did not come so far."""

    model: str
    phases: tuple[Phase, ...]

    @property
    def passed(self) -> bool:
        """Whether every phase came to what it should."""
        return all(phase.passed for phase in self.phases)

    @property
    def rollback_seconds(self) -> float | None:
        """From the decision to the old scores."""
        found = [phase.seconds for phase in self.phases if phase.name == ROLL_BACK]
        return found[0] if found else None

    def to_dict(self) -> JsonObject:
        """JSON-ready values."""
        return {
            "model": self.model,
            "passed": self.passed,
            "rollback_seconds": self.rollback_seconds,
            "phases": [asdict(phase) for phase in self.phases],
        }


ROLL_BACK = "roll back"

#: Whether it is as it should be, and what was seen.
Seen = tuple[bool, str]


class Drill:
    """One drill on a scratch home.

    Parameters
    ----------
    pipeline : Pipeline
        Of a home that nobody needs.
    folder : Path
        For lead files and scores.
    rows : int
        Synthetic leads to learn from; as many come later.
    """

    def __init__(self, pipeline: Pipeline, folder: Path, *, rows: int) -> None:
        self._pipeline, self._folder, self._rows = pipeline, folder, rows
        self._model = pipeline.use_case.model_name(pipeline.moment)
        self._good = self._bad = ""
        self._before = b""

    def run(self) -> DrillResult:
        """Every phase in its order, up to the first that is not as it should be."""
        phases: list[Phase] = []
        for name, work in self._phases():
            began = time.monotonic()
            try:
                passed, seen = work()
            except LeadwiseError as error:
                passed, seen = False, str(error)
            seconds = round(time.monotonic() - began, 3)
            phases.append(Phase(name=name, seconds=seconds, passed=passed, seen=seen))
            if not passed:
                break
        return DrillResult(model=self._model, phases=tuple(phases))

    def _phases(self) -> Iterator[tuple[str, Callable[[], Seen]]]:
        yield "learn and serve a champion", self._learn
        yield "learn from shuffled outcomes", self._spoil
        yield "the gates refuse that", self._refuse
        yield "force it past them", self._force
        yield "catch it on recent leads", self._catch
        yield ROLL_BACK, self._roll_back
        yield "read the story", self._read

    def _learn(self) -> Seen:
        result = self._pipeline.run(self._leads(_GOOD))
        self._good, self._before = result.verdict.version, self._scores()
        return result.verdict.approved, result.verdict.reason

    def _spoil(self) -> Seen:
        trained = self._pipeline.train(self._shuffled(), self._latest_snapshot())
        self._bad = trained.version
        return self._bad != self._good, f"version {self._bad}, {trained.estimator}"

    def _refuse(self) -> Seen:
        verdict = self._judge(self._parts())
        kept = self._pipeline.promote(verdict)
        return not verdict.approved and not kept.promoted and self._serves(self._good), kept.reason

    def _force(self) -> Seen:
        verdict = self._pipeline.latest(Step.EVALUATE, Verdict, asked_by=Step.PROMOTE)
        self._pipeline.promote(verdict, force="drill")
        self._pipeline.deploy()
        other = self._scores() != self._before
        return other and self._serves(self._bad), f"version {self._bad} serves"

    def _catch(self) -> Seen:
        admitted = self._pipeline.ingest(self._leads(_RECENT))
        cleaned = self._pipeline.clean(admitted)
        self._pipeline.check(admitted, cleaned)
        recent = self._pipeline.split(self._pipeline.snapshot(cleaned))
        verdict = self._judge(recent)
        return not verdict.approved, verdict.reason

    def _roll_back(self) -> Seen:
        record = self._pipeline.rollback(reason="drill: it was caught on recent leads")
        same = self._scores() == self._before
        seen = "the old scores, byte for byte" if same else "other scores than before"
        return same and record.moved and self._serves(self._good), seen

    def _read(self) -> Seen:
        seen = self._pipeline.standing()
        troubles = [*seen.faults, *seen.crossed, *seen.waiting]
        deeds = [entry.action for entry in seen.entries]
        states = states_of(seen.entries)
        told = deeds.count(Action.PROMOTE) == 2 and deeds.count(Action.ROLLBACK) == 1
        right = states[self._good] == ModelState.CHAMPION
        right &= states[self._bad] == ModelState.ROLLED_BACK
        return told and right and not troubles, "; ".join(troubles) or f"{len(deeds)} entries"

    def _judge(self, parts: SplitRecord) -> Verdict:
        trained = self._pipeline.latest(Step.TRAIN, TrainRecord, asked_by=Step.EVALUATE)
        return self._pipeline.evaluate(trained, parts)

    def _serves(self, version: str) -> bool:
        served = self._pipeline.runtime.endpoint.current(self._model)
        return served is not None and served.version == version

    def _scores(self) -> bytes:
        """What is in force, loaded as a server loads it, says of the same leads each time."""
        served = self._pipeline.runtime.endpoint.current(self._model)
        if served is None:
            return b""
        return Scorer.of(served, use_case=self._pipeline.use_case).predict(self._probe).tobytes()

    @cached_property
    def _probe(self) -> pa.Table:
        return self._pipeline.clean_table(self._leads(_ASKED))

    def _leads(self, seed: int) -> Path:
        file = self._folder / f"leads-{seed}.csv"
        with file.open("wb") as stream:
            write_csv(self._pipeline.use_case, stream, rows=self._rows, seed=seed)
        return file

    def _parts(self) -> SplitRecord:
        return self._pipeline.latest(Step.SPLIT, SplitRecord, asked_by=Step.TRAIN)

    def _latest_snapshot(self) -> SnapshotRecord:
        return self._pipeline.latest(Step.SNAPSHOT, SnapshotRecord, asked_by=Step.TRAIN)

    def _shuffled(self) -> SplitRecord:
        """The rows that the champion learnt from, each with the outcome of another."""
        parts, lake = self._parts(), self._pipeline.runtime.lake
        keys = {}
        for part in ("train", "validation"):
            rows = pq.read_table(fetch_part(parts.data, getattr(parts, part), lake))
            keys[part] = f"{Zone.SPLITS}/drill/{part}.parquet"
            with lake.scratch() as scratch:
                pq.write_table(self._mixed(rows), scratch / "rows.parquet")
                lake.publish(keys[part], scratch / "rows.parquet")
        return replace(parts, train=keys["train"], validation=keys["validation"], data=Dataset())

    def _mixed(self, rows: pa.Table) -> pa.Table:
        target = self._pipeline.use_case.schema.target.name
        order = np.random.default_rng(_SHUFFLE).permutation(rows.num_rows)
        return rows.set_column(rows.column_names.index(target), target, rows[target].take(order))
