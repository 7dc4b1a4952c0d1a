"""An account's alert topics: moto's, whose messages a test reads; or ones that are ill."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import boto3

from ml.adapters.routed_alerts import RoutedAlerts
from ml.adapters.sns_topics import topic_alerts
from ml.contract.alerts import AlertSeverity, Channel
from ml.contract.cloud_settings import AlertTopicSettings
from tests.support.channels import SECRET, Clock

_ERROR = """<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>
<Message>role/{secret} is not known</Message></Error><RequestId>1</RequestId></ErrorResponse>"""


class Topics:
    """Topics of moto by severity, and a queue that hears all that is published."""

    def __init__(self) -> None:
        self._sns, self._sqs = boto3.client("sns"), boto3.client("sqs")
        self._queue = self._sqs.create_queue(QueueName="heard")["QueueUrl"]
        self.settings = AlertTopicSettings(
            **{f"{severity}_topic": self.make(severity) for severity in AlertSeverity}
        )

    def make(self, severity: AlertSeverity) -> str:
        """A topic that somebody listens to; its ARN."""
        arn = str(self._sns.create_topic(Name=f"leadwise-dev-{severity}")["TopicArn"])
        names = {"QueueUrl": self._queue, "AttributeNames": ["QueueArn"]}
        heard_by = self._sqs.get_queue_attributes(**names)["Attributes"]["QueueArn"]
        self._sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=heard_by)
        return arn

    def remove(self, severity: AlertSeverity) -> None:
        """The topic is gone."""
        self._sns.delete_topic(TopicArn=getattr(self.settings, f"{severity}_topic"))

    def heard(self) -> list[dict[str, Any]]:
        """What was published since the last time, as the listener gets it."""
        found: list[dict[str, Any]] = []
        while got := self._sqs.receive_message(
            QueueUrl=self._queue, MaxNumberOfMessages=10, WaitTimeSeconds=0
        ).get("Messages"):
            for each in got:
                found.append(json.loads(each["Body"]))
                handle = each["ReceiptHandle"]
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=handle)
        return found


def alerts_of_a_job(settings: AlertTopicSettings, home: Path, clock: Clock) -> RoutedAlerts:
    """As a job that starts now holds them."""
    return topic_alerts(settings.topics, home, now=clock.now)


@contextmanager
def ill_topics(code: str, status: int) -> Iterator[str]:
    """An SNS that refuses everything with an error, or never answers where the status is 0."""
    over = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            if not status:
                over.wait(30)
                return
            body = _ERROR.format(code=code, secret=SECRET).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        over.set()
        server.shutdown()


#: ARNs of topics that nobody has made.
NOWHERE = AlertTopicSettings(
    **{
        f"{severity}_topic": f"arn:aws:sns:eu-central-1:123456789012:leadwise-dev-{severity}"
        for severity in AlertSeverity
    }
)
WARNING = Channel.WARNING_TOPIC
