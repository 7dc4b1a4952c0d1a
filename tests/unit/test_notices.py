"""What one message says, in every channel's own form."""

import json

import pytest

from ml.contract.alerts import AlertRule, AlertSeverity, runbook
from ml.contract.messages import Alert
from ml.contract.notices import Notice

SAYS = "PSI of total_visits is .31, over .2. Next: look at what delivers it & <retrain>."
DRIFT = Alert.began(AlertRule.DRIFT, "lead_conversion-arrival", AlertSeverity.WARNING, SAYS)
OVER = Alert.ended(AlertRule.DRIFT, "lead_conversion-arrival", "No drift is found any more.")


def notice(alert=DRIFT, **more):
    return Notice(alert=alert, place="dev", **more)


def test_the_title_says_where_how_bad_and_what():
    assert notice().title == "[leadwise dev] warning: drift: lead_conversion-arrival"
    assert notice(OVER).title == "[leadwise dev] over: drift: lead_conversion-arrival"


def test_an_alarm_of_aws_is_its_own_title():
    alarm = Alert(rule="alarm", subject="leadwise-dev-drift", severity="info", says="x")
    assert notice(alarm).title == "[leadwise dev] info: leadwise-dev-drift"


def test_every_form_has_figure_threshold_next_move_and_link():
    forms = (notice().slack()["text"], json.dumps(notice().pagerduty("key")), notice().body)
    for text in forms:
        for word in (".31", "over .2", "Next: look", runbook(AlertRule.DRIFT)):
            assert word in text


def test_slack_reads_no_link_and_no_mention_out_of_what_is_said():
    text = notice(Alert(rule="r", subject="<!channel>", severity="info", says="<a|b> & c")).slack()
    assert "<" not in text["text"]


def test_what_was_left_out_and_what_is_late_is_said_everywhere():
    told = notice(unsaid=7, late="2027-01-15 08:00 UTC")
    for text in (told.slack()["text"], told.body):
        assert "(7 more like it since the last message)" in text
        assert "happened at 2027-01-15 08:00 UTC" in text
    details = told.pagerduty("key")["payload"]["custom_details"]
    assert (details["left out before"], details["happened"]) == (7, "2027-01-15 08:00 UTC")
    assert "more like it" not in notice().slack()["text"]


def test_pagerduty_resolves_what_it_opened():
    opened, resolved = notice().pagerduty("key"), notice(OVER).pagerduty("key")
    assert (opened["event_action"], resolved["event_action"]) == ("trigger", "resolve")
    assert opened["dedup_key"] == resolved["dedup_key"]
    assert "payload" not in resolved


def test_environments_do_not_resolve_each_others_incidents():
    other = Notice(alert=DRIFT, place="prod").pagerduty("key")
    assert other["dedup_key"] != notice().pagerduty("key")["dedup_key"]


@pytest.mark.parametrize("subject", ["a\nBcc: x@example.com", "dév", "x" * 500])
def test_a_subject_is_one_line_of_what_every_mail_server_takes(subject):
    made = notice(Alert(rule="r", subject=subject, severity="info", says="s")).subject
    assert made.isascii()
    assert made.isprintable()
    assert len(made) <= 100


def test_a_text_without_end_is_cut():
    endless = Alert(rule="r", subject="s" * 5_000, severity="info", says="x" * 100_000)
    assert len(notice(endless).slack()["text"]) < 10_000
    assert len(notice(endless).pagerduty("key")["payload"]["summary"]) == 1024
