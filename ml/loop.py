"""The loop: read what is new, watch, decide, and if need be train, prove and deploy."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from ml.contract.alerts import AlertRule, AlertSeverity, RetrainReason
from ml.contract.errors import InputRefused
from ml.contract.ledger import Action
from ml.contract.messages import Alert, RetrainWanted
from ml.contract.names import Purpose
from ml.contract.records import IngestRecord, WatchRecord
from ml.contract.retraining import (
    Decision,
    DecisionAction,
    Lease,
    Look,
    PastDecision,
    Refusal,
    TurnEnd,
)
from ml.contract.watching import Signal
from ml.core.retraining import Seen, decide, lasting_losses, refused
from ml.pipeline import Pipeline, file_sha256
from ml.ports import Leases, Runtime
from ml.retrain import Means, Retrain, dead, tell_end
from ml.steps.decisions import (
    keep_decision,
    keep_outcome,
    mark_seen,
    past_decisions,
    seen_at,
    was_seen,
)
from ml.steps.exports import exported_files
from ml.steps.ingest import ingest
from ml.steps.judged_leads import ages_of, judged_leads, tomorrow
from ml.steps.merge import Exports, Merged, merge, read_exports, write_rows
from ml.steps.watch_history import past_watches
from ml.steps.watched_outcomes import Lines, lines_of_files

#: Earlier decisions that are looked through for the last one that trained.
_LOOKED_BACK = 200
_REFUSED = {
    Refusal.ALREADY_RUNNING: "Another retrain has just been started; the next turn asks again.",
    Refusal.DUPLICATE: "The same request has been served already.",
    Refusal.COOLING_DOWN: "Another retrain has been started meanwhile; its cooldown is not over.",
}


@dataclass(frozen=True, kw_only=True)
class _Read:
    """What the exports hold, what was told of their leads, and what could not be read.

    `sha256` is the hash of the newest export and of all outcomes that were told apart from it.
    """

    exports: Exports
    told: Lines | None
    sha256: str
    left_out: tuple[str, ...]

    @property
    def newest(self) -> IngestRecord:
        return self.exports.records[-1]


class Loop:
    """Turns of one model on one home.

    Parameters
    ----------
    pipeline : Pipeline
        Of the home, which nobody else works on during a turn.
    means : Means
        Lease, shadow and receipts of the model.
    data : Path
        As `exported_files` reads it.
    outcomes : Path or None, default=None
        A file, or a folder that grows, which tells what became of leads, beside what the exports
        themselves tell; for the leads that it names, in place of that. The folder may be empty.
    report : bool, default=True
        Draw a page for people at each look; it takes longer than the look.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        means: Means,
        data: Path,
        *,
        outcomes: Path | None = None,
        report: bool = True,
    ) -> None:
        self._pipeline, self._means, self._data = pipeline, means, data
        self._outcomes, self._report = outcomes, report
        self._case, self._moment = pipeline.use_case, pipeline.moment
        self._runtime = pipeline.runtime
        self._model = self._case.model_name(self._moment)

    def turn(self, because: str = "") -> PastDecision:
        """One turn; what was decided is kept unless there was nothing new and nothing to do.

        Parameters
        ----------
        because : str, default=''
            Why a person asks for a retrain; empty if nobody does.

        Returns
        -------
        PastDecision
            With an outcome where it trained. A challenger that failed or is no better is an
            outcome, and no error.

        Raises
        ------
        LeadwiseError
            If there is nothing to read, or the newest file cannot be read. Nothing is kept then,
            and the next turn tries again.
        """
        self._close_dead()
        files = exported_files(self._data)
        read = self._read(files)
        new = not was_seen(self._runtime.lake, self._case.name, self._moment, read.sha256)
        watched = self._watch(files[-1], read) if new else None
        merged = self._merged(read)
        source = read.newest.source if new else ""
        seen = self._seen(merged.rows.num_rows, because, source)
        decision, lease = self._decide(seen, read.sha256, read.left_out)
        if new or decision.action in {DecisionAction.RETRAIN, DecisionAction.REFUSED}:
            keep_decision(self._runtime.lake, decision)
        if new:
            self._mark(read, decision, watched)
        well = f"A turn of the loop of {self._model} has ended."
        self._runtime.alerts.send(Alert.ended(AlertRule.RETRAIN_FAILED, self._subject, well))
        if lease is None:
            return PastDecision(decision=decision)
        retrain = Retrain(self._pipeline, self._means, decision, lease)
        outcome = retrain.run(merged.rows, read.newest)
        keep_outcome(self._runtime.lake, decision, outcome)
        return PastDecision(decision=decision, outcome=outcome)

    def running(self, because: str = "") -> PastDecision | None:
        """That a retrain runs already, as a decision that was kept; None where none does.

        Asked before the home is waited for, which the other run may hold for long.
        """
        if not self._leases.standing(self._now()).running:
            return None
        seen = self._seen(None, because, "")
        decision, _ = self._decide(seen, "", ())
        if decision.action == DecisionAction.REFUSED:
            keep_decision(self._runtime.lake, decision)
        return PastDecision(decision=decision)

    def tell_failure(self, why: str) -> None:
        """Tell people that a turn failed; the next one that ends well closes it."""
        says = f"A turn of the loop of {self._model} failed: {why}. The champion serves on."
        alert = Alert.began(AlertRule.RETRAIN_FAILED, self._subject, AlertSeverity.WARNING, says)
        self._runtime.alerts.send(alert)

    @property
    def _subject(self) -> str:
        return f"the loop of {self._model}"

    def _watch(self, newest: Path, read: _Read) -> str | None:
        """Compare the newest file with what the model in force learnt from, if there is one."""
        if self._runtime.endpoint.current(self._model) is None:
            return None
        judged = self._judged(read)
        return self._pipeline.watch(newest, outcomes=judged, report=self._report).run_id

    def _judged(self, read: _Read) -> Lines | None:
        """What is known of the leads to judge by; None where the newest file tells it all."""
        alone = len(read.exports.records) == 1 and read.told is None
        found = None if alone else judged_leads(
            self._case, self._runtime, read.exports, told=read.told,
            taught=self._pipeline.taught_leads(), ages=self._ages(read.exports),
            now=self._runtime.now(),
        )  # fmt: skip
        if found is None:
            return None
        with self._runtime.lake.scratch() as scratch:
            file = Path(scratch) / "judged.parquet"
            write_rows(self._case, found.rows, file, most=found.rows.num_rows)
            table = Pipeline(self._case, self._quiet, self._moment).leads_table(file)
        return replace(found.lines, leads=found.dated(self._case, table))

    def _ages(self, exports: Exports) -> list[float]:
        lake, name = self._runtime.lake, self._case.name
        found = [seen_at(lake, name, self._moment, each.file_sha256) for each in exports.records]
        return ages_of(found, pd.Timestamp(self._runtime.now()))

    def _merged(self, read: _Read) -> Merged:
        told = read.told.told if read.told else ()
        return merge(self._case, read.exports, told, today=tomorrow(self._runtime.now()))

    def _mark(self, read: _Read, decision: Decision, watched: str | None) -> None:
        """Remember what was looked at, and when the export was seen first."""
        facts = {
            "file": read.newest.source, "decision": decision.id, "watch": watched or "",
            "at": decision.at,
        }  # fmt: skip
        for sha256 in {read.newest.file_sha256, read.sha256}:
            mark_seen(self._runtime.lake, self._case.name, self._moment, sha256, facts)

    def _read(self, files: list[Path]) -> _Read:
        admitted, left_out = [], []
        for file in files:
            try:
                admitted.append(self._admitted(file))
            except InputRefused as error:
                if file == files[-1]:
                    raise InputRefused(error.faults, file=file.name) from None
                left_out.append(f"{file.name} was left out: {error.faults[0].sentence()}.")
        apart = [] if self._outcomes is None else exported_files(self._outcomes, some=False)
        told = lines_of_files(self._case, self._quiet, apart) if apart else None
        return _Read(
            exports=read_exports(self._case, self._runtime, admitted),
            told=told,
            sha256=_sha256_of(admitted[-1].file_sha256, apart),
            left_out=(*left_out, *(told.left_out if told else ())),
        )

    def _admitted(self, file: Path) -> IngestRecord:
        """A file as rows of text; read once, and silently, as there may be hundreds."""
        purpose = Purpose.MERGE
        return ingest(self._case, self._quiet, source=file, purpose=purpose, moment=self._moment)

    @property
    def _quiet(self) -> Runtime:
        return replace(self._runtime, progress=_Unshown())

    def _seen(self, labelled_rows: int | None, because: str, source: str) -> Seen:
        standing = self._means.leases.standing(self._now())
        trained_at = self._trained_at()
        looks, signals = self._looks(trained_at)
        return Seen(
            now=self._runtime.now(),
            looks=looks,
            signals=signals,
            trained_at=trained_at,
            started_at=_at(standing.started_at),
            labelled_rows=labelled_rows,
            learnt_rows=self._learnt_rows(),
            running=standing.running,
            asked=because.strip(),
            source=source,
        )

    def _looks(self, begun: datetime | None) -> tuple[tuple[Look, ...], tuple[Signal, ...]]:
        """Looks since the last training, and the signals of the newest."""
        most = self._case.watch.windows * 4
        found = past_watches(self._runtime.lake, self._case.name, self._moment, most=most)
        found = [each for each in found if _is_after(each, begun)]
        found = _once_each([each for each in found if each.reference == found[0].reference])
        return tuple(map(_look, found)), found[0].signals if found else ()

    def _trained_at(self) -> datetime | None:
        entries = self._runtime.ledger.entries(self._model)
        trained = [entry.at for entry in entries if entry.action == Action.TRAIN]
        return trained[-1] if trained else None

    def _learnt_rows(self) -> int:
        """Labelled leads that were known when the last training ended well."""
        past = past_decisions(self._runtime.lake, self._case.name, self._moment, most=_LOOKED_BACK)
        for each in past:
            if each.outcome is not None and each.outcome.ended != TurnEnd.FAILED:
                return int(each.decision.figures.get("labelled_rows", 0))
        frozen = self._runtime.snapshots.all(self._case.name)
        return frozen[-1].rows if frozen else 0

    def _decide(
        self, seen: Seen, sha256: str, left_out: tuple[str, ...]
    ) -> tuple[Decision, Lease | None]:
        """The decision, and the lease if it trains."""
        words = (self._model, seen.now.isoformat(), seen.asked, sha256)
        id = hashlib.sha256("\n".join(words).encode()).hexdigest()[:12]
        decision = decide(self._case, self._moment, seen, id=id, beside=left_out)
        if decision.action != DecisionAction.RETRAIN:
            return decision, None
        found = self._leases.take(self._wanted(decision), self._now())
        if isinstance(found, Refusal):
            return refused(decision, found, _REFUSED[found]), None
        return decision, found

    def _wanted(self, decision: Decision) -> RetrainWanted:
        asked = any(each.reason == RetrainReason.MANUAL for each in decision.triggers)
        reason = RetrainReason.MANUAL if asked else decision.reason or RetrainReason.MANUAL
        return RetrainWanted(use_case=self._case.name, reason=reason.value, cause=decision.id)

    def _close_dead(self) -> None:
        """Say of turns that were killed that they failed, and free the lease that one held.

        Whoever takes a turn holds the home's lock until its outcome is kept. So a retrain without
        one is dead by now, and a lease is its own where it was taken for that decision; another's
        stands until it ends by itself.
        """
        past = past_decisions(self._runtime.lake, self._case.name, self._moment, most=_LOOKED_BACK)
        for each in past:
            if each.decision.action == DecisionAction.RETRAIN and each.outcome is None:
                self._close(each.decision)

    def _close(self, decision: Decision) -> None:
        standing = self._leases.standing(self._now())
        own = standing.holder == self._wanted(decision).run_key
        outcome = dead(self._pipeline, decision, token=standing.token if own else 0)
        keep_outcome(self._runtime.lake, decision, outcome)
        tell_end(self._runtime, self._model, decision, outcome)
        if own and standing.running:
            self._leases.give_back(Lease(holder=standing.holder, token=standing.token))

    @property
    def _leases(self) -> Leases:
        return self._means.leases

    def _now(self) -> int:
        return int(self._runtime.now().timestamp())


