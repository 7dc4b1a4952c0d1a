"""F33 in an account: a topic that a job cannot reach keeps nothing from people for good."""

import json
from io import StringIO
from types import SimpleNamespace

import boto3
import pytest
from moto import mock_aws
from rich.console import Console

from ml import cloud_job
from ml.adapters.s3_folder import S3Folder
from ml.contract.alerts import AlertSeverity, Channel
from ml.contract.errors import DataStopped
from tests.support.buckets import make_bucket, patched_account
from tests.support.channels import SECRET, Clock, refused
from tests.support.topics import NOWHERE, WARNING, Topics, alerts_of_a_job, ill_topics


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def topics(monkeypatch):
    with mock_aws(), patched_account(monkeypatch):
        yield Topics()


def told(alerts, *severities):
    for severity in severities:
        alerts.send(refused(severity, f"leads {severity}"))
    return alerts.deliver()


def test_f33_a_topic_that_is_gone_keeps_none_of_the_others_from_people(topics, tmp_path, clock):
    topics.remove(AlertSeverity.WARNING)
    alerts = alerts_of_a_job(topics.settings, tmp_path, clock)
    done = told(alerts, *AlertSeverity)
    assert {channel for channel, each in done.items() if each.taken} == set(done) - {WARNING}
    assert len(topics.heard()) == 2
    (untold,) = alerts.untold()
    assert "topic 'leadwise-dev-warning' refused the message (NotFound)" in untold
    assert "the next job on this home tries again" in untold


def test_f33_the_next_job_on_the_home_tells_what_the_last_one_could_not(topics, tmp_path, clock):
    topics.remove(AlertSeverity.WARNING)
    told(alerts_of_a_job(topics.settings, tmp_path, clock), AlertSeverity.WARNING)
    topics.make(AlertSeverity.WARNING)
    clock.pass_(minutes=20)
    later = alerts_of_a_job(topics.settings, tmp_path, clock)
    assert later.untold()
    assert later.deliver()[WARNING].taken == 1
    assert later.untold() == []
    (message,) = topics.heard()
    assert "happened at 2027-01-15 08:00 UTC" in message["Message"]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("AuthorizationError", 403),
        ("KMSAccessDenied", 400),
        ("Throttling", 400),
        ("InternalError", 500),
    ],
)
def test_f33_what_a_topic_refuses_is_said_by_its_code_and_never_by_its_words(
    code, status, monkeypatch, tmp_path, clock, caplog
):
    with ill_topics(code, status) as url:
        reasons = _refused_at(url, monkeypatch, tmp_path, clock)
    assert all(f"refused the message ({code})" in reason for reason in reasons)
    kept = (tmp_path / "alerts.db").read_bytes().decode("latin-1")
    assert SECRET not in caplog.text + kept + "".join(reasons)


def _refused_at(url, monkeypatch, home, clock):
    alerts = alerts_of_a_job(NOWHERE, home, clock)
    with patched_account(monkeypatch, {"AWS_ENDPOINT_URL_SNS": url}):
        done = told(alerts, *AlertSeverity)
    assert [each.taken for each in done.values()] == [0, 0, 0]
    assert alerts.outbox.waiting() == len(alerts.untold()) == 3
    return [each.reason for each in done.values()]


def test_f33_topics_that_never_answer_hold_a_job_up_for_seconds(monkeypatch, tmp_path, clock):
    monkeypatch.setattr("ml.adapters.sns_topics._ANSWER_SECONDS", 0.2)
    with ill_topics("", 0) as url:
        reasons = _refused_at(url, monkeypatch, tmp_path, clock)
    # Else the stand-in would have hung up by itself, after half a minute for each try.
    assert all("could not be reached (ReadTimeoutError)" in reason for reason in reasons)


def test_f33_without_a_network_or_a_region_a_job_goes_on(monkeypatch, tmp_path, clock):
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    alerts = alerts_of_a_job(NOWHERE, tmp_path, clock)
    told(alerts, AlertSeverity.WARNING)
    (untold,) = alerts.untold()
    assert "could not be reached (NoRegionError)" in untold


def test_f33_an_outbox_that_cannot_be_read_is_said_too(tmp_path, clock):
    (tmp_path / "alerts.db").write_bytes(b"no database" * 100)
    alerts = alerts_of_a_job(NOWHERE, tmp_path, clock)
    told(alerts, AlertSeverity.WARNING)
    (untold,) = alerts.untold()
    assert untold.startswith("the outbox cannot be read")


@pytest.fixture
def job(topics, tmp_path, monkeypatch):
    """Runs a job that sees one thing worth an alert, and whatever else the test adds."""
    make_bucket(boto3.client("s3"), "home", versioned=True)
    monkeypatch.setattr(cloud_job, "sign_in", lambda secret: None)
    folder = tmp_path / "verdict"
    settings = SimpleNamespace(
        home_uri="s3://home/leads/", mlflow_secret="none", watched_as="leadwise-dev-watch",
        topics=topics.settings.topics,
    )  # fmt: skip

    def run(then=lambda: {}):
        def work(*words):
            alerts = words[-1]
            alerts.send(refused(AlertSeverity.WARNING))
            alerts.deliver()
            return then()

        monkeypatch.setattr(cloud_job, "_work", work)
        told = StringIO()
        words = {"console": Console(file=told), "said_folder": folder, "verdict_folder": folder}
        try:
            said = cloud_job.run_steps((), settings, **words)
        finally:
            run.lines = [json.loads(line) for line in told.getvalue().splitlines()]
        return said

    return run


def test_a_job_that_told_people_says_that_nothing_is_untold(job, topics):
    assert job() == {"untold": []}
    assert job.lines == []
    assert len(topics.heard()) == 1


def test_f33_what_a_job_could_not_tell_is_in_its_record_a_metric_and_its_home(
    job, topics, tmp_path
):
    topics.remove(AlertSeverity.WARNING)
    (untold,) = job()["untold"]
    assert untold.startswith("package-refused: leads: topic 'leadwise-dev-warning'")
    (line,) = job.lines
    assert (line["service"], line["AlertsFailed"]) == ("leadwise-dev-watch", 1)
    S3Folder("s3://home/leads/", tmp_path / "again").pull()
    assert (tmp_path / "again" / "alerts.db").is_file()


def test_f33_a_job_that_fails_says_it_too(job, topics):
    topics.remove(AlertSeverity.WARNING)

    def stops():
        raise DataStopped("leads", ())

    with pytest.raises(DataStopped):
        job(stops)
    assert [line["AlertsFailed"] for line in job.lines] == [1]


def test_topics_are_channels_of_their_own(tmp_path, clock):
    assert set(alerts_of_a_job(NOWHERE, tmp_path, clock).sinks) == {
        Channel.INFO_TOPIC, Channel.WARNING_TOPIC, Channel.CRITICAL_TOPIC,
    }  # fmt: skip
