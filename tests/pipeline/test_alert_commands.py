"""`leadwise alerts ...`, and that commands and servers of a home hand over what people are told."""

import json
import time
from dataclasses import replace
from functools import partial

import pytest
from rich.console import Console

from ml import bootstrap
from ml.adapters.alert_channels import routed_alerts
from ml.contract.alert_settings import AlertSettings
from ml.contract.alerts import OF_PEOPLE
from ml.contract.settings import LaptopSettings
from tests.support import web
from tests.support.channels import SECRET, channels, mended, refused
from tests.support.command_line import leadwise

FIELDS = ("slack_webhook_url", "pagerduty_routing_key", "smtp_password")


@pytest.fixture
def home(tmp_path, monkeypatch, caplog, capfd):
    """A home that is set up by its environment, as a person would."""
    with channels(tmp_path) as found:
        made = partial(
            routed_alerts,
            origins=frozenset({found.slack.url, found.pager.url}),
            pagerduty=found.pager.url,
        )
        monkeypatch.setattr(bootstrap, "routed_alerts", made)
        # A password only goes where it is encrypted, and nobody trusts a test's certificate.
        settings = replace(found.settings, smtp_security="none", smtp_user="")
        for name, value in settings.to_env().items():
            monkeypatch.setenv(name, value)
        yield found
    printed = capfd.readouterr()
    logged = "".join(record.getMessage() for record in caplog.get_records("call"))
    assert SECRET not in printed.out + printed.err + logged
    for file in tmp_path.glob("alerts.db*"):
        assert SECRET.encode() not in file.read_bytes()


def asked(*words, home):
    """A command's exit code and its one JSON object."""
    done = leadwise("alerts", *words, "--home", home.home, "--json")
    assert SECRET not in done.out + done.err
    return done.code, json.loads(done.out)


def send(home, *alerts):
    with bootstrap.laptop(LaptopSettings(home=str(home.home)), Console(quiet=True)) as runtime:
        for alert in alerts:
            runtime.alerts.send(alert)
        assert home.heard == (0, 0, 0)


def test_a_command_hands_over_what_it_said_when_it_ends(home):
    send(home, refused())
    assert home.heard == (1, 1, 1)


def test_and_when_it_fails_too(home):
    with pytest.raises(AttributeError):
        send(home, refused(), "no alert")
    assert home.heard == (1, 1, 1)


def test_a_home_that_is_not_set_up_keeps_incidents_and_logs(tmp_path, caplog):
    settings = LaptopSettings(home=str(tmp_path))
    with bootstrap.laptop(settings, Console(quiet=True)) as runtime:
        runtime.alerts.send(refused())
    (incident,) = bootstrap.home_alerts(tmp_path).incidents(10)
    assert (incident.rule, incident.is_open, incident.channels) == ("package-refused", True, ())
    assert "package-refused: leads" in caplog.text


def test_incidents_are_listed_with_what_each_channel_was_told(home):
    home.pager.answers[0] = 400
    send(home, refused(), refused(), refused(subject="others"), mended("others"))
    code, said = asked("list", home=home)
    assert code == 0
    first, second = said["incidents"]
    assert (first["state"], first["subject"], first["count"]) == ("open", "leads", 2)
    assert (second["state"], second["subject"]) == ("over", "others")
    told = {each["channel"]: each for each in first["channels"]}
    assert {name: each["state"] for name, each in told.items()} == {
        "slack": "sent", "pagerduty": "waiting", "email": "sent",
    }  # fmt: skip
    assert "answered 400" in told["pagerduty"]["reason"]
    assert said["waiting"] == 3
    shown = leadwise("alerts", "list", "--home", home.home, "--most", 1)
    assert ("messages that wait for a channel: 3" in shown.err, "others" in shown.out) == (
        True, False,
    )  # fmt: skip


def test_an_incident_that_will_not_end_is_closed_by_a_person(home, monkeypatch):
    monkeypatch.setenv("LEADWISE_WHO", "Ann")
    send(home, refused())
    code, done = asked("close", 1, "--why", "the model is\ngone", home=home)
    assert (code, [each["taken"] for each in done["channels"]]) == (0, [1, 1, 1])
    (incident,) = asked("list", home=home)[1]["incidents"]
    told = (incident["state"], incident["closed_by"], incident["why"])
    assert told == ("over", "Ann", "the model is gone")
    assert [event["event_action"] for _, event in home.pager.got] == ["trigger", "resolve"]
    assert "Ann closed it: the model is gone" in home.slack.got[-1][1]["text"]


def test_closing_what_is_over_unknown_or_without_a_reason_says_so(home, tmp_path):
    send(home, refused())
    words = ("alerts", "close", "1", "--home", home.home)
    blank = leadwise(*words, "--why", " ")
    assert (blank.code, "nothing says why incident 1 is closed" in blank.err) == (2, True)
    assert leadwise(*words, "--why", "gone").code == 0
    again = leadwise(*words, "--why", "gone")
    assert (again.code, "incident 1 is over since" in again.err) == (2, True)
    for where in (home.home, tmp_path / "new"):
        none = leadwise("alerts", "close", "7", "--home", where, "--why", "gone")
        assert (none.code, "there is no incident 7" in none.err) == (2, True)
    assert not (tmp_path / "new").exists()


def test_what_happens_after_a_closing_is_a_new_incident(home):
    send(home, refused())
    asked("close", 1, "--why", "gone", home=home)
    with bootstrap.laptop(LaptopSettings(home=str(home.home)), Console(quiet=True)) as runtime:
        runtime.alerts.send(refused())
    states = [(each["number"], each["state"]) for each in asked("list", home=home)[1]["incidents"]]
    assert states == [(2, "open"), (1, "over")]


