"""A lake with a model's life in it: looks in every state, decisions, an investigation, alerts."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np

from ml.adapters.local_lake import LocalLake
from ml.contract.incidents import Incident, Told
from ml.contract.investigation import (
    Cause,
    Finding,
    FindingState,
    Investigation,
    Layer,
    Look,
    Move,
    RankedCause,
)
from ml.contract.records import (
    ColumnBin,
    ColumnDrift,
    RetrainRequest,
    RowCount,
    ScoreBin,
    WatchRecord,
)
from ml.contract.retraining import Decision, DecisionAction, Outcome, Trigger, TurnEnd
from ml.contract.watching import Severity, Signal, SignalState, Watched
from ml.steps.decisions import keep_decision, keep_outcome
from ml.steps.kept_investigations import keep_investigation
from ml.steps.watch_history import keep_watch, watch_folder
from tests.support.rule_scorer import MOMENT, USE_CASE

NOW = datetime.now(UTC).replace(microsecond=0)
#: What a page must never take for its own.
HOSTILE = "</text><script>document.title='taken'</script>\"'{{ 7*7 }}"


_SHARES = (("up to 2", 0.5, 0.2), ("from 3", 0.45, 0.7), ("missing", 0.05, 0.1))
_FEW: dict[str, object] = {
    "state": "INSUFFICIENT_DATA", "drifted_share": None, "prediction_psi": None, "columns": (),
    "scores": (),
}  # fmt: skip


def signal(part: Watched, name: str, says: str, **more: object) -> Signal:
    """A signal, OK if not said otherwise."""
    return Signal(watched=part.value, name=name, says=says, **more)  # type: ignore[arg-type]


def raised(part: Watched, name: str, says: str, severity: Severity, **more: object) -> Signal:
    """A raised signal."""
    state = SignalState.RAISED.value
    return signal(part, name, says, state=state, severity=severity.value, **more)


def column(name: str, psi: float, *, drifted: bool = False) -> ColumnDrift:
    """A column with a picture."""
    bins = tuple(
        ColumnBin(label=label, reference=before, current=now) for label, before, now in _SHARES
    )
    return ColumnDrift(
        column=name, test="kolmogorov_smirnov", statistic=0.3, p_value=0.0004 if drifted else 0.6,
        psi=psi, missing_change=0.05, drifted=drifted, bins=bins,
    )  # fmt: skip


def record(at: datetime, **changes: object) -> WatchRecord:
    """A look at which all was well, but for `changes`."""
    usual = {
        "state": "OK",
        "reference": "splits/train.parquet",
        "rows": RowCount(received=1_010, accepted=1_000, quarantined=10),
        "drifted_share": 0.04,
        "prediction_psi": 0.03,
        "columns": (column("total_visits", 0.02), column("lead_origin", 0.05)),
        "report": None,
        "run_id": "5f3c",
        "retrain": None,
        "watched_at": at.isoformat(timespec="seconds"),
        "signals": (
            signal(Watched.DATA, "rows", "1,000 current rows."),
            signal(Watched.PREDICTIONS, "psi", "The scores lie as they did."),
        ),
        "scores": scores(),
    }
    return WatchRecord(**usual | changes)  # type: ignore[arg-type]


def scores() -> tuple[ScoreBin, ...]:
    """A histogram of both sides."""
    low = np.linspace(0, 0.95, 20)
    before, now = np.exp(-4 * low), np.exp(-((low - 0.5) ** 2) * 8)
    return tuple(
        ScoreBin(low=float(at), high=float(at) + 0.05, reference=float(b), current=float(n))
        for at, b, n in zip(low, before / before.sum(), now / now.sum(), strict=True)
    )


def outcome_signals(*, worth: float | None = 1_200.0) -> tuple[Signal, ...]:
    """What is said of outcomes: conversion and revenue by band, and calibration by tenths."""
    bands = [
        signal(
            Watched.BUSINESS, "conversion", f"{rate:.0%} of 300 leads that are {band.name} did it.",
            subject=band.name, value=rate,
        )
        for band, rate in zip(USE_CASE.bands, (0.8, 0.5, 0.2, 0.05), strict=False)
    ]  # fmt: skip
    earned = [
        signal(
            Watched.BUSINESS,
            "revenue",
            "money.",
            subject=one.subject,
            value=300 * (one.value or 0) * worth,
        )
        for one in bands
        if worth
    ]
    tenths = [
        signal(Watched.BUSINESS, "decile_conversion", "as told.", subject=f"decile {n}",
               value=n / 11, expected=n / 10.5)
        for n in range(1, 10)
    ]  # fmt: skip
    worst = raised(
        Watched.BUSINESS, "decile_conversion", "50 % of decile 10 converted; the scores said 95 %.",
        Severity.MEDIUM, subject="decile 10", value=0.5, expected=0.95,
    )  # fmt: skip
    return (*bands, *earned, *tenths, worst)


def keep(lake: LocalLake, found: WatchRecord, run: str = "5f3c") -> str:
    """Leave a look in the lake; its key."""
    at = datetime.fromisoformat(found.watched_at)
    return keep_watch(lake, watch_folder(USE_CASE.name, MOMENT, at, run), found)


def live_through(lake: LocalLake, *, hostile: bool = False) -> None:
    """Twelve weeks: quiet, one week too few rows, then drift; with decisions and a finding."""
    words = HOSTILE if hostile else "Lead source is not what it was"
    for week in range(12, 1, -1):
        keep(lake, record(NOW - timedelta(weeks=week), **(_FEW if week == 6 else {})))
    drifted = column(HOSTILE if hostile else "lead_source", 0.61, drifted=True)
    bad = raised(
        Watched.DATA, "psi", f"{words}.", Severity.HIGH, subject=drifted.column, value=0.61
    )
    waits = signal(
        Watched.PERFORMANCE, "roc_auc", "60 outcomes of 1,000 leads are known.",
        state=SignalState.LABELS_PENDING.value,
    )  # fmt: skip
    moved = raised(Watched.PREDICTIONS, "psi", "PSI of the scores is 0.25.", Severity.HIGH)
    keep(
        lake,
        record(
            NOW - timedelta(hours=2),
            state="DRIFTED",
            drifted_share=0.37,
            prediction_psi=0.25,
            columns=(column("total_visits", 0.02), drifted),
            signals=(bad, moved, waits, *outcome_signals()),
            severity="high",
            notes=(words,) if hostile else (),
            retrain=RetrainRequest(
                use_case=USE_CASE.name, moment=MOMENT.name, reasons=(f"{words}.",), figures={}
            ),
        ),
    )
    _decide(lake, words)
    keep_investigation(lake, investigation(words))


def _decide(lake: LocalLake, words: str) -> None:
    kept = Decision(
        id="a1", use_case=USE_CASE.name, moment=MOMENT.name,
        at=(NOW - timedelta(days=7)).isoformat(), action=DecisionAction.KEEP.value,
        reasons=("Nothing is raised.",),
    )  # fmt: skip
    keep_decision(lake, kept)
    keep_outcome(
        lake, kept, Outcome(decision="a1", ended=TurnEnd.NOTHING.value, at=kept.at, says="Nothing.")
    )
    trained = Decision(
        id="b2", use_case=USE_CASE.name, moment=MOMENT.name,
        at=(NOW - timedelta(hours=1)).isoformat(), action=DecisionAction.RETRAIN.value,
        triggers=(Trigger(reason="drift", severity="high", says=words),), severity="high",
        reasons=(f"{words}.",),
    )  # fmt: skip
    keep_decision(lake, trained)
    served = Outcome(
        decision="b2", ended=TurnEnd.PROMOTED.value, at=NOW.isoformat(), version="3",
        says=f"Version 3 serves: {words}.",
    )  # fmt: skip
    keep_outcome(lake, trained, served)
    keep_decision(
        lake,
        Decision(
            id="c3", use_case=USE_CASE.name, moment=MOMENT.name, at=NOW.isoformat(),
            action=DecisionAction.REFUSED.value, refusal="COOLING_DOWN",
            reasons=("It cools down.",),
        ),
    )  # fmt: skip


def investigation(words: str = "Lead source is not what it was") -> Investigation:
    """One that finds a broken field."""
    broken = Finding(
        layer=Layer.DATA.value, check=Look.BROKEN_FIELDS.value, state=FindingState.RAISED.value,
        severity=Severity.HIGH.value, subject=words, value=0.9, expected=0.02, bound=0.1,
        says=f"{words}: nine of ten cells are empty.",
    )  # fmt: skip
    fine = Finding(
        layer=Layer.MODEL.value, check=Look.SERVED.value, state=FindingState.OK.value,
        says="The champion serves.",
    )  # fmt: skip
    untold = Finding(
        layer=Layer.BUSINESS.value, check=Look.BASE_RATE.value,
        state=FindingState.LABELS_PENDING.value, says="Outcomes are still to come.",
    )  # fmt: skip
    first = RankedCause(cause=Cause.BROKEN_FIELD.value, points=6, weight=0.75, why=(broken.says,))
    second = RankedCause(
        cause=Cause.DATA_DRIFT.value,
        points=2,
        weight=0.25,
        why=(broken.says,),
        against=(fine.says,),
    )
    return Investigation(
        use_case=USE_CASE.name, moment=MOMENT.name, version="2", at=NOW.isoformat(),
        current="leads.csv", outcomes="", rows=1_000, findings=(broken, fine, untold),
        causes=(first, second),
        moves=(Move(says=f"Ask who fills {words}.", command="leadwise check lead_conversion"),),
    )  # fmt: skip


def alerted(words: str = "Lead source is not what it was") -> tuple[Incident, ...]:
    """One alert that is open, and one that is over."""
    first, last = NOW - timedelta(days=1), NOW - timedelta(hours=2)
    told = Told(channel="slack", state="sent", tries=1, at=last.isoformat())
    waits = Told(channel="email", state="waiting", tries=3, at=last.isoformat(), reason=words)
    open_one = Incident(
        number=2, rule="drift", subject="leadwise-lead-conversion-engaged", severity="warning",
        says=words,
        runbook="https://github.com/leadwise/leadwise/blob/main/docs/runbook.md#drift",
        first_at=first.isoformat(), last_at=last.isoformat(), count=3, over_at=None,
        channels=(told, waits),
    )  # fmt: skip
    over = Incident(
        number=1, rule="registry-is-away", subject=words, severity="critical", says=words,
        runbook="javascript:alert(1)", first_at=first.isoformat(), last_at=first.isoformat(),
        count=1, over_at=last.isoformat(),
    )  # fmt: skip
    return open_one, over


def break_a_record(lake: LocalLake, name: str, words: object = "not json") -> str:
    """Put something else where a record should be; its key."""
    with lake.scratch() as folder:
        file = folder / "broken"
        file.write_text(words if isinstance(words, str) else json.dumps(words))
        lake.publish(name, file)
    return name
