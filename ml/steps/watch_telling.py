"""Who hears what of a watch: one alert about the worst that was seen, and that the rest is over."""

from __future__ import annotations

from collections.abc import Sequence

from ml.contract.alerts import AlertRule, AlertSeverity
from ml.contract.messages import Alert
from ml.contract.moments import Moment
from ml.contract.names import DriftState
from ml.contract.use_case import UseCase
from ml.contract.watching import Severity, Signal, SignalState, Watched
from ml.core.drift import Judgement
from ml.ports import Runtime

#: What an alert is about, by what is watched; the first is named where two are as bad.
_RULES = {
    Watched.PERFORMANCE: AlertRule.FELL,
    Watched.DATA: AlertRule.DRIFT,
    Watched.PREDICTIONS: AlertRule.DRIFT,
    Watched.BUSINESS: AlertRule.OUTCOMES_ODD,
}
#: Signals that are named; the record holds all.
_MOST_NAMED = 3
_UNTOLD = frozenset(SignalState) - {SignalState.OK, SignalState.RAISED}


def tell_people(
    use_case: UseCase,
    runtime: Runtime,
    moment: Moment,
    judgement: Judgement,
    signals: Sequence[Signal],
) -> None:
    """Send one alert about the worst signal from MEDIUM on, and the end of what is over.

    A signal of LOW is a line in the report. Of what could not be told nothing is said to be over.
    """
    model, raised = use_case.model_name(moment), _worst_first(signals)
    asked = judgement.state is DriftState.DRIFTED
    if asked or raised:
        rule = _rule(raised[0]) if raised else AlertRule.DRIFT
        severity = _alert_severity(raised)
        says = _says(use_case, moment, judgement, raised, asked)
        runtime.alerts.send(Alert.began(rule, model, severity, says))
    for rule, found in _over(signals, judgement).items():
        says = f"A comparison of {use_case.title} ({moment}) found {found}."
        runtime.alerts.send(Alert.ended(rule, model, says))


def _worst_first(signals: Sequence[Signal]) -> list[Signal]:
    told = [signal for signal in signals if signal.severity and _severity(signal).rank > 0]
    order = list(_RULES)
    return sorted(
        told, key=lambda signal: (-_severity(signal).rank, order.index(Watched(signal.watched)))
    )


def _severity(signal: Signal) -> Severity:
    return Severity(signal.severity or Severity.LOW)


def _rule(signal: Signal) -> AlertRule:
    return _RULES[Watched(signal.watched)]


def _alert_severity(raised: Sequence[Signal]) -> AlertSeverity:
    return _severity(raised[0]).alert if raised else AlertSeverity.WARNING


def _says(
    use_case: UseCase,
    moment: Moment,
    judgement: Judgement,
    raised: Sequence[Signal],
    asked: bool,
) -> str:
    title = f"{use_case.title} ({moment})"
    if asked:
        head = (f"{title}: the data has drifted, a retrain is asked for.", *judgement.reasons)
        move = f"Next: leadwise run {use_case.name} --data FILE with recent rows."
    else:
        head = (f"{title}: {len(raised)} figures of a comparison are raised.",)
        move = f"Next: leadwise investigate {use_case.name} --current FILE says where to look."
    named = [signal.says for signal in raised if signal.says not in head]
    return " ".join((*head, *named[:_MOST_NAMED], move))


def _over(signals: Sequence[Signal], judgement: Judgement) -> dict[AlertRule, str]:
    """Rules of which all is well now, and what that is called."""
    found = {}
    if judgement.state is DriftState.OK and not _bad(signals, AlertRule.DRIFT):
        found[AlertRule.DRIFT] = "no drift"
    words = {AlertRule.FELL: "that the model does as well as ever"}
    words[AlertRule.OUTCOMES_ODD] = "nothing odd about outcomes"
    for rule, said in words.items():
        known = [signal for signal in signals if _rule(signal) is rule]
        told = [signal for signal in known if signal.state not in _UNTOLD]
        if _judged(known) and told and not _bad(signals, rule):
            found[rule] = said
    return found


def _judged(known: Sequence[Signal]) -> bool:
    """Whether outcomes sufficed: without them nothing can be over."""
    late = (SignalState.LABELS_PENDING, SignalState.INSUFFICIENT_DATA)
    whole = [signal for signal in known if not signal.subject]
    return all(signal.state not in late for signal in whole)


def _bad(signals: Sequence[Signal], rule: AlertRule) -> bool:
    return any(_rule(signal) is rule for signal in _worst_first(signals))
