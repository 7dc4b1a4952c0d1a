"""Events as AWS documents them, about things of ours.

Glue: https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html
SageMaker: https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
CloudWatch: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

from typing import Any

from tests.support.event_bridge import ACCOUNT

Event = dict[str, Any]
_REGION, _TIME = "us-east-1", "2026-11-21T12:26:13Z"
_ID = "315c1398-40ff-a850-213b-158f73a93e1b"


def _event(source: str, kind: str, resources: list[str], detail: dict[str, Any]) -> Event:
    envelope = {"version": "0", "id": _ID, "account": ACCOUNT, "time": _TIME, "region": _REGION}
    about = {"source": source, "detail-type": kind, "resources": resources, "detail": detail}
    return envelope | about


def _arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{_REGION}:{ACCOUNT}:{rest}"


def glue_job(name: str, state: str) -> Event:
    """A run of a Glue job ended."""
    detail = {
        "jobName": name,
        "severity": "INFO" if state == "SUCCEEDED" else "ERROR",
        "state": state,
        "jobRunId": "jr_2a9f",
        "message": f"Job run {state.lower()}",
    }
    return _event("aws.glue", "Glue Job State Change", [], detail)


def alarm(name: str, value: str) -> Event:
    """A CloudWatch alarm changed its state."""
    data = '{"version":"1.0","threshold":1.0}'
    at = "2026-11-21T12:26:13.000+0000"
    state = {"value": value, "reason": "Threshold Crossed", "reasonData": data, "timestamp": at}
    detail = {
        "alarmName": name,
        "configuration": {"metrics": []},
        "previousState": {"value": "OK", "reason": "", "timestamp": at},
        "state": state,
    }
    resources = [_arn("cloudwatch", f"alarm:{name}")]
    return _event("aws.cloudwatch", "CloudWatch Alarm State Change", resources, detail)


def pipeline_run(name: str, status: str) -> Event:
    """An execution of a SageMaker pipeline changed its status."""
    pipeline = _arn("sagemaker", f"pipeline/{name}")
    execution = f"{pipeline}/execution/p4jn9xou8a8s"
    detail = {
        "pipelineExecutionDisplayName": "schedule-7",
        "currentPipelineExecutionStatus": status,
        "previousPipelineExecutionStatus": "Executing",
        "executionStartTime": "2026-11-21T11:03:13Z",
        "executionEndTime": _TIME,
        "pipelineExecutionDescription": "",
        "pipelineArn": pipeline,
        "pipelineExecutionArn": execution,
    }
    kind = "SageMaker Model Building Pipeline Execution Status Change"
    return _event("aws.sagemaker", kind, [pipeline, execution], detail)


def endpoint(name: str, status: str) -> Event:
    """A SageMaker endpoint changed its status."""
    arn = _arn("sagemaker", f"endpoint/{name}")
    detail = {
        "EndpointName": name,
        "EndpointArn": arn,
        "EndpointConfigName": f"{name}-config",
        "ProductionVariants": [{"DesiredWeight": 1.0, "DesiredInstanceCount": 1.0}],
        "EndpointStatus": status,
        "CreationTime": 1592411992203.0,
        "LastModifiedTime": 1592411994287.0,
        "Tags": {},
    }
    return _event("aws.sagemaker", "SageMaker Endpoint State Change", [arn], detail)


def processing_job(schedule: str | None, status: str, says: str = "") -> Event:
    """A SageMaker processing job changed its status; Model Monitor's name their schedule."""
    name = "model-monitoring-202611210400-7f3a"
    arn = _arn("sagemaker", f"processing-job/{name}")
    detail = {
        "ProcessingJobName": name,
        "ProcessingJobArn": arn,
        "ProcessingJobStatus": status,
        "CreationTime": 1592411992203.0,
    }
    if says:
        detail["ExitMessage"] = says
    if schedule:
        detail["MonitoringScheduleArn"] = _arn("sagemaker", f"monitoring-schedule/{schedule}")
    return _event("aws.sagemaker", "SageMaker Processing Job State Change", [arn], detail)


def ours(kind: str, pipeline: str, **detail: str) -> Event:
    """One of our own, about a pipeline."""
    return _event("leadwise", kind, [_arn("sagemaker", f"pipeline/{pipeline}")], detail)