def test_nothing_happened_yet(tmp_path):
    code, said = asked("list", home=type("Home", (), {"home": tmp_path / "new"}))
    assert (code, said) == (0, {"incidents": [], "waiting": 0})
    assert not (tmp_path / "new").exists()


def test_a_test_reaches_every_channel_and_opens_no_incident(home):
    code, said = asked("test", home=home)
    assert code == 0
    assert {each["channel"] for each in said["channels"]} == set(map(str, OF_PEOPLE))
    assert [event["event_action"] for _, event in home.pager.got] == ["trigger", "resolve"]
    assert {event.get("payload", {}).get("severity") for _, event in home.pager.got} == {
        "info", None,
    }  # fmt: skip
    assert (len(home.slack.got), len(home.mail.mails)) == (1, 1)
    assert asked("list", home=home)[1]["incidents"] == []


def test_a_test_that_fails_says_where_with_exit_code_4(home):
    home.slack.answers[0] = 404
    home.mail.answers["RCPT"] = f"550 {SECRET}"
    code, said = asked("test", home=home)
    assert code == 4
    reasons = {each["channel"]: each["reason"] for each in said["channels"]}
    assert "answered 404" in reasons["slack"]
    assert "refused every recipient" in reasons["email"]
    assert reasons["pagerduty"] == ""


def test_a_test_of_nothing_is_a_mistake(tmp_path):
    done = leadwise("alerts", "test", "--home", tmp_path)
    assert done.code == 2
    assert "set LEADWISE_ALERTS_SLACK_WEBHOOK_URL or" in done.err


def test_deliver_tries_what_waits_and_says_what_still_does(home, monkeypatch):
    monkeypatch.setattr("ml.adapters.sqlite_outbox._FIRST_PAUSE_SECONDS", 0.0)
    home.slack.answers[0] = 500
    send(home, refused())
    code, said = asked("deliver", home=home)
    assert (code, said["waiting"]) == (4, 1)
    home.slack.answers[0] = 200
    code, said = asked("deliver", home=home)
    assert (code, said["waiting"]) == (0, 0)
    taken = {each["channel"]: each["taken"] for each in said["channels"]}
    assert taken == {"slack": 1, "pagerduty": 0, "email": 0}


def _to_file(home, monkeypatch, text):
    for field in FIELDS:
        monkeypatch.delenv(AlertSettings.variable(field))
    file = home.home / "secrets.json"
    file.write_text(text)
    monkeypatch.setenv(AlertSettings.variable("secrets_file"), str(file))
    return file


def test_secrets_may_lie_in_a_file(home, monkeypatch):
    _to_file(home, monkeypatch, json.dumps({f: getattr(home.settings, f) for f in FIELDS}))
    send(home, refused())
    assert home.heard == (1, 1, 1)


BROKEN = {
    "no JSON": f"{SECRET}!",
    "a list": f'["{SECRET}"]',
    "a number": '{"slack_webhook_url": 1}',
    "key and value mixed up": f'{{"{SECRET}": "slack_webhook_url"}}',
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_file_of_secrets_stops_nothing_and_what_waits_is_told_when_it_is_mended(
    home, monkeypatch, broken
):
    monkeypatch.setattr("ml.adapters.sqlite_outbox._FIRST_PAUSE_SECONDS", 0.0)
    file = _to_file(home, monkeypatch, BROKEN[broken])
    send(home, refused())
    code, said = asked("deliver", home=home)
    assert code == 4
    assert all("expected a JSON object with texts" in each["reason"] for each in said["channels"])
    file.write_text(json.dumps({field: getattr(home.settings, field) for field in FIELDS}))
    assert asked("deliver", home=home)[0] == 0
    assert home.heard == (1, 1, 1)


def test_doctor_says_which_channels_are_set_up_and_what_is_wrong(home, monkeypatch):
    monkeypatch.setenv(
        AlertSettings.variable("slack_webhook_url"), f"https://evil.example/{SECRET}"
    )
    monkeypatch.delenv(AlertSettings.variable("pagerduty_routing_key"))
    send(home, refused())
    done = leadwise("doctor", "--home", home.home, "--json")
    assert SECRET not in done.out + done.err
    assert done.code == 4
    assert "not in order: alerts by slack;" in done.err
    found = {each["subject"]: each for each in json.loads(done.out)["findings"]}
    assert "not among those allowed" in found["alerts by slack"]["next_move"]
    seen = {name: (each["state"], each["seen"]) for name, each in found.items()}
    assert seen["alerts by pagerduty"] == ("ok", "not set up")
    assert seen["alerts by email"] == ("ok", "set up")
    assert seen["alerts that wait"] == ("warning", "1")


def test_a_setting_that_cannot_be_is_refused_in_a_line(home, monkeypatch):
    monkeypatch.setenv(AlertSettings.variable("smtp_port"), "many")
    done = leadwise("alerts", "list", "--home", home.home)
    assert done.code == 2
    assert "LEADWISE_ALERTS_SMTP_PORT is 'many'" in done.err


def test_a_server_hands_over_what_happens_while_it_runs(home, monkeypatch):
    monkeypatch.setattr("ml.serving.telling._SECONDS_BETWEEN", 0.02)
    alerts = bootstrap.home_alerts(home.home)
    packages = replace(web.packages(home.home), alerts=alerts, deliver=alerts.deliver)
    monkeypatch.setattr(web, "packages", lambda _: packages)
    with web.server(home.home):
        alerts.send(refused())
        deadline = time.monotonic() + 20
        while home.heard != (1, 1, 1) and time.monotonic() < deadline:
            time.sleep(0.02)
    assert home.heard == (1, 1, 1)
