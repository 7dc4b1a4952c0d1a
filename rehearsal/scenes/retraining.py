"""Retrains are asked for by an alarm, a schedule and people: one runs at a time."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from infra.environments import DEV
from ml.contract.alerts import RetrainReason, drift_alarm
from ml.contract.messages import SKIPPED, SUCCEEDED
from rehearsal.failure import expect
from rehearsal.scenes.stage import Stage

_ALARM = drift_alarm(DEV.name)
_PIPELINE_ENDED = "SageMaker Model Building Pipeline Execution Status Change"


def drift(stage: Stage) -> str:
    """The drift alarm rings: by rule and Lambda, one run of the pipeline, which is told why."""
    before = _executions(stage)
    runs = stage.after("retrain_trigger", lambda: stage.ring(_ALARM))
    started = sorted(_executions(stage) - before)
    expect(
        len(started) == len(runs) == 1,
        f"alarm {_ALARM} led to {len(runs)} requests and {len(started)} runs",
        "1 of each",
    )
    why = _parameters(stage, started[0])
    expect(RetrainReason.ALARM.value in why, f"the run's parameters are {why}", "the reason")
    return f"alarm {_ALARM} started {_pipeline(stage)} once"


def same_alarm_twice_at_once(stage: Stage) -> str:
    """EventBridge may deliver an alarm twice, and both at once: still one run."""
    forget(stage)
    asked = [run.event for run in stage.invocations("retrain_trigger") if _ALARM in str(run.event)]
    expect(asked, f"no event of alarm {_ALARM} came to the retrain Lambda", "one")
    outcomes = _at_once(stage, [asked[0], asked[0]])
    return f"the same alarm twice at once: one run, the other was told {outcomes}"


def end_of_run(stage: Stage) -> str:
    """The pipeline's end gives the lease back; the alarm then waits for the cooldown."""
    told = _end_of_holder(stage)
    expect(
        told == ("ENDED", SKIPPED),
        f"at the end of a run that found no need the retrain Lambda said {told}",
        f"ENDED and {SKIPPED}",
    )
    before = _executions(stage)
    stage.ring(_ALARM, "OK")
    again = stage.after("retrain_trigger", lambda: stage.ring(_ALARM))[-1].answer["outcome"]
    more = len(_executions(stage) - before)
    expect(
        more == 0 and again == "COOLING_DOWN",
        f"an alarm right after a run started {more} runs and was told {again}",
        "0 runs and COOLING_DOWN",
    )
    return f"the end of a run without need gave the lease back; the next alarm was told {again}"


def two_people_at_once(stage: Stage) -> str:
    """People may ask within the cooldown; two of them in the same moment start one run."""
    requests = [{"reason": RetrainReason.MANUAL.value, "cause": who} for who in ("Ann", "Bob")]
    outcomes = _at_once(stage, requests)
    return f"two people at once: one run, the other was told {outcomes}"


def schedule(stage: Stage) -> str:
    """The schedule's own message is understood; while one run holds the lease it starts none."""
    target = _schedule_of(stage, "RetrainTrigger")
    before = _executions(stage)
    outcome = stage.ask(target["Arn"], json.loads(target["Input"]))["outcome"]
    more = len(_executions(stage) - before)
    expect(
        more == 0 and outcome == "ALREADY_RUNNING",
        f"the schedule started {more} runs beside one, and was told {outcome}",
        "0 runs and ALREADY_RUNNING",
    )
    return f"the schedule's message was understood: {outcome}"


def end_of_training(stage: Stage) -> str:
    """A run that has registered a model is a retrain, by its steps and not by its status alone."""
    told = _end_of_holder(stage)
    expect(
        told == ("ENDED", SUCCEEDED),
        f"at the end of a run that registered a model the retrain Lambda said {told}",
        f"ENDED and {SUCCEEDED}",
    )
    return "a run that registered a model is noted as a retrain"


ALL = (drift, same_alarm_twice_at_once, end_of_run, two_people_at_once, schedule, end_of_training)


def _at_once(stage: Stage, requests: list[Any]) -> str:
    """Ask in the same moment; what all but the one that started were told."""
    before = _executions(stage)
    function = stage.account.function("retrain_trigger")["FunctionName"]
    with ThreadPoolExecutor(len(requests)) as pool:
        answers = list(pool.map(lambda event: stage.ask(function, event), requests))
    outcomes = sorted(str(answer["outcome"]) for answer in answers)
    started = len(_executions(stage) - before)
    expect(
        started == 1 and outcomes.count("STARTED") == 1,
        f"{len(requests)} requests at once led to {started} runs and were told {outcomes}",
        "1 run, and STARTED once",
    )
    return ", ".join(outcome for outcome in outcomes if outcome != "STARTED")


def _end_of_holder(stage: Stage) -> tuple[str, str]:
    """What the retrain Lambda says when the run that it started last has ended."""
    runs = [r.answer["run"] for r in stage.invocations("retrain_trigger") if "run" in r.answer]
    holder = runs[-1] if runs else sorted(_executions(stage))[-1]
    answer = stage.after("retrain_trigger", lambda: _say_ended(stage, holder))[-1].answer
    return answer["outcome"], answer["status"]


def _say_ended(stage: Stage, run: str) -> None:
    pipeline = stage.account.client("sagemaker").describe_pipeline(PipelineName=_pipeline(stage))
    detail = {
        "pipelineArn": pipeline["PipelineArn"],
        "pipelineExecutionArn": run,
        "currentPipelineExecutionStatus": "Succeeded",
    }
    event = {
        "Source": "aws.sagemaker",
        "DetailType": _PIPELINE_ENDED,
        "Detail": json.dumps(detail),
        "Resources": [pipeline["PipelineArn"], run],
    }
    stage.account.client("events").put_events(Entries=[event])


def _schedule_of(stage: Stage, function: str) -> dict[str, Any]:
    scheduler = stage.account.client("scheduler")
    targets: list[dict[str, Any]] = [
        scheduler.get_schedule(Name=each.id)["Target"]
        for each in stage.account.deployed("AWS::Scheduler::Schedule")
    ]
    found = [target for target in targets if function in target["Arn"]]
    expect(len(found) == 1, f"{len(found)} schedules call {function}", "1")
    return found[0]


def _pipeline(stage: Stage) -> str:
    return stage.account.only("AWS::SageMaker::Pipeline", "").id


def _executions(stage: Stage) -> set[str]:
    found = stage.account.client("sagemaker").list_pipeline_executions(
        PipelineName=_pipeline(stage)
    )
    return {each["PipelineExecutionArn"] for each in found["PipelineExecutionSummaries"]}


def _parameters(stage: Stage, run: str) -> list[str]:
    found = stage.account.client("sagemaker").list_pipeline_parameters_for_execution(
        PipelineExecutionArn=run
    )
    return [each["Value"] for each in found["PipelineParameters"]]


def forget(stage: Stage) -> None:
    """As long after the cooldown: nobody holds the right to retrain."""
    dynamodb = stage.account.client("dynamodb")
    table = stage.setting("retrain_trigger", "LEADWISE_LEASE_TABLE")
    key = dynamodb.describe_table(TableName=table)["Table"]["KeySchema"][0]["AttributeName"]
    for item in dynamodb.scan(TableName=table)["Items"]:
        dynamodb.delete_item(TableName=table, Key={key: item[key]})
