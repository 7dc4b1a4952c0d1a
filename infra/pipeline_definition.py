"""The retrain pipeline as SageMaker reads it: four jobs, and a gate that can say no.

Plain data, as synth loads neither the `sagemaker` SDK nor an account; a test builds the same
pipeline with the SDK and holds the two to be equal.

https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ml.contract.cloud_settings import JobSettings
from ml.contract.jobs import (
    INPUT_FOLDER,
    MOST_SECONDS,
    STEPS,
    VERDICT_FILE,
    VERDICT_FOLDER,
    Job,
    PipelineParameter,
)

_VERDICT, _SAID = "Verdict", "Said"
_RUN = {"Get": "Execution.PipelineExecutionId"}
#: Who the ledger names: CloudTrail tells who started the run.
_WHO = {"Get": "Execution.PipelineExecutionArn"}
_RETRIES = [
    {
        "ExceptionType": ["Step.SERVICE_FAULT", "Step.THROTTLING"],
        "IntervalSeconds": 30,
        "BackoffRate": 2.0,
        "MaxAttempts": 3,
    },
    {
        "ExceptionType": ["SageMaker.CAPACITY_ERROR"],
        "IntervalSeconds": 120,
        "BackoffRate": 2.0,
        "MaxAttempts": 3,
    },
]


@dataclass(frozen=True, kw_only=True)
class JobShape:
    """What all jobs of the pipeline share.

    Parameters
    ----------
    role_arn, image_uri, kms_key_arn : str
        What they are, run and are encrypted with.
    security_groups, subnets : sequence of str
        Where they run.
    instance_type : str, default='ml.m5.xlarge'
        One machine; its disk takes our key.
    disk_gib : int, default=30
    """

    role_arn: str
    image_uri: str
    kms_key_arn: str
    security_groups: Sequence[str]
    subnets: Sequence[str]
    instance_type: str = "ml.m5.xlarge"
    disk_gib: int = 30


def pipeline_definition(
    *, shape: JobShape, settings: JobSettings, input_uri: str, runs_uri: str
) -> dict[str, Any]:
    """The definition, ready to become JSON.

    Parameters
    ----------
    shape : JobShape
    settings : JobSettings
        What the containers are told.
    input_uri : str
        ``s3://`` folder that a run without a file of its own reads.
    runs_uri : str
        ``s3://`` folder that each run writes its verdict below.
    """
    environment = _environment(settings)
    said = _said_to(runs_uri)
    process = _job(Job.PROCESS, shape, environment, said, inputs=[_data()])
    train = _job(Job.TRAIN, shape, environment, said, after=Job.PROCESS)
    evaluate = _job(Job.EVALUATE, shape, environment, said, after=Job.TRAIN)
    register = _job(Job.REGISTER, shape, environment, said)
    return {
        "Version": "2020-12-01",
        "Metadata": {},
        "Parameters": [
            _parameter(PipelineParameter.INPUT_DATA, "String", input_uri),
            _parameter(PipelineParameter.REASON, "String", settings.reason),
            _parameter(PipelineParameter.FORCE_FAIL, "Boolean", False),
        ],
        "Steps": [
            process,
            train,
            evaluate | {"PropertyFiles": [_property_file()]},
            _forced(_gate(register, runs_uri)),
        ],
    }


def _parameter(name: PipelineParameter, kind: str, default: str | bool) -> dict[str, Any]:
    return {"Name": name.value, "Type": kind, "DefaultValue": default}


def _get(name: PipelineParameter) -> dict[str, str]:
    return {"Get": f"Parameters.{name.value}"}


def _environment(settings: JobSettings) -> dict[str, Any]:
    reason = _get(PipelineParameter.REASON)
    told = {settings.variable("reason"): reason, settings.variable("who"): _WHO}
    return {**settings.to_env(), **told}


def _name(job: Job) -> str:
    return job.value.title()


def _job(
    job: Job,
    shape: JobShape,
    environment: Mapping[str, Any],
    said: dict[str, Any],
    *,
    after: Job | None = None,
    inputs: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    arguments = {
        "ProcessingResources": {"ClusterConfig": _machine(shape)},
        "AppSpecification": {
            "ImageUri": shape.image_uri,
            "ContainerArguments": ["step", *STEPS[job]],
        },
        "RoleArn": shape.role_arn,
        "Environment": dict(environment),
        "NetworkConfig": {
            "EnableNetworkIsolation": False,  # home and MLflow are reached over the network
            "EnableInterContainerTrafficEncryption": True,
            "VpcConfig": {
                "SecurityGroupIds": list(shape.security_groups),
                "Subnets": list(shape.subnets),
            },
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": MOST_SECONDS[job]},
        "ProcessingOutputConfig": {"KmsKeyId": shape.kms_key_arn, "Outputs": [said]},
    }
    if inputs:
        arguments["ProcessingInputs"] = list(inputs)
    step = {
        "Name": _name(job),
        "Type": "Processing",
        "Description": ", ".join(STEPS[job]),
        "Arguments": arguments,
        "RetryPolicies": _RETRIES,
    }
    return step | ({"DependsOn": [_name(after)]} if after else {})


def _machine(shape: JobShape) -> dict[str, Any]:
    return {
        "InstanceType": shape.instance_type,
        "InstanceCount": 1,
        "VolumeSizeInGB": shape.disk_gib,
        "VolumeKmsKeyId": shape.kms_key_arn,
    }


def _data() -> dict[str, Any]:
    source = {
        "S3Uri": _get(PipelineParameter.INPUT_DATA),
        "LocalPath": INPUT_FOLDER,
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
        "S3DataDistributionType": "FullyReplicated",
        "S3CompressionType": "None",
    }
    return {"InputName": "data", "AppManaged": False, "S3Input": source}


def _said_to(runs_uri: str) -> dict[str, Any]:
    target = {
        "S3Uri": {"Std:Join": {"On": "/", "Values": [runs_uri.rstrip("/"), _RUN]}},
        "LocalPath": VERDICT_FOLDER,
        "S3UploadMode": "EndOfJob",
    }
    return {"OutputName": _SAID, "AppManaged": False, "S3Output": target}


def _property_file() -> dict[str, str]:
    return {"PropertyFileName": _VERDICT, "OutputName": _SAID, "FilePath": VERDICT_FILE}


def _gate(register: dict[str, Any], runs_uri: str) -> dict[str, Any]:
    """Register what was approved; else the run fails and says where the reasons are."""
    verdict = {"Get": f"Steps.{_name(Job.EVALUATE)}.PropertyFiles.{_VERDICT}"}
    approved = {"Std:JsonGet": {"PropertyFile": verdict, "Path": "approved"}}
    reasons = [runs_uri.rstrip("/"), _RUN, VERDICT_FILE]
    message = ["A quality gate said no; the reasons:", {"Std:Join": {"On": "/", "Values": reasons}}]
    refused = _fail("Refused", {"Std:Join": {"On": " ", "Values": message}})
    return _choice("Gate", _equals(approved, True), [register], [refused])


def _forced(gate: dict[str, Any]) -> dict[str, Any]:
    """A run that is asked to fail does so here, where it costs what a real refusal costs."""
    forced = _fail("Forced", "ForceFail is true: this run was asked to fail; nothing is registered")
    asked = _equals(_get(PipelineParameter.FORCE_FAIL), True)
    return _choice("ForceFail", asked, [forced], [gate]) | {"DependsOn": [_name(Job.EVALUATE)]}


def _equals(left: dict[str, Any], right: bool) -> dict[str, Any]:
    return {"Type": "Equals", "LeftValue": left, "RightValue": right}


def _choice(
    name: str, condition: dict[str, Any], yes: list[dict[str, Any]], no: list[dict[str, Any]]
) -> dict[str, Any]:
    arguments = {"Conditions": [condition], "IfSteps": yes, "ElseSteps": no}
    return {"Name": name, "Type": "Condition", "Arguments": arguments}


def _fail(name: str, message: str | dict[str, Any]) -> dict[str, Any]:
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}}
