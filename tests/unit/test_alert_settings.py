"""Channels of a home: secrets are in no text, and what cannot work says why."""

import pytest

from ml.contract.alert_settings import AlertSettings
from ml.contract.alerts import OF_PEOPLE, Channel
from ml.contract.errors import UsageError

MAIL = {"smtp_host": "mail.example.com", "email_from": "a@example.com", "email_to": "b@example.com"}
SECRETS = {
    name: f"s3cr3t-{name}"
    for name in ("slack_webhook_url", "pagerduty_routing_key", "smtp_password")
}


def test_settings_survive_the_environment():
    settings = AlertSettings(**SECRETS, **MAIL, window_minutes=7)
    assert AlertSettings.from_env(settings.to_env()) == settings


def test_no_secret_is_in_the_text_of_a_value():
    settings = AlertSettings(**SECRETS, **MAIL)
    assert "s3cr3t" not in repr(settings) + str(settings)


def test_a_channel_is_used_once_it_is_set_up():
    assert AlertSettings().channels == ()
    assert AlertSettings(slack_webhook_url="https://x").channels == (Channel.SLACK,)
    assert AlertSettings(smtp_host="mail.example.com").channels == (Channel.EMAIL,)
    assert AlertSettings(**SECRETS, **MAIL).channels == OF_PEOPLE


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"email_from": ""}, "set LEADWISE_ALERTS_EMAIL_FROM"),
        ({"email_to": " , "}, "set LEADWISE_ALERTS_EMAIL_TO"),
        ({"smtp_security": "none"}, "'mail.example.com' is another machine"),
    ],
)
def test_mail_that_cannot_be_sent_says_why(change, words):
    assert words in AlertSettings(**MAIL | change).mail_problem
    assert AlertSettings(**MAIL).mail_problem == ""


def test_mail_on_this_machine_may_go_unencrypted():
    here = MAIL | {"smtp_host": "127.0.0.1", "smtp_security": "none"}
    assert AlertSettings(**here).mail_problem == ""


@pytest.mark.parametrize(
    "wrong",
    [{"smtp_port": 0}, {"smtp_port": 70_000}, {"window_minutes": 0}, {"smtp_security": "x"}],
)
def test_values_out_of_range_are_refused(wrong):
    with pytest.raises(UsageError, match=f"{next(iter(wrong))}.*(expected|there is)"):
        AlertSettings(**wrong)
