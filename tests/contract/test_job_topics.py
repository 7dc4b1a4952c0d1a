"""What a job on AWS publishes, and how the listener of the topics reads it."""

import pytest
from moto import mock_aws

from lambdas.notifying.reading import read
from ml.contract.alerts import AlertSeverity, Channel
from ml.contract.cloud_settings import AlertTopicSettings, JobSettings
from ml.contract.notices import Notice
from tests.support.buckets import patched_account
from tests.support.channels import Clock, mended, refused
from tests.support.topics import Topics, alerts_of_a_job


@pytest.fixture
def topics(monkeypatch):
    with mock_aws(), patched_account(monkeypatch):
        yield Topics()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def alerts(topics, tmp_path, clock):
    return alerts_of_a_job(topics.settings, tmp_path, clock)


def told(alerts, *sent):
    for alert in sent:
        alerts.send(alert)
    return alerts.deliver()


@pytest.mark.parametrize("severity", AlertSeverity)
def test_the_listener_reads_the_alert_that_was_sent_on_the_topic_of_its_severity(
    alerts, topics, severity
):
    told(alerts, refused(severity))
    (message,) = topics.heard()
    assert message["TopicArn"].endswith(f"-{severity}")
    assert message["Subject"] == "package-refused"
    assert read(message) == refused(severity)
    assert alerts.untold() == []


def test_an_end_goes_where_the_beginning_went(alerts, topics):
    told(alerts, refused(), mended())
    began, ended = topics.heard()
    assert began["TopicArn"] == ended["TopicArn"]
    assert (read(began).incident, read(ended).over) == (read(ended).incident, 1)


def test_an_end_of_what_never_began_is_not_published(alerts, topics):
    told(alerts, mended())
    assert topics.heard() == []


def test_the_listener_decides_what_is_too_much_so_each_alert_is_handed_over(alerts, topics, clock):
    for _ in range(3):
        told(alerts, refused())
        clock.pass_(seconds=1)
    told(alerts, mended(), refused())
    assert [read(message).over for message in topics.heard()] == [0, 0, 0, 1, 0]


def test_what_is_told_late_says_when_it_happened():
    notice = Notice(alert=refused(), place="", unsaid=2, late="2027-01-15 08:00 UTC")
    says = read({"Message": notice.topic()}).says
    assert says.startswith("Its SHA-256 differs. (2 more like it")
    assert "happened at 2027-01-15 08:00 UTC" in says


def test_where_no_topic_is_named_the_log_alone_is_told(tmp_path, clock, caplog):
    alerts = alerts_of_a_job(AlertTopicSettings(), tmp_path, clock)
    assert told(alerts, refused()) == {}
    assert "Its SHA-256 differs." in caplog.text
    assert alerts.untold() == []


def test_jobs_find_the_topics_in_their_environment():
    settings = AlertTopicSettings(info_topic="i", warning_topic="w", critical_topic="c")
    assert AlertTopicSettings.from_env(settings.to_env()) == settings
    assert issubclass(JobSettings, AlertTopicSettings)
    assert settings.topics == {
        Channel.INFO_TOPIC: "i", Channel.WARNING_TOPIC: "w", Channel.CRITICAL_TOPIC: "c",
    }  # fmt: skip
