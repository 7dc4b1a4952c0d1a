"""What happens once the system stands: a file comes, leads drift, two ask at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.environments import DEV
from ml.contract.alerts import drift_alarm
from ml.contract.places import raw_prefix
from ml.use_cases import find
from rehearsal.account import Account
from rehearsal.failure import expect

_KEY = f"{raw_prefix(DEV.use_case)}rehearsal.csv"
_MENU = f"{raw_prefix(DEV.use_case)}menu.csv"


@dataclass(frozen=True)
class Invocation:
    """One run of a Lambda, as the cloud wrote it down."""

    handler: str
    event: Any
    answer: Any
    failed: bool
    log: str


@dataclass(frozen=True)
class Stage:
    """Where scenes play.

    Parameters
    ----------
    account : Account
        With all stacks deployed.
    work : Path
        Where the cloud writes down each run of a Lambda.
    """

    account: Account
    work: Path

    def invocations(self, module: str) -> list[Invocation]:
        """Runs of `lambdas/<module>.py` so far."""
        ledger = self.work / "invocations.jsonl"
        lines = ledger.read_text(encoding="utf-8").splitlines() if ledger.exists() else []
        runs = [json.loads(line) for line in lines]
        names = ("handler", "event", "answer", "failed", "log")
        return [
            Invocation(**{name: run[name] for name in names})
            for run in runs
            if run["handler"] == f"lambdas.{module}.handler"
        ]

    def after(self, module: str, act: Callable[[], object]) -> list[Invocation]:
        """Runs of a Lambda that an act has led to.

        Raises
        ------
        RehearsalFailed
            If there are none, or one failed.
        """
        before = len(self.invocations(module))
        act()
        runs = self.invocations(module)[before:]
        expect(runs, f"lambdas.{module} was not called")
        for run in runs:
            expect(not run.failed, f"lambdas.{module} failed: {run.answer}")
        return runs


def new_file(stage: Stage) -> str:
    """A CSV is put into the raw bucket: by event, queue and intake, the Glue job runs once."""
    account = stage.account
    bucket = account.only("AWS::S3::Bucket", "Raw").id
    job = account.function("intake")["Environment"]["Variables"]["LEADWISE_GLUE_JOB"]
    before = _job_runs(account, job)
    put = stage.after(
        "intake",
        lambda: account.client("s3").put_object(Bucket=bucket, Key=_KEY, Body=_csv()),
    )
    _expect_taken(put)
    started = _job_runs(account, job)[: len(_job_runs(account, job)) - len(before)]
    expect(len(started) == 1, f"a new file started {len(started)} runs of {job}; expected 1")
    arguments = started[0]["Arguments"]
    expect(
        bucket in arguments.values() and _KEY in arguments.values(),
        f"the run of {job} does not know its file: {arguments}",
    )
    again = stage.after("intake", lambda: _send_again(account, put[0]))
    _expect_taken(again)
    runs = len(_job_runs(account, job)) - len(before)
    expect(runs == 1, f"the same event twice started {runs} runs of {job}; expected 1")
    return f"s3://{bucket}/{_KEY} started {job} once; its event came twice"


def bad_file(stage: Stage) -> str:
    """A file that is no list of leads starts nothing, and its event does not come back."""
    account = stage.account
    bucket = account.only("AWS::S3::Bucket", "Raw").id
    job = account.function("intake")["Environment"]["Variables"]["LEADWISE_GLUE_JOB"]
    before = len(_job_runs(account, job))
    put = stage.after(
        "intake",
        lambda: account.client("s3").put_object(
            Bucket=bucket, Key=_MENU, Body=b"dish,price\nsoup,3\n"
        ),
    )
    _expect_taken(put)
    expect(len(_job_runs(account, job)) == before, f"a menu started a run of {job}")
    return "a file without the use case's header started nothing"


def drift(stage: Stage) -> str:
    """The drift alarm rings: by rule and Lambda, one run of the pipeline."""
    account = stage.account
    name = _drift_alarm(account)
    before = _executions(account)
    runs = stage.after(
        "retrain_trigger",
        lambda: account.client("cloudwatch").set_alarm_state(
            AlarmName=name, StateValue="ALARM", StateReason="rehearsal"
        ),
    )
    started = _executions(account) - before
    expect(
        len(started) == 1 and len(runs) == 1,
        f"alarm {name} led to {len(runs)} requests and {len(started)} runs; expected one of each",
    )
    return f"alarm {name} started {_pipeline(account)} once"


def twice_at_once(stage: Stage) -> str:
    """Two requests in the same moment start one run; the other is told why not."""
    account = stage.account
    _forget_lease(account)
    before = _executions(account)
    function = account.function("retrain_trigger")["FunctionName"]

    def ask(cause: str) -> dict[str, Any]:
        request = {"reason": "manual", "cause": cause}
        answer = account.client("lambda").invoke(
            FunctionName=function, Payload=json.dumps(request).encode()
        )
        given: dict[str, Any] = json.load(answer["Payload"])
        return given

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(ask, ("one", "two")))
    outcomes = sorted(str(answer.get("outcome", answer)) for answer in answers)
    started = _executions(account) - before
    expect(
        len(started) == 1 and outcomes.count("STARTED") == 1,
        f"two requests at once led to {len(started)} runs and said {outcomes}; expected one run",
    )
    refused = next(outcome for outcome in outcomes if outcome != "STARTED")
    return f"two requests at once: one run, the other was told {refused}"


def scheduled(stage: Stage) -> str:
    """The schedule's own message is understood; while one run holds the lease it starts none."""
    account = stage.account
    schedules = account.deployed("AWS::Scheduler::Schedule")
    expect(schedules, "no schedule was created")
    scheduler, target = account.client("scheduler"), {}
    for each in schedules:
        found = scheduler.get_schedule(Name=each.id)["Target"]
        if "RetrainTrigger" in found["Arn"]:
            target = found
    expect(target, "no schedule calls the retrain Lambda")
    before = _executions(account)
    runs = stage.after(
        "retrain_trigger",
        lambda: account.client("lambda").invoke(
            FunctionName=target["Arn"], Payload=target["Input"].encode()
        ),
    )
    expect(_executions(account) == before, "the schedule started a second run beside the first")
    return f"the schedule's message was understood: {runs[0].answer['outcome']}"


