"""F30, F33, F34: channels that refuse, hang or are away, and alerts that come by the thousand."""

import socket
import sqlite3
import threading
import time
from itertools import pairwise

import pytest

from ml.contract.alerts import OF_PEOPLE, AlertSeverity, Channel
from ml.contract.incidents import Delivery
from tests.support.channels import SECRET, WINDOW, channels, mended, refused


@pytest.fixture
def home(tmp_path, caplog):
    caplog.set_level("INFO")
    with channels(tmp_path) as found:
        yield found
    # The log of the test, not that of its end, which `caplog.text` would be by now.
    logged = [record.getMessage() for record in caplog.get_records("call")]
    said = "".join([*logged, *_texts(tmp_path)])
    assert SECRET not in said


def _texts(home):
    """All that the home keeps, to be searched for secrets."""
    for file in home.glob("alerts.db*"):
        yield file.read_bytes().decode("latin-1")


def states(alerts):
    (incident,) = alerts.incidents(10)
    return {told.channel: told.state for told in incident.channels}


def test_a_critical_alert_reaches_every_channel_once(home):
    alerts = home.alerts()
    alerts.send(refused())
    assert home.heard == (0, 0, 0)  # sending waits for no network
    for _ in range(3):
        alerts.deliver()
    assert home.heard == (1, 1, 1)
    (_, slack), (_, event), mail = home.slack.got[0], home.pager.got[0], home.mail.mails[0]
    assert "[leadwise laptop] critical: package refused: leads" in slack["text"]
    assert event["event_action"] == "trigger"
    for said in (slack["text"], str(event), mail):
        assert "Its SHA-256 differs." in said
        assert "runbook.md#package-refused" in said
    assert states(alerts) == dict.fromkeys(map(str, OF_PEOPLE), Delivery.SENT)


def test_the_password_goes_over_an_encrypted_line_only(home):
    home.alerts().send(refused())
    home.alerts().deliver()
    assert home.mail.signed_in == [f"\0leadwise\0{SECRET}-smtp"]
    assert home.mail.in_the_clear[-1] == "STARTTLS"


def _hang(handler):
    time.sleep(0.2)
    handler.connection.close()


