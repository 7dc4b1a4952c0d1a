"""An account that a DAG works on: moto's S3, topics and events, and work that is really done."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import boto3

from infra.pipeline_definition import JobShape, pipeline_definition
from ml.contract.cloud_settings import JobSettings, RetrainDagSettings
from ml.contract.messages import EVENT_SOURCE
from tests.support.airflow.work_server import Worker, WorkServer, work_server
from tests.support.cloud import moto_server

_REGION, _NUMBER = "us-east-1", "123456789012"
KEYS = {
    "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": _REGION,
}  # fmt: skip
USE_CASE = "lead_conversion"
PIPELINE = f"arn:aws:sagemaker:{_REGION}:{_NUMBER}:pipeline/leadwise-dev-retrain"
RAW, ARTIFACTS = "raw-leads", "artifacts"
RUNS = f"runs/{USE_CASE}/"
SHAPE = JobShape(
    role_arn=f"arn:aws:iam::{_NUMBER}:role/leadwise-dev-jobs",
    image_uri=f"{_NUMBER}.dkr.ecr.{_REGION}.amazonaws.com/leadwise:1",
    kms_key_arn=f"arn:aws:kms:{_REGION}:{_NUMBER}:key/1",
    security_groups=["sg-1"],
    subnets=["subnet-1"],
)


class Account:
    """What was told and left in it.

    Attributes
    ----------
    work : WorkServer
        Glue and SageMaker.
    env : dict of str to str
        Where a process finds it.
    settings : RetrainDagSettings
        Of the DAG.
    """

    def __init__(self, url: str, work: WorkServer) -> None:
        self.work = work
        self.env = KEYS | {
            "AWS_ENDPOINT_URL": url,
            "AWS_ENDPOINT_URL_GLUE": work.url,
            "AWS_ENDPOINT_URL_SAGEMAKER": work.url,
        }
        s3 = self.client("s3")
        for bucket in (RAW, ARTIFACTS):
            s3.create_bucket(Bucket=bucket)
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
            self._empty(bucket)
        self._queue, self._queue_arn = self._listening()
        self.settings = RetrainDagSettings(
            use_case=USE_CASE, pipeline=PIPELINE, raw_bucket=RAW, crawler="leadwise-dev-lake",
            glue_job="leadwise-dev-clean-leads", runs_uri=f"s3://{ARTIFACTS}/{RUNS}",
            alerts=self._topic(), patience_minutes=10, poke_seconds=0,
        )  # fmt: skip
        self._hear_events()

    def _empty(self, bucket: str) -> None:
        """Take out what another file of tests left: all of one process have one moto."""
        s3 = self.client("s3")
        found = s3.list_object_versions(Bucket=bucket)
        for each in [*found.get("Versions", ()), *found.get("DeleteMarkers", ())]:
            s3.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])

    def client(self, service: str) -> Any:
        """A client of one of moto's services."""
        with patch.dict("os.environ", self.env):
            return boto3.client(service)

    def bring(self, name: str, content: bytes = b"leads") -> str:
        """Put a file of leads into the raw bucket; returns its version."""
        key = f"raw/{USE_CASE}/{name}"
        put = self.client("s3").put_object(Bucket=RAW, Key=key, Body=content)
        return str(put["VersionId"])

    def left(self) -> dict[str, bytes]:
        """What lies in the folder of runs, by run and file."""
        s3 = self.client("s3")
        found = s3.list_objects_v2(Bucket=ARTIFACTS, Prefix=RUNS).get("Contents", ())
        return {
            each["Key"].removeprefix(RUNS): s3.get_object(Bucket=ARTIFACTS, Key=each["Key"])[
                "Body"
            ].read()
            for each in found
        }

    def told(self) -> list[dict[str, Any]]:
        """What came since the last time: SNS messages, and our own events."""
        sqs, found = self.client("sqs"), []
        while got := sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in got:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return found

    def _listening(self) -> tuple[str, str]:
        sqs = self.client("sqs")
        queue = sqs.create_queue(QueueName="told")["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        return queue, found["Attributes"]["QueueArn"]

    def _topic(self) -> str:
        sns = self.client("sns")
        topic = str(sns.create_topic(Name="leadwise-dev-warning")["TopicArn"])
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=self._queue_arn)
        return topic

    def _hear_events(self) -> None:
        events = self.client("events")
        events.put_rule(Name="ours", EventPattern=json.dumps({"source": [EVENT_SOURCE]}))
        events.put_targets(Rule="ours", Targets=[{"Id": "queue", "Arn": self._queue_arn}])


def definition(settings: JobSettings) -> dict[str, Any]:
    """Of the pipeline, as infra writes it."""
    return pipeline_definition(
        shape=SHAPE,
        settings=settings,
        input_uri=f"s3://{RAW}/raw/{USE_CASE}/",
        runs_uri=f"s3://{ARTIFACTS}/{RUNS}",
    )


def job_settings(**changed: str) -> JobSettings:
    """What jobs are told."""
    told = {
        "use_case": USE_CASE, "home_uri": f"s3://{ARTIFACTS}/home/{USE_CASE}/",
        "snapshots_database": "leads", "lake_uri": "s3://lake/",
        "packages_uri": f"s3://{ARTIFACTS}/packages/{USE_CASE}/", "package_group": "leads",
        "image_uri": SHAPE.image_uri, "reason": "manual", "watched_as": "leadwise-dev-watch",
        "ledger_table": "ledger", "who": "jobs", "mlflow_uri": "http://mlflow",
        "mlflow_secret": "arn:secret", "warehouse_workgroup": "w", "warehouse_database": "d",
        "warehouse_role": "r", "warehouse_staging": "s3://lake/unload/",
    }  # fmt: skip
    return JobSettings(**told | changed)


@contextmanager
def account(pipeline: Mapping[str, Any], worker: Worker) -> Iterator[Account]:
    """Run one until the block ends; between two looks its DAG waits for nothing."""
    with moto_server() as url, work_server(pipeline, worker) as work:
        yield Account(url, work)
