"""One suite for whoever remembers what was said of an incident: an account's table, and a home."""

from datetime import timedelta

import pytest

from lambdas.notifying.incidents import Incidents
from ml.adapters.sqlite_outbox import SqliteOutbox
from ml.contract.alerts import CHANNELS, OF_PEOPLE, AlertSeverity, Channel
from tests.support.channels import WINDOW, Clock, mended, refused
from tests.support.lambdas import fake_aws, table

MINUTES = int(WINDOW.total_seconds()) // 60


class Account:
    """The table behind the notifier."""

    def __init__(self, clock):
        table("incidents")
        self._incidents, self._clock, self._number = Incidents("incidents", MINUTES), clock, 0

    def said(self, alert):
        """Channels that are told, and the number left out; None where nothing is said."""
        self._number += 1
        now = int(self._clock.now().timestamp())
        turn = self._incidents.turn(alert, f"m{self._number}", now)
        severity = AlertSeverity(turn.severity or alert.severity) if turn else None
        return (set(CHANNELS[severity]), turn.unsaid) if severity else None


class Home:
    """The outbox, whose channels take all that they are handed."""

    def __init__(self, clock, folder):
        self._outbox = SqliteOutbox(folder / "alerts.db", now=clock.now, window=WINDOW)

    def said(self, alert):
        """As of `Account`."""
        self._outbox.note(alert, CHANNELS[AlertSeverity(alert.severity)])
        told = {}
        for channel in Channel:
            while message := self._outbox.claim(channel):
                self._outbox.sent(message)
                told[channel] = message.unsaid
        return (set(told), max(told.values())) if told else None


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def account(clock, monkeypatch):
    with fake_aws(monkeypatch, {}):
        yield Account(clock)


@pytest.fixture
def home(clock, tmp_path):
    return Home(clock, tmp_path)


@pytest.fixture(params=["account", "home"])
def memory(request):
    return request.getfixturevalue(request.param)


ALL = set(OF_PEOPLE)


def test_a_beginning_is_said_where_its_severity_asks_for(memory):
    for severity in AlertSeverity:
        assert memory.said(refused(severity, severity)) == (set(CHANNELS[severity]), 0)


def test_equal_ones_within_the_window_are_counted_and_said_after_it(memory, clock):
    assert memory.said(refused()) == (ALL, 0)
    for _ in range(9):
        assert memory.said(refused()) is None
    clock.time += WINDOW - timedelta(seconds=1)
    assert memory.said(refused()) is None
    clock.time += timedelta(seconds=1)
    assert memory.said(refused()) == (ALL, 10)
    clock.time += WINDOW
    assert memory.said(refused()) == (ALL, 0)


def test_incidents_are_told_apart_by_rule_and_subject(memory):
    assert memory.said(refused(subject="leads")) == (ALL, 0)
    assert memory.said(refused(subject="orders")) == (ALL, 0)


def test_an_end_is_said_once_where_the_beginning_was(memory):
    memory.said(refused())
    assert memory.said(mended()) == (ALL, 0)
    assert memory.said(mended()) is None


def test_an_end_says_how_many_were_left_out(memory):
    for _ in range(4):
        memory.said(refused(AlertSeverity.WARNING))
    assert memory.said(mended()) == (set(CHANNELS[AlertSeverity.WARNING]), 3)


def test_an_end_without_a_beginning_is_no_news(memory):
    memory.said(refused(subject="others"))
    assert memory.said(mended()) is None


def test_another_severity_is_always_said(memory):
    memory.said(refused(AlertSeverity.WARNING))
    assert memory.said(refused(AlertSeverity.CRITICAL)) == (ALL, 0)
    assert memory.said(refused(AlertSeverity.CRITICAL)) is None
    warned = memory.said(refused(AlertSeverity.WARNING))
    assert warned == (set(CHANNELS[AlertSeverity.WARNING]), 1)


def test_what_begins_again_after_the_window_is_said_at_once(memory, clock):
    memory.said(refused())
    memory.said(mended())
    clock.time += WINDOW
    assert memory.said(refused()) == (ALL, 0)