FAULTS = {
    "Slack 429": lambda home: home.slack.answers.__setitem__(0, 429),
    "Slack 500": lambda home: home.slack.answers.__setitem__(0, 500),
    "Slack hangs up": lambda home: home.slack.answers.__setitem__(0, _hang),
    "PagerDuty 400": lambda home: home.pager.answers.__setitem__(0, 400),
    "SMTP refuses the sender": lambda home: home.mail.answers.update(MAIL=f"550 {SECRET}"),
    "SMTP refuses recipients": lambda home: home.mail.answers.update(RCPT=f"550 {SECRET}"),
    "SMTP refuses the mail": lambda home: home.mail.answers.update(DATA=f"554 {SECRET}"),
    "SMTP refuses the password": lambda home: home.mail.answers.update(AUTH=f"535 {SECRET}"),
    "SMTP offers no encryption": lambda home: home.mail.answers.update(EHLO="250 here"),
    "SMTP is not ready": lambda home: home.mail.answers.update(CONNECT="421 later"),
    "SMTP hangs up": lambda home: home.mail.answers.update(CONNECT=""),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_f33_the_others_are_told_and_the_one_that_failed_is_told_later(home, fault):
    failing = Channel({"Slack": "slack", "Pager": "pagerduty", "SMTP ": "email"}[fault[:5]])
    FAULTS[fault](home)
    alerts = home.alerts()
    alerts.send(refused())
    done = alerts.deliver()
    assert {channel for channel, each in done.items() if each.taken} == set(OF_PEOPLE) - {failing}
    assert done[failing].reason
    assert SECRET not in done[failing].reason
    assert states(alerts)[failing] == Delivery.WAITING
    home.slack.answers[0], home.pager.answers[0] = 200, 202
    home.mail.answers.clear()
    assert not alerts.deliver()[failing].taken  # its pause is not over
    home.clock.pass_(seconds=30)
    assert alerts.deliver()[failing].taken == 1
    assert states(alerts)[failing] == Delivery.SENT


def test_f33_a_host_that_never_answers_holds_up_nobody_for_long(home, monkeypatch):
    monkeypatch.setattr("ml.webhooks._TIMEOUT_SECONDS", 0.3)
    never = threading.Event()
    home.slack.answers[0] = lambda _: never.wait(5)
    alerts = home.alerts()
    began = time.monotonic()
    alerts.send(refused())
    assert time.monotonic() - began < 0.3
    done = alerts.deliver()
    assert time.monotonic() - began < 3
    never.set()
    assert "did not answer" in done[Channel.SLACK].reason
    assert [done[each].taken for each in (Channel.PAGERDUTY, Channel.EMAIL)] == [1, 1]


def test_f33_nobody_at_the_port(home):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        home.mail.port = closed.getsockname()[1]
    alerts = home.alerts()
    alerts.send(refused())
    assert "did not take the mail" in alerts.deliver()[Channel.EMAIL].reason
    assert home.heard == (1, 1, 0)


def test_f33_pauses_grow_to_an_hour_and_end_after_a_day(home, caplog):
    home.slack.answers[0] = 500
    alerts = home.alerts(Channel.PAGERDUTY, Channel.EMAIL)
    alerts.send(refused())
    tried = []
    for _ in range(26 * 60 * 2):
        before = len(home.slack.got)
        alerts.deliver()
        if len(home.slack.got) > before:
            tried.append(home.clock.time)
        home.clock.pass_(seconds=30)
    pauses = [(b - a).total_seconds() for a, b in pairwise(tried)]
    assert pauses[:9] == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert max(pauses) == 3600
    assert (tried[-1] - tried[0]).total_seconds() == 24 * 3600
    assert states(alerts) == {"slack": Delivery.GIVEN_UP}
    assert "given up: 127.0.0.1" in caplog.text
    assert alerts.outbox.waiting() == 0


def test_a_host_that_names_its_time_gets_it(home):
    def later(handler):
        handler.send_response(429)
        handler.send_header("Retry-After", "600")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    home.slack.answers[:] = [later, 200]
    alerts = home.alerts(Channel.PAGERDUTY, Channel.EMAIL)
    alerts.send(refused())
    alerts.deliver()
    home.clock.pass_(seconds=599)
    alerts.deliver()
    assert len(home.slack.got) == 1
    home.clock.pass_(seconds=1)
    alerts.deliver()
    assert len(home.slack.got) == 2


def test_what_is_told_late_says_when_it_happened(home):
    home.slack.answers[0] = 500
    alerts = home.alerts(Channel.PAGERDUTY, Channel.EMAIL)
    alerts.send(refused())
    alerts.deliver()
    home.slack.answers[0] = 200
    home.clock.pass_(hours=3)
    home.alerts().deliver()
    assert "(happened at 2027-01-15 08:00 UTC;" in home.slack.got[-1][1]["text"]


def test_f34_a_thousand_a_minute_are_one_message_in_five_with_their_number(home):
    alerts = home.alerts(Channel.EMAIL)
    for number in range(1_000 * 6):
        alerts.send(refused())
        if number % 250 == 0:
            alerts.deliver()
        home.clock.pass_(seconds=0.06)
    alerts.deliver()
    texts = [body["text"] for _, body in home.slack.got]
    assert len(texts) == len(home.pager.got) == 2
    assert "more like it" not in texts[0]
    assert "(4999 more like it since the last message)" in texts[1]
    (incident,) = alerts.incidents(10)
    assert (incident.count, incident.is_open) == (6_000, True)


def test_f30_five_runs_that_see_the_same_are_one_incident(home):
    for _ in range(5):
        home.alerts().send(refused())
        home.alerts().deliver()
        home.clock.pass_(days=1)
    (incident,) = home.alerts().incidents(10)
    assert (incident.count, incident.is_open) == (5, True)
    assert len({event["dedup_key"] for _, event in home.pager.got}) == 1


def test_something_that_flaps_four_times_a_second_is_two_messages_in_five_minutes(home):
    alerts = home.alerts(Channel.PAGERDUTY, Channel.EMAIL)
    for _ in range(int(WINDOW.total_seconds()) * 2):
        alerts.send(refused())
        alerts.send(mended())
        home.clock.pass_(seconds=0.49)
    alerts.deliver()
    first, last = (body["text"] for _, body in home.slack.got)
    assert ("critical:" in first, "over:" in last) == (True, True)


def test_what_begins_again_is_told_when_its_time_has_come(home):
    alerts = home.alerts(Channel.PAGERDUTY, Channel.EMAIL)
    for alert in (refused(), mended(), refused()):
        alerts.send(alert)
        alerts.deliver()
        home.clock.pass_(seconds=1)
    assert len(home.slack.got) == 2
    home.clock.pass_(minutes=5)
    alerts.deliver()
    assert len(home.slack.got) == 3
    again, before = alerts.incidents(10)
    assert (again.is_open, before.is_open) == (True, False)


def test_the_end_resolves_what_the_beginning_opened_and_nothing_else(home):
    alerts = home.alerts()
    alerts.send(mended())
    assert alerts.incidents(10) == []
    alerts.send(refused())
    alerts.send(mended("others"))
    alerts.deliver()
    alerts.send(mended())
    alerts.deliver()
    opened, resolved = (event for _, event in home.pager.got)
    assert (opened["event_action"], resolved["event_action"]) == ("trigger", "resolve")
    assert opened["dedup_key"] == resolved["dedup_key"]
    assert "over: package refused: leads" in home.mail.mails[-1]
    alerts.send(mended())
    alerts.deliver()
    assert home.heard == (2, 2, 2)


def test_the_end_goes_where_the_beginning_went(home):
    alerts = home.alerts()
    alerts.send(refused(AlertSeverity.WARNING))
    alerts.deliver()
    alerts.send(mended())
    alerts.deliver()
    assert home.heard == (2, 0, 2)


def test_the_end_never_overtakes_the_beginning(home):
    home.pager.answers[0] = 500
    alerts = home.alerts(Channel.SLACK, Channel.EMAIL)
    alerts.send(refused())
    alerts.deliver()
    alerts.send(mended())
    alerts.deliver()
    assert [event["event_action"] for _, event in home.pager.got] == ["trigger"]
    home.pager.answers[0] = 202
    home.clock.pass_(minutes=1)
    alerts.deliver()
    assert [event["event_action"] for _, event in home.pager.got[1:]] == ["trigger", "resolve"]


def test_another_severity_is_said_at_once_even_while_a_channel_pauses(home):
    home.slack.answers[0] = 500
    alerts = home.alerts()
    alerts.send(refused(AlertSeverity.WARNING))
    alerts.deliver()
    home.slack.answers[0] = 200
    alerts.send(refused(AlertSeverity.CRITICAL))
    alerts.deliver()
    assert home.heard == (2, 1, 2)
    assert "critical: package refused" in home.slack.got[-1][1]["text"]


def test_a_channel_that_was_away_for_hours_gets_one_message_and_no_flood(home):
    home.slack.answers[0] = 500
    alerts = home.alerts(Channel.PAGERDUTY, Channel.EMAIL)
    for _ in range(12):
        alerts.send(refused())
        home.clock.pass_(minutes=10)
    home.slack.answers[0] = 200
    alerts.deliver()
    (_, body) = home.slack.got[-1]
    assert len(home.slack.got) == 1
    assert "(11 more like it since the last message)" in body["text"]


def test_incidents_do_not_hide_each_other(home):
    alerts = home.alerts()
    for subject in ("leads", "orders"):
        alerts.send(refused(subject=subject))
    alerts.deliver()
    assert home.heard == (2, 2, 2)


def test_a_clock_that_is_put_back_silences_nobody(home):
    alerts = home.alerts(Channel.PAGERDUTY, Channel.EMAIL)
    alerts.send(refused())
    alerts.deliver()
    home.clock.pass_(days=-2)
    alerts.send(refused())
    alerts.deliver()
    assert len(home.slack.got) == 2


def test_an_outbox_that_cannot_be_written_raises_nothing_and_the_log_still_says_it(home, caplog):
    (home.home / "alerts.db").write_text("no database " * 100)
    alerts = home.alerts()
    alerts.send(refused())
    alerts.send(mended())
    assert alerts.deliver()
    assert "the alert that follows is in the log only: alerts.db" in caplog.text
    assert "package-refused: leads: Its SHA-256 differs." in caplog.text


def test_an_outbox_that_another_process_holds_delays_by_a_bounded_time(home, monkeypatch):
    monkeypatch.setattr("ml.adapters.sqlite_outbox._PATIENCE_SECONDS", 0.2)
    home.alerts().send(refused())
    other = sqlite3.connect(home.home / "alerts.db")
    other.execute("BEGIN EXCLUSIVE")
    began = time.monotonic()
    home.alerts().send(refused(subject="others"))
    assert time.monotonic() - began < 5
    other.close()


def test_two_processes_that_deliver_at_once_tell_each_message_once(home):
    sender = home.alerts()
    for number in range(20):
        sender.send(refused(subject=f"model {number}"))
    start = threading.Barrier(4)

    def work():
        mine = home.alerts()
        start.wait(timeout=30)
        mine.deliver()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert home.heard == (20, 20, 20)


def test_a_message_whose_process_died_is_handed_over_by_another(home):
    home.alerts().send(refused())
    assert home.alerts().outbox.claim(Channel.SLACK)
    home.alerts().deliver()
    assert len(home.slack.got) == 0
    home.clock.pass_(seconds=61)
    home.alerts().deliver()
    assert len(home.slack.got) == 1


def test_what_waits_for_a_channel_that_is_no_more_is_given_up_in_time(home):
    home.alerts().send(refused())
    alerts = home.alerts(Channel.PAGERDUTY)
    alerts.deliver()
    home.clock.pass_(days=8)
    assert alerts.outbox.waiting() == 1
    alerts.send(refused(subject="others"))
    alerts.deliver()
    assert alerts.outbox.waiting() == 0


def test_what_ended_long_ago_is_forgotten(home):
    alerts = home.alerts()
    alerts.send(refused())
    alerts.send(mended())
    home.clock.pass_(days=91)
    alerts.send(refused(subject="others"))
    assert [incident.subject for incident in alerts.incidents(10)] == ["others"]


def test_a_mail_server_that_takes_the_mail_and_no_goodbye_gets_it_once(home):
    home.mail.answers["QUIT"] = f"554 {SECRET}"
    alerts = home.alerts()
    alerts.send(refused())
    assert alerts.deliver()[Channel.EMAIL].taken == 1
    assert len(home.mail.mails) == 1


def test_a_mail_server_with_a_foreign_certificate_gets_no_password(home, tmp_path_factory):
    with channels(tmp_path_factory.mktemp("foreign")) as foreign:
        home.mail.certificate = foreign.mail.certificate
        alerts = home.alerts()
        alerts.send(refused())
        assert "SSLCertVerificationError" in alerts.deliver()[Channel.EMAIL].reason
    assert home.mail.signed_in == []
