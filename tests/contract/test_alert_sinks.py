"""One suite for every channel of a home: it takes a message, or says why not without a secret."""

import socket
from dataclasses import dataclass, replace

import pytest

from ml.adapters.alert_sinks import PagerDuty, Slack, Unusable
from ml.adapters.smtp_mail import SmtpMail
from ml.contract.errors import NotTold
from ml.contract.notices import Notice
from ml.webhooks import Webhooks
from tests.support.channels import SECRET, channels, mended, refused

NOTICE = Notice(alert=refused(), place="laptop")


@dataclass
class Case:
    """A sink, what it has handed over so far, and ways to break its other side."""

    sink: object
    texts: object
    refuse: object
    leave: object


@pytest.fixture
def servers(tmp_path):
    with channels(tmp_path) as found:
        yield found


def _nowhere():
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        return closed.getsockname()[1]


def _webhook(sink, server):
    def leave():
        where = f"http://127.0.0.1:{_nowhere()}"
        sink._url = sink._url.replace(server.url, where)
        sink._webhooks = Webhooks(frozenset({where}), pauses=())

    return Case(
        sink,
        texts=lambda: [str(body) for _, body in server.got],
        refuse=lambda: server.answers.__setitem__(0, 403),
        leave=leave,
    )


@pytest.fixture
def slack(servers):
    webhooks = Webhooks(frozenset({servers.slack.url}), pauses=())
    return _webhook(Slack(servers.settings.slack_webhook_url, webhooks), servers.slack)


@pytest.fixture
def pagerduty(servers):
    webhooks = Webhooks(frozenset({servers.pager.url}), pauses=())
    key = servers.settings.pagerduty_routing_key
    return _webhook(PagerDuty(key, webhooks, servers.pager.url), servers.pager)


@pytest.fixture
def smtp(servers):
    sink = SmtpMail(servers.settings, context=servers.mail.context, timeout=2)

    def leave():
        sink._settings = replace(sink._settings, smtp_port=_nowhere())

    return Case(
        sink,
        texts=lambda: servers.mail.mails,
        refuse=lambda: servers.mail.answers.update(DATA=f"554 {SECRET}"),
        leave=leave,
    )


@pytest.fixture(params=["slack", "pagerduty", "smtp"])
def case(request):
    return request.getfixturevalue(request.param)


def test_a_message_is_handed_over_whole(case):
    case.sink.tell(NOTICE)
    (text,) = case.texts()
    for words in ("[leadwise laptop] critical: package refused: leads", "Its SHA-256 differs."):
        assert words in text
    assert "runbook.md#package-refused" in text


def test_an_end_is_handed_over_too(case):
    case.sink.tell(NOTICE)
    case.sink.tell(Notice(alert=mended(), place="laptop"))
    assert len(case.texts()) == 2


def test_a_refusal_is_said_without_a_secret(case):
    case.refuse()
    with pytest.raises(NotTold) as told:
        case.sink.tell(NOTICE)
    assert SECRET not in str(told.value)
    assert told.value.__cause__ is None
    assert told.value.__suppress_context__


def test_nobody_there_is_said_without_a_secret(case):
    case.leave()
    with pytest.raises(NotTold) as told:
        case.sink.tell(NOTICE)
    assert SECRET not in str(told.value)


def test_what_can_be_seen_from_here_is_in_order(case):
    assert case.sink.problem() == ""


def test_what_cannot_work_says_so_beforehand(servers):
    lacking = replace(servers.settings, email_to="")
    assert "EMAIL_TO" in SmtpMail(lacking).problem()
    assert "not among those allowed" in Slack(f"https://x.example/{SECRET}", Webhooks()).problem()
    assert SECRET not in Slack(f"https://x.example/{SECRET}", Webhooks()).problem()
    assert Unusable("why").problem() == "why"
    with pytest.raises(NotTold, match="why"):
        Unusable("why").tell(NOTICE)
