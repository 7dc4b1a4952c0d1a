"""The retrain pipeline as SageMaker reads it: four jobs, and two looks at what they said.

After the first job a run goes on only where that job saw a need to train; else it ends there, and
well. After the third a gate can say no, and the run fails.

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
    SAID_FOLDER,
    STEPS,
    VERDICT_FILE,
    VERDICT_FOLDER,
    Job,
    PipelineParameter,
    said_file,
    step_name,
)

_NEED, _VERDICT, _SAID = "Need", "Verdict", "Said"
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
        ``s3://`` folder below which the jobs of each run say what they did and decided.
    """
    environment = _environment(settings)
    said = _said_to(runs_uri)
    process = _job(Job.PROCESS, shape, environment, said, inputs=[_data()])
    train = _job(Job.TRAIN, shape, environment, said)
    evaluate = _job(Job.EVALUATE, shape, environment, said, after=Job.TRAIN)
    register = _job(Job.REGISTER, shape, environment, said, inputs=[_said_before(runs_uri)])
    return {
        "Version": "2020-12-01",
        "Metadata": {},
        "Parameters": [
            _parameter(PipelineParameter.INPUT_DATA, "String", input_uri),
            _parameter(PipelineParameter.REASON, "String", settings.reason),
            _parameter(PipelineParameter.FORCE_FAIL, "Boolean", False),
        ],
        "Steps": [
            process | {"PropertyFiles": [_property_file(_NEED, said_file(Job.PROCESS))]},
            _needed(train, evaluate | {"PropertyFiles": [_property_file(_VERDICT, VERDICT_FILE)]}),
            _gate(register, runs_uri),
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
        "Name": step_name(job),
        "Type": "Processing",
        "Description": ", ".join(STEPS[job]),
        "Arguments": arguments,
        "RetryPolicies": _RETRIES,
    }
    return step | ({"DependsOn": [step_name(after)]} if after else {})


def _machine(shape: JobShape) -> dict[str, Any]:
    return {
        "InstanceType": shape.instance_type,
        "InstanceCount": 1,
        "VolumeSizeInGB": shape.disk_gib,
        "VolumeKmsKeyId": shape.kms_key_arn,
    }


def _data() -> dict[str, Any]:
    return _brought("data", _get(PipelineParameter.INPUT_DATA), INPUT_FOLDER)


def _said_before(runs_uri: str) -> dict[str, Any]:
    return _brought("said", _join("/", runs_uri.rstrip("/"), _RUN), SAID_FOLDER)


def _brought(name: str, uri: dict[str, Any], folder: str) -> dict[str, Any]:
    source = {
        "S3Uri": uri,
        "LocalPath": folder,
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
        "S3DataDistributionType": "FullyReplicated",
        "S3CompressionType": "None",
    }
    return {"InputName": name, "AppManaged": False, "S3Input": source}


def _said_to(runs_uri: str) -> dict[str, Any]:
    target = {
        "S3Uri": _join("/", runs_uri.rstrip("/"), _RUN),
        "LocalPath": VERDICT_FOLDER,
        "S3UploadMode": "EndOfJob",
    }
    return {"OutputName": _SAID, "AppManaged": False, "S3Output": target}


def _property_file(name: str, file: str) -> dict[str, str]:
    return {"PropertyFileName": name, "OutputName": _SAID, "FilePath": file}


def _needed(*training: dict[str, Any]) -> dict[str, Any]:
    """Train where the first job says so; else nothing more is to do, and the run ends well."""
    needed = _is(_told(Job.PROCESS, _NEED, "train.needed"), True)
    return _choice("Needed", [needed], list(training), [])


def _gate(register: dict[str, Any], runs_uri: str) -> dict[str, Any]:
    """Register what was approved; else the run fails and says where the reasons are.

    Not within the other choice, as SageMaker takes none within another: it waits for `evaluate`,
    and for good where that never starts. A run that is asked to fail does so here, where it costs
    what a real refusal costs.

    https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
    """
    approved = _is(_told(Job.EVALUATE, _VERDICT, "approved"), True)
    unforced = _is(_get(PipelineParameter.FORCE_FAIL), False)
    reasons = _join("/", runs_uri.rstrip("/"), _RUN, VERDICT_FILE)
    says = "Nothing is registered: a quality gate said no, or ForceFail asked for it; the reasons:"
    refused = _fail("Refused", _join(" ", says, reasons))
    waits = {"DependsOn": [step_name(Job.EVALUATE)]}
    return _choice("Gate", [approved, unforced], [register], [refused]) | waits


def _told(job: Job, file: str, path: str) -> dict[str, Any]:
    found = {"Get": f"Steps.{step_name(job)}.PropertyFiles.{file}"}
    return {"Std:JsonGet": {"PropertyFile": found, "Path": path}}


def _join(on: str, *values: str | dict[str, Any]) -> dict[str, Any]:
    return {"Std:Join": {"On": on, "Values": list(values)}}


def _is(left: dict[str, Any], right: bool) -> dict[str, Any]:
    return {"Type": "Equals", "LeftValue": left, "RightValue": right}


def _choice(
    name: str,
    conditions: list[dict[str, Any]],
    yes: list[dict[str, Any]],
    no: list[dict[str, Any]],
) -> dict[str, Any]:
    arguments = {"Conditions": conditions, "IfSteps": yes, "ElseSteps": no}
    return {"Name": name, "Type": "Condition", "Arguments": arguments}


def _fail(name: str, message: dict[str, Any]) -> dict[str, Any]:
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}}
