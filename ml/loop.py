"""The loop: read what is new, watch, decide, and if need be train, prove and deploy."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ml.contract.alerts import AlertRule, AlertSeverity, RetrainReason
from ml.contract.errors import InputRefused, UsageError
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
from ml.ports import Leases
from ml.retrain import Means, Retrain
from ml.steps.decisions import (
    keep_decision,
    keep_outcome,
    mark_seen,
    past_decisions,
    was_seen,
)
from ml.steps.ingest import ingest
from ml.steps.merge import Merged, merge
from ml.steps.watch_history import past_watches

#: What a program writes before it gives a file its name.
_UNFINISHED = (".part", ".tmp", ".crdownload", ".unfinished")
#: Earlier decisions that are looked through for the last one that trained.
_LOOKED_BACK = 200
_REFUSED = {
    Refusal.ALREADY_RUNNING: "Another retrain has just been started; the next turn asks again.",
    Refusal.DUPLICATE: "The same request has been served already.",
    Refusal.COOLING_DOWN: "Another retrain has been started meanwhile; its cooldown is not over.",
}


def exported_files(data: Path) -> list[Path]:
    """The exports to read, the oldest first.

    Parameters
    ----------
    data : Path
        A file that is exported again and again, or a folder to which exports are added, in the
        order of their names, such as ``2026-11-21.csv``. Files that begin with a dot or an
        underscore, or end as unfinished ones do, are left alone.

    Raises
    ------
    UsageError
        If there is nothing to read.
    """
    if data.is_file():
        return [data]
    if not data.is_dir():
        raise UsageError(f"there is no file or folder {str(data)!r}; name what is exported")
    files = [file for file in data.iterdir() if file.is_file() and _is_export(file)]
    if not files:
        raise UsageError(f"the folder {str(data)!r} holds no export yet; put one there")
    return sorted(files, key=lambda file: file.name)


def _is_export(file: Path) -> bool:
    return not file.name.startswith((".", "_")) and file.suffix not in _UNFINISHED


@dataclass(frozen=True, kw_only=True)
class _Read:
    """What the exports hold: rows to train on, the newest file, and what could not be read."""

    merged: Merged | None
    newest: IngestRecord | None
    left_out: tuple[str, ...]

    @property
    def labelled(self) -> int:
        return 0 if self.merged is None else self.merged.rows.num_rows


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
    report : bool, default=True
        Draw a page for people at each look; it takes longer than the look.
    """

    def __init__(
        self, pipeline: Pipeline, means: Means, data: Path, *, report: bool = True
    ) -> None:
        self._pipeline, self._means, self._data = pipeline, means, data
        self._report = report
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
        files = exported_files(self._data)
        newest = files[-1]
        sha256 = file_sha256(newest)
        new = not was_seen(self._runtime.lake, self._case.name, self._moment, sha256)
        watched = self._watch(newest) if new else None
        read = self._read(files)
        seen = self._seen(read, because, newest.name if new else "")
        decision, lease = self._decide(seen, sha256, read.left_out)
        if new or decision.action in {DecisionAction.RETRAIN, DecisionAction.REFUSED}:
            keep_decision(self._runtime.lake, decision)
        if new:
            facts = {"file": newest.name, "decision": decision.id, "watch": watched or ""}
            mark_seen(self._runtime.lake, self._case.name, self._moment, sha256, facts)
        well = f"A turn of the loop of {self._model} has ended."
        self._runtime.alerts.send(Alert.ended(AlertRule.RETRAIN_FAILED, self._subject, well))
        if lease is None or read.merged is None:
            return PastDecision(decision=decision)
        retrain = Retrain(self._pipeline, self._means, decision, lease)
        outcome = retrain.run(read.merged.rows, read.newest)
        keep_outcome(self._runtime.lake, decision, outcome)
        return PastDecision(decision=decision, outcome=outcome)

    def running(self, because: str = "") -> PastDecision | None:
        """That a retrain runs already, as a decision that was kept; None where none does.

        Asked before the home is waited for, which the other run may hold for long.
        """
        if not self._leases.standing(self._now()).running:
            return None
        read = _Read(merged=None, newest=None, left_out=())
        seen = replace(self._seen(read, because, ""), labelled_rows=None)
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

    def _watch(self, newest: Path) -> str | None:
        """Compare the newest file with what the model in force learnt from, if there is one."""
        if self._runtime.endpoint.current(self._model) is None:
            return None
        return self._pipeline.watch(newest, report=self._report).run_id

    def _read(self, files: list[Path]) -> _Read:
        admitted, left_out = [], []
        for file in files:
            try:
                admitted.append(self._admitted(file))
            except InputRefused as error:
                if file == files[-1]:
                    raise
                left_out.append(f"{file.name} was left out: {error.faults[0].sentence()}.")
        merged = merge(self._case, self._runtime, admitted) if admitted else None
        newest = admitted[-1] if admitted else None
        return _Read(merged=merged, newest=newest, left_out=tuple(left_out))

    def _admitted(self, file: Path) -> IngestRecord:
        """A file as rows of text; read once, and silently, as there may be hundreds."""
        quiet = replace(self._runtime, progress=_Unshown())
        purpose = Purpose.MERGE
        return ingest(self._case, quiet, source=file, purpose=purpose, moment=self._moment)

    def _seen(self, read: _Read, because: str, source: str) -> Seen:
        standing = self._means.leases.standing(self._now())
        trained_at = self._trained_at()
        looks, signals = self._looks(trained_at)
        return Seen(
            now=self._runtime.now(),
            looks=looks,
            signals=signals,
            trained_at=trained_at,
            started_at=_at(standing.started_at),
            labelled_rows=read.labelled,
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
        found = [each for each in found if each.reference == found[0].reference]
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
        found = self._leases.take(self._wanted(decision, seen), self._now())
        if isinstance(found, Refusal):
            return refused(decision, found, _REFUSED[found]), None
        return decision, found

    def _wanted(self, decision: Decision, seen: Seen) -> RetrainWanted:
        reason = RetrainReason.MANUAL if seen.asked else decision.reason or RetrainReason.MANUAL
        return RetrainWanted(use_case=self._case.name, reason=reason.value, cause=decision.id)

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
