"""One retrain: snapshot, train, gate, register, shadow, and promote or keep.

Whatever fails, and whatever the challenger is, changes nothing that is served.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from ml.contract.alerts import AlertRule, AlertSeverity
from ml.contract.errors import LeadwiseError, StaleLease
from ml.contract.messages import Alert, RetrainEnded
from ml.contract.records import IngestRecord, TrainRecord, Verdict
from ml.contract.retraining import Decision, Lease, Outcome, TurnEnd
from ml.contract.shadowing import ShadowRecord
from ml.pipeline import Pipeline
from ml.ports import Leases, Receipts, Run, Runtime, ShadowScoring, Tracker
from ml.steps.merge import write_rows
from ml.steps.shadow import asked_leads, shadow

_SUCCEEDED, _FAILED = "Succeeded", "Failed"
_KEPT_OUT = "The champion serves on."


@dataclass(frozen=True, kw_only=True)
class Means:
    """What a retrain needs beside a pipeline.

    Parameters
    ----------
    leases : Leases
        Of the model.
    scoring : ShadowScoring
        Where a challenger is tried.
    receipts : Receipts or None, default=None
        What was really asked for; None where nobody keeps it.
    shadow_leads : int, default=1000
        Leads that a challenger answers before it may serve.
    """

    leases: Leases
    scoring: ShadowScoring
    receipts: Receipts | None = None
    shadow_leads: int = 1_000


class Retrain:
    """One retrain that was decided, under a lease that was taken for it.

    Parameters
    ----------
    pipeline : Pipeline
        Of the home.
    means : Means
    decision : Decision
        Why; its words stay with the runs of the tracker.
    lease : Lease
        Checked right before anything that serves is changed.
    """

    def __init__(self, pipeline: Pipeline, means: Means, decision: Decision, lease: Lease) -> None:
        self._means, self._decision, self._lease = means, decision, lease
        tags = {
            "retrain_decision": decision.id,
            "retrain_reason": decision.reason or "",
            "retrain_reasons": " ".join(decision.reasons),
        }
        runtime = pipeline.runtime
        tagged = replace(runtime, tracker=_TaggedTracker(runtime.tracker, tags))
        case = pipeline.use_case.judging(trigger.reason for trigger in decision.triggers)
        self._pipeline = Pipeline(case, tagged, pipeline.moment, seed=pipeline.seed)
        self._model = pipeline.use_case.model_name(pipeline.moment)
        self._version = self._run_id = ""
        self._shadow: ShadowRecord | None = None

    @property
    def _runtime(self) -> Runtime:
        return self._pipeline.runtime

    def run(self, rows: pa.Table, newest: IngestRecord | None) -> Outcome:
        """Train on rows, and let what comes of it serve if it may.

        Parameters
        ----------
        rows : Table
            Text of leads with outcomes, by column name.
        newest : IngestRecord or None
            The newest file, for the shadow where there are no receipts.

        Returns
        -------
        Outcome
            `FAILED` names the error; other errors than our own rise, once the lease is free again.
        """
        began, status = time.monotonic(), _FAILED
        self._means.leases.record(self._lease, self._decision.id, self._now())
        try:
            ended, says = self._work(rows, newest)
            status = _SUCCEEDED
        except (LeadwiseError, OSError) as error:
            ended, says = TurnEnd.FAILED, f"{error}; {_KEPT_OUT}"
        finally:
            over = RetrainEnded(
                use_case=self._pipeline.use_case.name, run=self._decision.id, status=status
            )
            self._means.leases.end(over, self._now())
        outcome = self._outcome(ended, says, time.monotonic() - began)
        tell_end(self._runtime, self._model, self._decision, outcome)
        return outcome

    def _work(self, rows: pa.Table, newest: IngestRecord | None) -> tuple[TurnEnd, str]:
        trained, verdict = self._challenge(rows)
        self._version, self._run_id = trained.version, trained.run_id
        if verdict.champion == trained.version:
            return TurnEnd.KEPT, f"Version {trained.version} came out again. {_KEPT_OUT}"
        if not verdict.approved:
            said = f"Version {trained.version} was not approved: {verdict.reason}. {_KEPT_OUT}"
            return TurnEnd.KEPT, said
        self._shadow = self._in_shadow(trained, newest)
        if not self._shadow.passed:
            against = "; ".join(self._shadow.objections)
            return TurnEnd.KEPT, f"Version {trained.version} in shadow: {against}. {_KEPT_OUT}"
        return self._promoted(verdict)

    def _challenge(self, rows: pa.Table) -> tuple[TrainRecord, Verdict]:
        """Snapshot, train, gate, register."""
        pipeline, most = self._pipeline, self._pipeline.use_case.retrain.most_rows
        with self._runtime.lake.scratch() as scratch:
            file = Path(scratch) / "exports.parquet"
            write_rows(pipeline.use_case, rows, file, most=most)
            admitted = pipeline.ingest(file)
        cleaned = pipeline.clean(admitted)
        pipeline.check(admitted, cleaned)
        frozen = pipeline.snapshot(cleaned)
        parts = pipeline.split(frozen)
        trained = pipeline.train(parts, frozen)
        return trained, pipeline.evaluate(trained, parts)

    def _in_shadow(self, trained: TrainRecord, newest: IngestRecord | None) -> ShadowRecord:
        use_case, moment = self._pipeline.use_case, self._pipeline.moment
        leads = asked_leads(
            use_case, self._runtime, moment=moment, receipts=self._means.receipts, file=newest,
            most=self._means.shadow_leads,
        )  # fmt: skip
        return shadow(
            use_case, self._runtime, version=trained.version, moment=moment, leads=leads,
            scoring=self._means.scoring,
        )  # fmt: skip

    def _promoted(self, verdict: Verdict) -> tuple[TurnEnd, str]:
        self._refuse_if_overtaken()
        promotion = self._pipeline.promote(verdict)
        if not promotion.promoted:
            return TurnEnd.KEPT, f"{promotion.reason}. {_KEPT_OUT}"
        self._pipeline.deploy()
        before = f" in place of version {promotion.previous}" if promotion.previous else ""
        return TurnEnd.PROMOTED, f"Version {verdict.version} serves{before}: {verdict.reason}."

    def _refuse_if_overtaken(self) -> None:
        newest = self._means.leases.standing(self._now()).token
        if newest != self._lease.token:
            raise StaleLease(self._model, self._lease.token, newest)

    def _outcome(self, ended: TurnEnd, says: str, seconds: float) -> Outcome:
        served = self._runtime.endpoint.current(self._model)
        return Outcome(
            decision=self._decision.id,
            at=self._runtime.now().isoformat(),
            ended=ended.value,
            says=says,
            version=self._version,
            run_id=self._run_id,
            champion=served.version if served else None,
            token=self._lease.token,
            seconds=round(seconds, 3),
            shadow=self._shadow,
        )

    def _now(self) -> int:
        return int(self._runtime.now().timestamp())


def dead(pipeline: Pipeline, decision: Decision, *, token: int) -> Outcome:
    """The outcome of a retrain whose process ended before it could keep one.

    Parameters
    ----------
    token : int
        Fencing token under which it ran; 0 where nobody knows.
    """
    served = pipeline.runtime.endpoint.current(pipeline.use_case.model_name(pipeline.moment))
    serves = f"Version {served.version} serves" if served else "No version serves"
    return Outcome(
        decision=decision.id,
        at=pipeline.runtime.now().isoformat(),
        ended=TurnEnd.FAILED.value,
        says=f"The process ended before the retrain was over. {serves}.",
        champion=served.version if served else None,
        token=token,
    )


def tell_end(runtime: Runtime, model: str, decision: Decision, outcome: Outcome) -> None:
    """Tell people how a retrain ended; what failed before is over once one ends."""
    why = f"It was asked for: {' '.join(trigger.says for trigger in decision.triggers)}"
    says = f"{outcome.says} {why}"
    if outcome.ended == TurnEnd.FAILED:
        failed = Alert.began(AlertRule.RETRAIN_FAILED, model, AlertSeverity.WARNING, says)
        runtime.alerts.send(failed)
        return
    over = f"A retrain of {model} has ended: {outcome.ended}."
    runtime.alerts.send(Alert.ended(AlertRule.RETRAIN_FAILED, model, over))
    if outcome.ended == TurnEnd.KEPT:
        kept = Alert.began(AlertRule.CHALLENGER_KEPT_OUT, model, AlertSeverity.WARNING, says)
        runtime.alerts.send(kept)
        return
    runtime.alerts.send(Alert.ended(AlertRule.CHALLENGER_KEPT_OUT, model, over))
    subject = f"{model} version {outcome.version}"
    runtime.alerts.send(Alert.began(AlertRule.RETRAINED, subject, AlertSeverity.INFO, says))


class _TaggedTracker:
    """A tracker whose runs all say why they were made."""

    def __init__(self, tracker: Tracker, tags: Mapping[str, str]) -> None:
        self._tracker, self._tags = tracker, tags

    @contextmanager
    def run(self, experiment: str, name: str, *, nested: bool = False) -> Iterator[Run]:
        with self._tracker.run(experiment, name, nested=nested) as run:
            if not nested:
                run.tags(self._tags)
            yield run

    def settle(self) -> None:
        self._tracker.settle()

    def waiting(self) -> int:
        return self._tracker.waiting()
