"""Files come into the raw bucket: by event, queue and Lambda they become runs of the Glue job."""

from __future__ import annotations

from typing import Any

from infra.environments import DEV
from ml.contract.places import raw_prefix
from ml.use_cases import find
from rehearsal.failure import expect
from rehearsal.scenes.stage import Invocation, Stage

_KEY = f"{raw_prefix(DEV.use_case)}rehearsal.csv"
MENU = f"{raw_prefix(DEV.use_case)}menu.csv"
NO_LEADS = b"dish,price\nsoup,3\n"


def new_file(stage: Stage) -> str:
    """A list of leads starts one run of the job, which is told the very version of the file."""
    job, bucket = _job(stage), raw_bucket(stage)
    before = _runs(stage, job)
    _expect_taken(_put(stage, _KEY, leads_csv()))
    started = [run for run in _runs(stage, job) if run not in before]
    expect(len(started) == 1, f"a new file started {len(started)} runs of {job}", "1")
    told = set(started[0]["Arguments"].values())
    version = stage.account.client("s3").head_object(Bucket=bucket, Key=_KEY)["VersionId"]
    missing = {bucket, _KEY, version} - told
    expect(not missing, f"the run of {job} is not told {missing}", "bucket, key and version")
    return f"s3://{bucket}/{_KEY} started one run of {job}"


def same_event_again(stage: Stage) -> str:
    """AWS may deliver an event twice: the second time starts nothing."""
    job = _job(stage)
    before = len(_runs(stage, job))
    first = [run for run in stage.invocations("intake") if _KEY in str(run.event)]
    expect(first, f"no event of {_KEY} came to intake", "one")
    _expect_taken(stage.after("intake", lambda: _send_again(stage, first[0])))
    more = len(_runs(stage, job)) - before
    expect(more == 0, f"the same event a second time started {more} more runs of {job}", "0")
    return "the event came twice; still one run"


def bad_file(stage: Stage) -> str:
    """A file that is no list of leads is refused, and its event does not come back."""
    job = _job(stage)
    before = len(_runs(stage, job))
    runs = _put(stage, MENU, NO_LEADS)
    _expect_taken(runs)
    more = len(_runs(stage, job)) - before
    expect(more == 0, f"a menu started {more} runs of {job}", "0")
    expect("REFUSED" in runs[0].log, f"intake said of a menu: {_last(runs[0])}", "REFUSED")
    return "a file without the use case's header was refused"


ALL = (new_file, same_event_again, bad_file)


def _job(stage: Stage) -> str:
    return stage.setting("intake", "LEADWISE_GLUE_JOB")


def raw_bucket(stage: Stage) -> str:
    """Name of the bucket that files come to."""
    return stage.account.only("AWS::S3::Bucket", "Raw").id


def _runs(stage: Stage, job: str) -> list[Any]:
    pages = stage.account.client("glue").get_paginator("get_job_runs").paginate(JobName=job)
    return [run for page in pages for run in page["JobRuns"]]


def _put(stage: Stage, key: str, body: bytes) -> list[Invocation]:
    s3, bucket = stage.account.client("s3"), raw_bucket(stage)
    return stage.after("intake", lambda: s3.put_object(Bucket=bucket, Key=key, Body=body))


def leads_csv() -> bytes:
    """A file with the use case's header and one lead."""
    columns = [column.source for column in find(DEV.use_case).schema.columns]
    rows = [",".join(columns), ",".join("" for _ in columns)]
    return ("\n".join(rows) + "\n").encode()


def _send_again(stage: Stage, run: Invocation) -> None:
    """Put the event that a run was given into the queue once more."""
    record = run.event["Records"][0]
    sqs = stage.account.client("sqs")
    url = sqs.get_queue_url(QueueName=record["eventSourceARN"].rsplit(":", 1)[-1])["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=record["body"])


def _expect_taken(runs: list[Invocation]) -> None:
    for run in runs:
        back = run.answer.get("batchItemFailures")
        expect(back == [], f"intake gave events back: {_last(run)}", "all of them taken")


def _last(run: Invocation) -> str:
    return (run.log.strip().splitlines() or ["nothing"])[-1]
