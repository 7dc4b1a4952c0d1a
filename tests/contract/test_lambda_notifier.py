"""People are told once per incident, over every channel that its severity asks for."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from lambdas import notifier
from lambdas.notifying import channels as channels_module
from lambdas.notifying import incidents
from lambdas.notifying.channels import Channels
from ml.contract.cloud_settings import NotifierSettings
from ml.contract.errors import DependencyUnavailable
from ml.contract.messages import Alert
from ml.webhooks import ORIGINS, Webhooks
from tests.support.lambdas import REGION, Clock, Context, fake_aws, listener, metrics, table

TOKEN, KEY = "T0/B0/s3cr3t-of-slack", "s3cr3t-of-pagerduty"
LINK = "https://github.com/leadwise/leadwise/blob/main/docs/runbook.md#drift"


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(notifier, "time", clock)
    return clock


@pytest.fixture
def host():
    with listener() as server:
        yield server


@pytest.fixture(autouse=True)
def mails(monkeypatch):
    """What SNS was asked to publish."""
    sent = []

    class Topic:
        def publish(self, **asked):
            sent.append(asked)

    real = channels_module.client
    monkeypatch.setattr(
        channels_module, "client", lambda name: Topic() if name == "sns" else real(name)
    )
    return sent


@pytest.fixture
def tell(monkeypatch, host):
    """Tell of an SNS message, as the handler does but for the hosts that may be asked."""
    settings = NotifierSettings(
        environment="dev",
        channels_secret="channels",
        email_topic="arn:aws:sns:eu-central-1:123456789012:mail",
        dedup_table="incidents",
    )
    with fake_aws(monkeypatch, settings.to_env()):
        table("incidents")
        _secret(slack_webhook_url=f"{host.url}/services/{TOKEN}", pagerduty_routing_key=KEY)
        webhooks = Webhooks(frozenset({host.url}), sleep=lambda seconds: None)
        channels = Channels(settings, webhooks, pagerduty=host.url)
        monkeypatch.setattr(notifier, "Channels", lambda *_: channels)
        yield lambda *messages: notifier.handler(
            {"Records": [{"Sns": message} for message in messages]}, Context()
        )["told"]


def _secret(**values):
    secrets = boto3.client("secretsmanager", region_name=REGION)
    text = json.dumps(values)
    try:
        secrets.create_secret(Name="channels", SecretString=text)
    except ClientError:
        secrets.put_secret_value(SecretId="channels", SecretString=text)


def _sns(message, *, id="m1", severity="critical", subject=None):
    topic = f"arn:aws:sns:eu-central-1:123456789012:leadwise-dev-{severity}"
    return {"TopicArn": topic, "MessageId": id, "Subject": subject, "Message": message}


def _alarm(state="ALARM", *, name="leadwise-dev-drift", **more):
    found = {
        "AlarmName": name,
        "AlarmDescription": f"Leads <differ> & more. What to do: {LINK}",
        "NewStateValue": state,
        "NewStateReason": "Threshold Crossed: 1 datapoint",
        "StateChangeTime": "2026-11-21T10:00:00.000+0000",
    }
    return _sns(json.dumps(found), **more)


def _paths(host):
    return [path for path, _ in host.got]


def test_a_critical_alarm_reaches_everybody(tell, host, mails, capsys):
    assert tell(_alarm()) == 1
    (slack, said), (pager, event) = host.got
    assert slack == f"/services/{TOKEN}"
    assert pager == "/v2/enqueue"
    assert "critical: leadwise-dev-drift" in said["text"]
    assert "&lt;differ&gt; &amp; more" in said["text"]
    assert f"<{LINK}|Runbook>" in said["text"]
    assert event["routing_key"] == KEY
    assert event["event_action"] == "trigger"
    assert event["payload"]["severity"] == "critical"
    assert event["links"][0]["href"] == LINK
    (mail,) = mails
    assert mail["Subject"] == "[leadwise dev] critical: leadwise-dev-drift"
    assert metrics(capsys.readouterr().out) == {"AlertsSent": 3}


@pytest.mark.parametrize(
    ("severity", "hooks", "mailed"), [("info", 1, 0), ("warning", 1, 1), ("critical", 2, 1)]
)
def test_only_what_is_critical_pages_somebody(tell, host, mails, severity, hooks, mailed):
    tell(_alarm(severity=severity))
    assert (len(host.got), len(mails)) == (hooks, mailed)
    assert ("/v2/enqueue" in _paths(host)) is (severity == "critical")


def test_the_end_of_an_incident_resolves_the_page_that_it_opened(tell, host):
    tell(_alarm(id="m1"))
    tell(_alarm("OK", id="m2"))
    opened, resolved = (event for path, event in host.got if path == "/v2/enqueue")
    assert resolved["event_action"] == "resolve"
    assert resolved["dedup_key"] == opened["dedup_key"]


def test_an_end_without_a_beginning_is_no_news(tell, host, mails):
    assert tell(_alarm("OK")) == 0
    assert host.got == mails == []


def test_our_own_alerts_say_their_severity_themselves(tell, host):
    alert = Alert(rule="drift", subject="leads", severity="info", says="Three columns differ.")
    assert tell(_sns(alert.to_json(), severity="critical")) == 1
    assert _paths(host) == [f"/services/{TOKEN}"]


@pytest.mark.parametrize(
    "text", ["Budget exceeded: 80 %", "", "[1, 2]", '{"rule": "x"}', '{"unknown": 1}', "null"]
)
def test_any_other_text_is_passed_on(tell, mails, text):
    assert tell(_sns(text, subject="AWS Budgets: leadwise\nd\u00e9v")) == 1
    (mail,) = mails
    assert mail["Subject"] == "[leadwise dev] critical: AWS Budgets: leadwise?d?v"
    assert text in mail["Message"]


def test_a_hundred_equal_alarms_are_one_message_and_a_count(tell, host, clock, capsys):
    for number in range(100):
        tell(_alarm(id=f"m{number}", severity="info"))
    assert len(host.got) == 1
    clock.now += 5 * 60
    tell(_alarm(id="later", severity="info"))
    assert len(host.got) == 2
    assert "(99 more like it since the last message)" in host.got[1][1]["text"]
    assert '"AlertsSuppressed"' in capsys.readouterr().out
    clock.now += 5 * 60
    tell(_alarm(id="last", severity="info"))
    assert "more like it" not in host.got[2][1]["text"]


def test_incidents_do_not_hide_each_other(tell, host):
    tell(_alarm(severity="info"), _alarm(severity="info", name="latency", id="m2"))
    assert len(host.got) == 2


def test_an_incident_that_begins_again_is_told_again(tell, host):
    for number, state in enumerate(("ALARM", "OK", "ALARM")):
        assert tell(_alarm(state, id=f"m{number}", severity="info")) == 1
    assert len(host.got) == 3


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_host_is_asked_again(tell, host, status):
    host.answers = [status, status, 200]
    assert tell(_alarm(severity="info")) == 1
    assert len(host.got) == 3


def test_one_channel_that_fails_stops_no_other_and_is_tried_again_alone(tell, host, mails, capsys):
    host.answers = [500, 500, 500, 202]
    with pytest.raises(DependencyUnavailable, match="^slack could not be told"):
        tell(_alarm())
    assert _paths(host)[3:] == ["/v2/enqueue"]
    assert len(mails) == 1
    host.got.clear()
    assert tell(_alarm()) == 1  # Lambda's own retry: the same message
    assert _paths(host) == [f"/services/{TOKEN}"]
    assert len(mails) == 1
    _no_secret(capsys)


def _no_secret(capsys):
    printed = capsys.readouterr()
    assert "s3cr3t" not in printed.out + printed.err


def test_a_refusal_is_not_repeated(tell, host, capsys):
    host.answers = [403]
    with pytest.raises(DependencyUnavailable, match="^slack could"):
        tell(_alarm(severity="info"))
    assert len(host.got) == 1
    assert "answered 403; check the channels' secret" in capsys.readouterr().out


def _hang_up(handler):
    handler.connection.close()


def test_a_host_that_hangs_up_costs_that_channel_only(tell, host, mails, capsys):
    host.answers = [_hang_up]
    with pytest.raises(DependencyUnavailable, match="^slack, pagerduty could"):
        tell(_alarm())
    assert len(mails) == 1
    assert "did not answer" in (printed := capsys.readouterr().out)
    assert "s3cr3t" not in printed


def test_a_redirect_is_not_followed(tell, host):
    with listener() as elsewhere:

        def redirect(handler):
            handler.send_response(307)
            handler.send_header("Location", f"{elsewhere.url}/stolen")
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        host.answers = [redirect]
        with pytest.raises(DependencyUnavailable):
            tell(_alarm(severity="info"))
        assert elsewhere.got == []


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com.evil.example/services/s3cr3t",
        "http://hooks.slack.com/services/s3cr3t",
        "https://evil.example/s3cr3t",
        "https://hooks.slack.com@evil.example/s3cr3t",
        "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data/",
        "s3cr3t",
    ],
)
def test_no_other_host_is_ever_asked(tell, mails, capsys, url):
    _secret(slack_webhook_url=url, pagerduty_routing_key="")
    with pytest.raises(DependencyUnavailable, match="slack"):
        tell(_alarm())
    assert len(mails) == 1
    assert "not among those allowed" in (printed := capsys.readouterr().out)
    assert "s3cr3t" not in printed


def test_outside_tests_the_hosts_are_those_of_slack_and_pagerduty():
    assert {"https://hooks.slack.com", "https://events.pagerduty.com"} == ORIGINS
    assert Webhooks()._origins is ORIGINS


def test_channels_that_are_not_set_up_are_left_out(tell, host, mails):
    _secret(slack_webhook_url="", pagerduty_routing_key="")
    assert tell(_alarm()) == 1
    assert (host.got, len(mails)) == ([], 1)


def test_a_secret_that_is_no_object_costs_the_hooks_and_not_the_mail(tell, mails, capsys):
    secrets = boto3.client("secretsmanager", region_name=REGION)
    secrets.put_secret_value(SecretId="channels", SecretString="s3cr3t")
    with pytest.raises(DependencyUnavailable, match="^slack, pagerduty could"):
        tell(_alarm())
    assert len(mails) == 1
    _no_secret(capsys)


def test_people_are_told_even_if_nobody_remembers_what_was_said(tell, host, monkeypatch):
    def away(_name):
        raise ClientError({"Error": {"Code": "ProvisionedThroughputExceeded"}}, "UpdateItem")

    monkeypatch.setattr(incidents, "client", away)
    assert tell(_alarm(severity="info")) == 1
    assert len(host.got) == 1
