"""What alerts and metrics are called: words that infra, code and AWS must all take."""

import re

from lambdas.notifying.reading import read
from ml.contract.alerts import (
    CHANNELS,
    OF_PEOPLE,
    TOPICS,
    AlertSeverity,
    Channel,
    Metric,
    drift_alarm,
    part_name,
)


def test_every_severity_is_told_somewhere_and_every_channel_is_used():
    assert set(CHANNELS) == set(AlertSeverity)
    assert all(CHANNELS.values())
    assert {channel for over in CHANNELS.values() for channel in over} == set(OF_PEOPLE)


def test_each_severity_has_a_topic_of_its_own_that_no_person_listens_to():
    topics = [channel for over in TOPICS.values() for channel in over]
    assert list(TOPICS) == list(AlertSeverity)
    assert set(topics) | set(OF_PEOPLE) == set(Channel)
    assert len(set(topics)) == len(topics) == len(TOPICS)
    assert not set(topics) & set(OF_PEOPLE)


def test_what_is_worse_is_told_over_no_fewer_channels():
    info, warning, critical = (set(CHANNELS[severity]) for severity in AlertSeverity)
    assert info < warning < critical


def test_pagerduty_takes_the_severities_as_they_are():
    """https://developer.pagerduty.com/docs/send-alert-event"""
    assert set(AlertSeverity) <= {"critical", "error", "warning", "info"}


def test_cloudwatch_takes_the_names():
    names = [metric.value for metric in Metric]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[A-Z][A-Za-z]{1,254}", name) for name in names)
    assert re.fullmatch(r"[a-z-]{1,255}", drift_alarm("everything"))


def test_environments_and_parts_are_told_apart():
    names = {part_name(env, part) for env in ("dev", "prod") for part in ("intake", "watch")}
    assert len(names) == 4


def test_the_severity_of_a_topic_is_read_back_from_its_name():
    for severity in AlertSeverity:
        topic = f"arn:aws:sns:us-east-1:111122223333:leadwise-dev-{severity}"
        assert read({"TopicArn": topic, "Message": "words"}).severity == severity
