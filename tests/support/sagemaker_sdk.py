"""The retrain pipeline as SageMaker's own SDK builds and reads it: no account, no network."""

import json
import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from unittest.mock import MagicMock, patch

from infra.pipeline_definition import JobShape
from ml.contract.cloud_settings import JobSettings
from ml.contract.jobs import INPUT_FOLDER, SAID_FOLDER, VERDICT_FILE, VERDICT_FOLDER, Job


@dataclass(frozen=True)
class Built:
    """What the SDK makes of it.

    Attributes
    ----------
    definition : dict
        What it leaves empty is left out.
    behind : dict of str to set of str
        Steps that never start where the named one does not, itself among them.
    """

    definition: dict[str, Any]
    behind: dict[str, set[str]]


def built_with_the_sdk(
    *,
    shape: JobShape,
    settings: JobSettings,
    input_uri: str,
    runs_uri: str,
    steps: Mapping[Job, Sequence[str]],
    most_seconds: Mapping[Job, int],
) -> Built:
    """The pipeline, made from the same values as ours."""
    # The SDK makes a client of AWS while it is imported.
    with warnings.catch_warnings(), patch.dict(os.environ, {"AWS_DEFAULT_REGION": "us-east-1"}):
        warnings.simplefilter("ignore")
        return _built(shape, settings, input_uri, runs_uri, steps, most_seconds)


def _built(shape, settings, input_uri, runs_uri, steps, most_seconds) -> Built:
    from sagemaker.core.workflow.conditions import ConditionEquals
    from sagemaker.core.workflow.execution_variables import ExecutionVariables
    from sagemaker.core.workflow.functions import Join, JsonGet
    from sagemaker.core.workflow.parameters import ParameterBoolean, ParameterString
    from sagemaker.core.workflow.properties import PropertyFile
    from sagemaker.mlops.workflow.condition_step import ConditionStep
    from sagemaker.mlops.workflow.fail_step import FailStep
    from sagemaker.mlops.workflow.pipeline import Pipeline, PipelineGraph
    from sagemaker.mlops.workflow.steps import ProcessingStep

    data = ParameterString(name="InputData", default_value=input_uri)
    reason = ParameterString(name="Reason", default_value=settings.reason)
    force = ParameterBoolean(name="ForceFail", default_value=False)
    session = _session()
    run = ExecutionVariables.PIPELINE_EXECUTION_ID
    need = PropertyFile(name="Need", output_name="Said", path="process.json")
    verdict = PropertyFile(name="Verdict", output_name="Said", path=VERDICT_FILE)
    own = Join(on="/", values=[runs_uri.rstrip("/"), run])
    told = _output(own)
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

    needed = ConditionStep(
        "Needed",
        conditions=[
            ConditionEquals(
                JsonGet(step_name="Process", property_file=need, json_path="train.needed"), True
            )
        ],
        if_steps=[job(Job.TRAIN), job(Job.EVALUATE, Job.TRAIN, [verdict])],
    )
    gate = ConditionStep(
        "Gate",
        depends_on=["Evaluate"],
        conditions=[
            ConditionEquals(
                JsonGet(step_name="Evaluate", property_file=verdict, json_path="approved"), True
            ),
            ConditionEquals(force, False),
        ],
        if_steps=[job(Job.REGISTER, inputs=[_input("said", own, SAID_FOLDER)])],
        else_steps=[
            FailStep(
                "Refused",
                Join(
                    on=" ",
                    values=[
                        "Nothing is registered: a quality gate said no, or ForceFail asked for it; "
                        "the reasons:",
                        Join(on="/", values=[runs_uri.rstrip("/"), run, VERDICT_FILE]),
                    ],
                ),
            )
        ],
    )
    pipeline = Pipeline(
        "retrain",
        parameters=[data, reason, force],
        steps=[
            job(Job.PROCESS, files=[need], inputs=[_input("data", data, INPUT_FOLDER)]),
            needed,
            gate,
        ],
        sagemaker_session=session,
        pipeline_experiment_config=None,
    )
    definition = json.loads(pipeline.definition())
    graph = PipelineGraph.from_pipeline(pipeline)
    return Built(
        definition={name: value for name, value in definition.items() if value is not None},
        behind={name: graph.get_steps_in_sub_dag(step) for name, step in graph.step_map.items()},
    )


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


def _input(name: str, uri: Any, folder: str) -> Any:
    from sagemaker.core.shapes import ProcessingInput, ProcessingS3Input

    source = ProcessingS3Input(
        s3_uri=uri,
        local_path=folder,
        s3_data_type="S3Prefix",
        s3_input_mode="File",
        s3_data_distribution_type="FullyReplicated",
    )
    return ProcessingInput(input_name=name, app_managed=False, s3_input=source)


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
