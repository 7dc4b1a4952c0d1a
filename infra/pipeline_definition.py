"""The retrain pipeline as SageMaker reads it: three jobs, and a gate that can say no.

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

_VERDICT = "Verdict"
_RUN = {"Get": "Execution.PipelineExecutionId"}
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
    prepare = _job(Job.PREPARE, shape, environment, inputs=_data())
    train = _job(Job.TRAIN, shape, environment, outputs=[_verdict_to(runs_uri)])
    train |= {"DependsOn": [_name(Job.PREPARE)], "PropertyFiles": [_property_file()]}
    release = _job(Job.RELEASE, shape, environment)
    return {
        "Version": "2020-12-01",
        "Metadata": {},
        "Parameters": [
            _parameter(PipelineParameter.INPUT_DATA, input_uri),
            _parameter(PipelineParameter.REASON, settings.reason),
        ],
        "Steps": [prepare, train, _gate(release, runs_uri)],
    }


def _parameter(name: PipelineParameter, default: str) -> dict[str, str]:
    return {"Name": name.value, "Type": "String", "DefaultValue": default}


def _environment(settings: JobSettings) -> dict[str, Any]:
    reason = {"Get": f"Parameters.{PipelineParameter.REASON.value}"}
    return {**settings.to_env(), settings.variable("reason"): reason}


def _name(job: Job) -> str:
    return job.value.title()


def _job(
    job: Job,
    shape: JobShape,
    environment: Mapping[str, Any],
    *,
    inputs: Sequence[dict[str, Any]] = (),
    outputs: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    arguments = {
        "ProcessingResources": {"ClusterConfig": _machine(shape)},
        "AppSpecification": {
            "ImageUri": shape.image_uri,
            "ContainerArguments": ["job", job.value],
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
    }
    if inputs:
        arguments["ProcessingInputs"] = list(inputs)
    if outputs:
        arguments["ProcessingOutputConfig"] = {
            "KmsKeyId": shape.kms_key_arn,
            "Outputs": list(outputs),
        }
    return {
        "Name": _name(job),
        "Type": "Processing",
        "Description": ", ".join(STEPS[job]),
        "Arguments": arguments,
        "RetryPolicies": _RETRIES,
    }


def _machine(shape: JobShape) -> dict[str, Any]:
    return {
        "InstanceType": shape.instance_type,
        "InstanceCount": 1,
        "VolumeSizeInGB": shape.disk_gib,
        "VolumeKmsKeyId": shape.kms_key_arn,
    }


def _data() -> list[dict[str, Any]]:
    source = {
        "S3Uri": {"Get": f"Parameters.{PipelineParameter.INPUT_DATA.value}"},
        "LocalPath": INPUT_FOLDER,
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
        "S3DataDistributionType": "FullyReplicated",
    }
    return [{"InputName": "data", "S3Input": source}]


def _verdict_to(runs_uri: str) -> dict[str, Any]:
    target = {
        "S3Uri": {"Std:Join": {"On": "/", "Values": [runs_uri.rstrip("/"), _RUN]}},
        "LocalPath": VERDICT_FOLDER,
        "S3UploadMode": "EndOfJob",
    }
    return {"OutputName": _VERDICT, "S3Output": target}


def _property_file() -> dict[str, str]:
    return {"PropertyFileName": _VERDICT, "OutputName": _VERDICT, "FilePath": VERDICT_FILE}


def _gate(release: dict[str, Any], runs_uri: str) -> dict[str, Any]:
    """Release what was approved; else the run fails and says where the reasons are."""
    verdict = {"Get": f"Steps.{_name(Job.TRAIN)}.PropertyFiles.{_VERDICT}"}
    approved = {"Std:JsonGet": {"PropertyFile": verdict, "Path": "approved"}}
    reasons = [runs_uri.rstrip("/"), _RUN, VERDICT_FILE]
    message = ["A quality gate said no; the reasons:", {"Std:Join": {"On": "/", "Values": reasons}}]
    refused = {
        "Name": "Refused",
        "Type": "Fail",
        "Arguments": {"ErrorMessage": {"Std:Join": {"On": " ", "Values": message}}},
    }
    return {
        "Name": "Gate",
        "Type": "Condition",
        "DependsOn": [_name(Job.TRAIN)],
        "Arguments": {
            "Conditions": [{"Type": "Equals", "LeftValue": approved, "RightValue": True}],
            "IfSteps": [release],
            "ElseSteps": [refused],
        },
    }