def told(stage: Stage) -> str:
    """An alarm of any kind reaches the notifier through its topic."""
    account = stage.account
    alarms = account.client("cloudwatch").describe_alarms()["MetricAlarms"]
    name = next(
        each["AlarmName"]
        for each in alarms
        if each["AlarmActions"] and each["StateValue"] != "ALARM"
    )
    stage.after(
        "notifier",
        lambda: account.client("cloudwatch").set_alarm_state(
            AlarmName=name, StateValue="ALARM", StateReason="rehearsal"
        ),
    )
    return f"alarm {name} reached the notifier"


ALL = (new_file, bad_file, drift, twice_at_once, scheduled, told)


def _csv() -> bytes:
    """A file with the use case's header and one lead."""
    columns = [column.source for column in find(DEV.use_case).schema.columns]
    rows = [",".join(columns), ",".join("" for _ in columns)]
    return ("\n".join(rows) + "\n").encode()


def _send_again(account: Account, run: Invocation) -> None:
    """Put the event that a run was given into the queue once more, as AWS may."""
    record = run.event["Records"][0]
    queue = record["eventSourceARN"].rsplit(":", 1)[-1]
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=record["body"])


def _expect_taken(runs: list[Invocation]) -> None:
    for run in runs:
        back = run.answer.get("batchItemFailures")
        expect(back == [], f"intake gave events back: {run.log.strip().splitlines()[-1:]}")


def _job_runs(account: Account, job: str) -> list[Any]:
    return list(account.client("glue").get_job_runs(JobName=job)["JobRuns"])


def _pipeline(account: Account) -> str:
    return account.only("AWS::SageMaker::Pipeline", "").id


def _executions(account: Account) -> set[str]:
    found = account.client("sagemaker").list_pipeline_executions(PipelineName=_pipeline(account))
    return {each["PipelineExecutionArn"] for each in found["PipelineExecutionSummaries"]}


def _drift_alarm(account: Account) -> str:
    wanted = drift_alarm(DEV.name)
    alarms = account.client("cloudwatch").describe_alarms(AlarmNamePrefix=wanted)["MetricAlarms"]
    expect(alarms, f"no alarm is named {wanted}")
    return str(alarms[0]["AlarmName"])


def _forget_lease(account: Account) -> None:
    """As after the cooldown: nobody holds the right to retrain."""
    variables = account.function("retrain_trigger")["Environment"]["Variables"]
    dynamodb, table = account.client("dynamodb"), variables["LEADWISE_LEASE_TABLE"]
    key = dynamodb.describe_table(TableName=table)["Table"]["KeySchema"][0]["AttributeName"]
    for item in dynamodb.scan(TableName=table)["Items"]:
        dynamodb.delete_item(TableName=table, Key={key: item[key]})
