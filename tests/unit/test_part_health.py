"""Health at a glance: the worst is said, and only what was looked at lately is called well."""

from datetime import timedelta

import pytest

from ml.contract.watching import Severity, SignalState, Watched
from ml.core.watching.service import service_signals as watched_service
from ml.home_monitor import home_commands
from ml.serving.console.part_health import LONG_AGO, NEVER_LOOKED, health
from ml.serving.console.service_figures import ServiceFigures, quantile, service_signals
from tests.support.monitored import NOW, raised, record, signal
from tests.support.rule_scorer import MOMENT, USE_CASE

COMMANDS = home_commands(USE_CASE, MOMENT)


def lines(*watches, service=()):
    found = health(watches, service, now=NOW, fresh=timedelta(days=14), commands=COMMANDS)
    return {line.part: line for line in found}


def data(*signals, days=1):
    return record(NOW - timedelta(days=days), signals=signals)


def test_every_part_has_a_line_and_says_how_it_is_looked_at():
    found = lines()
    assert [*found] == [*Watched]
    assert {line.state for line in found.values()} == {NEVER_LOOKED}
    assert found[Watched.DATA].command == COMMANDS.watch
    assert found[Watched.BUSINESS].command == COMMANDS.outcomes


def test_the_gravest_is_said_and_all_are_counted():
    worst = raised(Watched.DATA, "age_days", "It is old.", Severity.CRITICAL)
    few = signal(Watched.DATA, "volume", "Few.", state=SignalState.INSUFFICIENT_DATA.value)
    found = lines(
        data(
            signal(Watched.DATA, "rows", "Rows."),
            raised(Watched.DATA, "psi", "A little.", Severity.LOW),
            few,
            worst,
        )
    )[Watched.DATA]
    assert (found.state, found.severity, found.says) == ("RAISED", "critical", worst.says)
    assert (found.figures, found.raised, found.untold) == (4, 2, 1)
    assert found.command == COMMANDS.investigate


@pytest.mark.parametrize(
    "state",
    [
        SignalState.INSUFFICIENT_DATA,
        SignalState.LABELS_PENDING,
        SignalState.NO_REFERENCE,
    ],
)
def test_what_could_not_be_told_is_not_called_well(state):
    fine = signal(Watched.DATA, "rows", "Rows.")
    found = lines(data(fine, signal(Watched.DATA, "psi", "Who knows.", state=state.value)))
    assert found[Watched.DATA].state == state
    assert found[Watched.DATA].says == "Who knows."
    assert found[Watched.DATA].next_move


def test_what_nobody_keeps_is_named_and_casts_no_doubt_on_the_rest():
    kept = signal(Watched.DATA, "rows", "Rows.")
    gone = signal(Watched.DATA, "age_days", "No day.", state=SignalState.NOT_KEPT.value)
    found = lines(data(kept, gone))[Watched.DATA]
    assert (found.state, found.untold) == ("OK", 1)
    assert found.says == "Every figure that is kept is within its bounds. No day."
    alone = lines(data(gone))[Watched.DATA]
    assert (alone.state, alone.says) == ("NOT_KEPT", "No day.")
    assert alone.command == COMMANDS.watch


def test_what_was_well_long_ago_is_not_called_well():
    fine = signal(Watched.DATA, "rows", "Rows.")
    assert lines(data(fine, days=13))[Watched.DATA].state == "OK"
    old = lines(data(fine, days=15))[Watched.DATA]
    assert (old.state, old.command) == (LONG_AGO, COMMANDS.watch)


def test_a_part_is_judged_by_the_newest_look_that_speaks_of_it():
    outcomes = raised(Watched.PERFORMANCE, "roc_auc", "It fell.", Severity.HIGH)
    found = lines(data(signal(Watched.DATA, "rows", "Rows.")), data(outcomes, days=3))
    assert found[Watched.PERFORMANCE].says == "It fell."
    assert found[Watched.PERFORMANCE].at == NOW - timedelta(days=3)


def test_a_state_or_severity_that_nobody_knows_calls_nothing_well():
    odd = signal(Watched.DATA, "psi", "Odd.", state="FINE")
    assert lines(data(odd))[Watched.DATA].state == NEVER_LOOKED
    worse = signal(Watched.DATA, "psi", "Odd.", state="RAISED", severity="awful")
    assert lines(data(worse))[Watched.DATA].severity == "high"


@pytest.mark.parametrize(
    ("serves", "problem", "stale", "severity"),
    [
        (True, None, None, ""),
        (True, None, "no answer", "medium"),
        (True, "the newest package was refused", None, "high"),
        (False, "nothing is deployed", None, "critical"),
    ],
)
def test_the_model_in_force_is_part_of_the_service(serves, problem, stale, severity):
    figures = ServiceFigures(since=NOW, answers=500, scored=500, p99_ms=3.0)
    told = service_signals(figures, serves=serves, problem=problem, stale=stale)
    found = lines(service=told)[Watched.SERVICE]
    assert (found.severity, found.state) == (severity, "RAISED" if severity else "OK")


@pytest.mark.parametrize("failed", [0, 9, 10, 49, 50, 1_000])
@pytest.mark.parametrize("p99", [0.1, 199.0, 200.0, 499.0, 500.0])
@pytest.mark.parametrize("answers", [0, 99, 100, 1_000])
def test_the_page_judges_the_service_as_a_watch_does(failed, p99, answers):
    failed = min(failed, answers)
    watched = watched_service(requests=answers, errors=failed, p99_ms=p99)
    figures = ServiceFigures(
        since=NOW, answers=answers, failed=failed, scored=answers, p99_ms=p99 if answers else None
    )
    told = [*service_signals(figures, serves=True, problem=None, stale=None)]
    by_name = {one.name: one for one in told}
    assert [by_name["error_share"].severity, by_name["p99_ms"].severity] == [
        one.severity for one in watched
    ]
    assert [by_name["error_share"].state, by_name["p99_ms"].state] == [one.state for one in watched]


def test_lost_receipts_are_raised():
    figures = ServiceFigures(since=NOW, dropped=2)
    told = [*service_signals(figures, serves=True, problem=None, stale=None)]
    assert told[-1].severity == "medium"
    assert "2 receipts of scores are lost" in told[-1].says


def test_a_quantile_beyond_all_steps_is_the_last_step():
    assert quantile([(1.0, 0), (2.0, 0), (float("inf"), 5)], 0.99) == 2.0
    assert quantile([(1.0, 0), (float("inf"), 0)], 0.5) is None
    assert quantile([], 0.5) is None
