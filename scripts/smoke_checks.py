"""What a smoke test looks at; each check says what it saw, or raises what is wrong."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from ml.contract.alerts import AlertSeverity
from scripts.deployment import Deployment, Failed
from scripts.scoring_call import Answer, post

_STANDS = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}
_WENT_BACK = "UPDATE_ROLLBACK_COMPLETE"
_ATTEMPTS = 6


def stacks_stand(deployment: Deployment) -> str:
    """Every stack is complete."""
    found = {name: deployment.stack(name)["StackStatus"] for name in deployment.stacks}
    broken = [
        f"{name} is {now}" for name, now in found.items() if now not in _STANDS | {_WENT_BACK}
    ]
    if broken:
        raise Failed("; ".join(broken))
    went_back = [name for name, now in found.items() if now == _WENT_BACK]
    note = f"; as before their last update: {', '.join(went_back)}" if went_back else ""
    return f"{len(found)} complete{note}"


def tracking_runs(deployment: Deployment) -> str:
    """The group of MLflow's machine has a healthy one."""
    name = f"{deployment.prefix}mlflow"
    asked = {"AutoScalingGroupNames": [name]}
    groups = deployment.client("autoscaling").describe_auto_scaling_groups(**asked)
    machines = [each for group in groups["AutoScalingGroups"] for each in group["Instances"]]
    healthy = [
        each["InstanceId"]
        for each in machines
        if (each["LifecycleState"], each["HealthStatus"]) == ("InService", "Healthy")
    ]
    if not healthy:
        raise Failed(f"{name} has no healthy machine in service, of {len(machines)}")
    return f"{healthy[0]} is in service"


def api_is_closed(deployment: Deployment) -> str:
    """Whoever is not signed in gets nothing."""
    answer = post(deployment.output("serving", "ScoringUrl"), deployment.lead)
    if answer.status not in {401, 403}:
        raise Failed(f"a request without signature got {answer}; expected 401 or 403")
    return f"a request without signature gets {answer.status}"


def endpoint_serves(deployment: Deployment) -> str:
    """The endpoint is in service, if there is a champion."""
    status = _endpoint_status(deployment)
    if status not in {None, "InService"}:
        raise Failed(f"{deployment.output('serving', 'EndpointName')} is {status}")
    return status or "no champion yet, so no endpoint"


def _endpoint_status(deployment: Deployment) -> str | None:
    name = deployment.output("serving", "EndpointName")
    try:
        found = deployment.client("sagemaker").describe_endpoint(EndpointName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationException":
            return None
        raise
    return str(found["EndpointStatus"])


def lead_is_scored(deployment: Deployment) -> str:
    """The API scores a lead, if there is a champion and signatures are what it takes."""
    if _endpoint_status(deployment) is None:
        return "not asked: no champion yet"
    if deployment.environment.api_jwt is not None:
        return "not asked: it takes tokens of your identity provider only"
    answer = _patient_answer(deployment)
    score = answer.body.get("score")
    if answer.status != 200 or not isinstance(score, int | float) or not 0 <= score <= 100:
        raise Failed(f"a made-up lead got {answer}; expected a score from 0 to 100")
    return f"a made-up lead scores {score}, by model {answer.body.get('model_version')}"


def _patient_answer(deployment: Deployment) -> Answer:
    """The API's answer; a serverless endpoint that slept says 5xx while it wakes up."""
    url = deployment.output("serving", "ScoringUrl")
    for attempt in range(_ATTEMPTS):
        answer = post(url, deployment.lead, deployment.signer)
        if answer.status < 500 or attempt == _ATTEMPTS - 1:
            break
        time.sleep(deployment.pause_seconds)
    return answer


def alarms_are_quiet(deployment: Deployment) -> str:
    """No critical alarm rings; others may: leads that drift are no reason to undo a deploy."""
    ringing = list(_ringing(deployment))
    critical = [each["AlarmName"] for each in ringing if _is_critical(each)]
    if critical:
        raise Failed(f"ringing: {', '.join(critical)}")
    others = [each["AlarmName"] for each in ringing]
    return f"of lower severity: {', '.join(others)}" if others else "none rings"


def _ringing(deployment: Deployment) -> Iterator[dict[str, Any]]:
    asked = {
        "AlarmNamePrefix": deployment.prefix,
        "StateValue": "ALARM",
        "AlarmTypes": ["MetricAlarm", "CompositeAlarm"],
    }
    for page in deployment.client("cloudwatch").get_paginator("describe_alarms").paginate(**asked):
        yield from [*page["MetricAlarms"], *page.get("CompositeAlarms", [])]


def _is_critical(alarm: dict[str, Any]) -> bool:
    return any(topic.endswith(f"-{AlertSeverity.CRITICAL}") for topic in alarm["AlarmActions"])


CHECKS: dict[str, Callable[[Deployment], str]] = {
    "stacks": stacks_stand,
    "tracking": tracking_runs,
    "API": api_is_closed,
    "endpoint": endpoint_serves,
    "score": lead_is_scored,
    "alarms": alarms_are_quiet,
}