class _Unshown:
    """Progress that nobody needs to see."""

    def start(self, step: str, total: int | None = None) -> None: ...

    def advance(self, units: int = 1, note: str = "") -> None: ...

    def done(self, note: str = "") -> None: ...


def _sha256_of(export: str, outcomes: list[Path]) -> str:
    """One hash of what is looked at: of the export itself where nothing else was told."""
    if not outcomes:
        return export
    words = [export, *map(file_sha256, outcomes)]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def _once_each(watches: list[WatchRecord]) -> list[WatchRecord]:
    """Of several looks at the same rows the newest: later outcomes make no second drift."""
    seen: dict[str, WatchRecord] = {}
    for each in watches:
        seen.setdefault(each.current or each.watched_at, each)
    return list(seen.values())


def _at(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _is_after(watch: WatchRecord, begun: datetime | None) -> bool:
    return bool(watch.watched_at) and (
        begun is None or datetime.fromisoformat(watch.watched_at) > begun
    )


def _look(watch: WatchRecord) -> Look:
    told = {"drifted_share": watch.drifted_share, "prediction_psi": watch.prediction_psi}
    return Look(
        at=watch.watched_at,
        state=watch.state,
        reasons=watch.retrain.reasons if watch.retrain else (),
        notes=watch.notes,
        figures={name: figure for name, figure in told.items() if figure is not None},
        losses=lasting_losses(watch.signals),
    )
