"""The retrain pipeline as SageMaker's own SDK builds it: no account, no network."""

import json
import os
import warnings
from collections.abc import Mapping, Sequence
from typing import Any
from unittest.mock import MagicMock, patch

from infra.pipeline_definition import JobShape
from ml.contract.cloud_settings import JobSettings
from ml.contract.jobs import INPUT_FOLDER, VERDICT_FILE, VERDICT_FOLDER, Job


def built_with_the_sdk(
    *,
    shape: JobShape,
    settings: JobSettings,
    input_uri: str,
    runs_uri: str,
    steps: Mapping[Job, Sequence[str]],
    most_seconds: Mapping[Job, int],
) -> dict[str, Any]:
    """The definition; what the SDK leaves empty is left out."""
    # The SDK makes a client of AWS while it is imported.
    with warnings.catch_warnings(), patch.dict(os.environ, {"AWS_DEFAULT_REGION": "us-east-1"}):
        warnings.simplefilter("ignore")
        return _built(shape, settings, input_uri, runs_uri, steps, most_seconds)


def _built(shape, settings, input_uri, runs_uri, steps, most_seconds) -> dict[str, Any]:
    from sagemaker.core.workflow.conditions import ConditionEquals
    from sagemaker.core.workflow.execution_variables import ExecutionVariables
    from sagemaker.core.workflow.functions import Join, JsonGet
    from sagemaker.core.workflow.parameters import ParameterBoolean, ParameterString
    from sagemaker.core.workflow.properties import PropertyFile
    from sagemaker.mlops.workflow.condition_step import ConditionStep
    from sagemaker.mlops.workflow.fail_step import FailStep
    from sagemaker.mlops.workflow.pipeline import Pipeline
    from sagemaker.mlops.workflow.steps import ProcessingStep

    data = ParameterString(name="InputData", default_value=input_uri)
    reason = ParameterString(name="Reason", default_value=settings.reason)
    force = ParameterBoolean(name="ForceFail", default_value=False)
    session = _session()
    run = ExecutionVariables.PIPELINE_EXECUTION_ID
    verdict = PropertyFile(name="Verdict", output_name="Said", path=VERDICT_FILE)
    told = _output(Join(on="/", values=[runs_uri.rstrip("/"), run]))
    environment = settings.to_env() | {
        settings.variable("reason"): reason,
        settings.variable("who"): ExecutionVariables.PIPELINE_EXECUTION_ARN,
    }

    def job(one: Job, after: Job | None = None, files: Sequence[Any] = (), **words: Any) -> Any:
        processor = _processor(shape, session, environment, most_seconds[one])
        return ProcessingStep(
            name=one.title(),
            description=", ".join(steps[one]),
            step_args=processor.run(arguments=["step", *steps[one]], outputs=[told], **words),
            depends_on=[after.title()] if after else None,
            property_files=list(files),
            retry_policies=_retries(),
        )

    gate = ConditionStep(
        "Gate",
        conditions=[
            ConditionEquals(
                JsonGet(step_name="Evaluate", property_file=verdict, json_path="approved"), True
            )
        ],
        if_steps=[job(Job.REGISTER)],
        else_steps=[
            FailStep(
                "Refused",
                Join(
                    on=" ",
                    values=[
                        "A quality gate said no; the reasons:",
                        Join(on="/", values=[runs_uri.rstrip("/"), run, VERDICT_FILE]),
                    ],
                ),
            )
        ],
    )
    forced = ConditionStep(
        "ForceFail",
        depends_on=["Evaluate"],
        conditions=[ConditionEquals(force, True)],
        if_steps=[
            FailStep(
                "Forced",
                "ForceFail is true: this run was asked to fail; nothing is registered",
            )
        ],
        else_steps=[gate],
    )
    pipeline = Pipeline(
        "retrain",
        parameters=[data, reason, force],
        steps=[
            job(Job.PROCESS, inputs=[_input(data)]),
            job(Job.TRAIN, Job.PROCESS),
            job(Job.EVALUATE, Job.TRAIN, [verdict]),
            forced,
        ],
        sagemaker_session=session,
        pipeline_experiment_config=None,
    )
    definition = json.loads(pipeline.definition())
    return {name: value for name, value in definition.items() if value is not None}


def _session() -> Any:
    import boto3
    from sagemaker.core.workflow.pipeline_context import PipelineSession

    boto = boto3.Session(
        region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none"
    )
    settings = {"SchemaVersion": "1.0"}  # else it looks for files of settings on this machine
    return PipelineSession(
        boto, sagemaker_client=MagicMock(), default_bucket="none", sagemaker_config=settings
    )


def _processor(shape: JobShape, session: Any, environment: dict[str, Any], seconds: int) -> Any:
    from sagemaker.core.network import NetworkConfig
    from sagemaker.core.processing import Processor

    return Processor(
        role=shape.role_arn,
        image_uri=shape.image_uri,
        instance_count=1,
        instance_type=shape.instance_type,
        volume_size_in_gb=shape.disk_gib,
        volume_kms_key=shape.kms_key_arn,
        output_kms_key=shape.kms_key_arn,
        max_runtime_in_seconds=seconds,
        sagemaker_session=session,
        env=environment,
        network_config=NetworkConfig(
            enable_network_isolation=False,
            encrypt_inter_container_traffic=True,
            security_group_ids=list(shape.security_groups),
            subnets=list(shape.subnets),
        ),
    )


def _input(data: Any) -> Any:
    from sagemaker.core.shapes import ProcessingInput, ProcessingS3Input

    source = ProcessingS3Input(
        s3_uri=data,
        local_path=INPUT_FOLDER,
        s3_data_type="S3Prefix",
        s3_input_mode="File",
        s3_data_distribution_type="FullyReplicated",
    )
    return ProcessingInput(input_name="data", app_managed=False, s3_input=source)


def _output(uri: Any) -> Any:
    from sagemaker.core.shapes import ProcessingOutput, ProcessingS3Output

    target = ProcessingS3Output(s3_uri=uri, local_path=VERDICT_FOLDER, s3_upload_mode="EndOfJob")
    return ProcessingOutput(output_name="Said", app_managed=False, s3_output=target)


def _retries() -> list[Any]:
    from sagemaker.mlops.workflow import retry

    faults = retry.StepExceptionTypeEnum
    full = retry.SageMakerJobExceptionTypeEnum.CAPACITY_ERROR
    return [
        retry.StepRetryPolicy([faults.SERVICE_FAULT, faults.THROTTLING], 2.0, 30, 3),
        retry.SageMakerJobStepRetryPolicy([full], None, 2.0, 120, 3),
    ]
