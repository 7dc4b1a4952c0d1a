"""Orchestration: what asks for a retrain, and what runs it, once."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.airflow import ManagedAirflow
from infra.constructs.dag_work import DagWork
from infra.constructs.failed_events import keep_failed_events
from infra.constructs.python_function import PythonFunction
from infra.constructs.queue import DeadLetters
from infra.constructs.retrain_events import RetrainEvents
from infra.constructs.retrain_schedule import retrain_schedule
from infra.constructs.table import SecureTable
from infra.environments import Environment
from infra.stacks.base import LeadwiseStack
from infra.stacks.foundation import FoundationStack
from infra.stacks.ingestion import IngestionStack
from infra.stacks.lake import LakeStack
from infra.stacks.network import NetworkStack
from infra.stacks.tracking import TrackingStack
from infra.stacks.training import TrainingStack
from ml.contract.alerts import AlertSeverity
from ml.contract.cloud_settings import TABLE_KEY, RetrainTriggerSettings


class OrchestrationStack(LeadwiseStack):
    """The retrain Lambda with its lease, its schedule, and MWAA where the environment says so.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Its sizes and schedules.
    foundation : FoundationStack
        Keys and alert topics.
    network : NetworkStack
        VPC and tiers.
    lake : LakeStack
        Buckets.
    ingestion : IngestionStack
        Job and catalog.
    training : TrainingStack
        Image and pipeline.
    tracking : TrackingStack
        MLflow.

    Attributes
    ----------
    retrain_trigger : PythonFunction
        Starts at most one retrain.
    dead_letters : DeadLetters
        Events that could not be delivered to it, or that it failed on.
    airflow : ManagedAirflow | None
        Where the environment's orchestrator is MWAA.
    airflow_name : str | None
        MWAA environment.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        foundation: FoundationStack,
        network: NetworkStack,
        lake: LakeStack,
        ingestion: IngestionStack,
        training: TrainingStack,
        tracking: TrackingStack,
    ) -> None:
        super().__init__(
            scope,
            id,
            environment=environment,
            purpose="retraining, on schedule and on request",
        )
        self._environment, self._key = environment, foundation.operations_key
        self._training = training
        self.airflow = None
        if environment.airflow:
            self.airflow = ManagedAirflow(
                self,
                "Airflow",
                environment=environment,
                airflow=environment.airflow,
                network=network,
                key=self._key,
                work=_dag_work(environment, foundation, lake, ingestion, training),
            )
        self.airflow_name = self.airflow.name if self.airflow else None
        self.dead_letters = DeadLetters(self, "DeadLetters", key=self._key)
        self.retrain_trigger = self._retrain_trigger()
        RetrainEvents(
            self,
            "Events",
            environment=environment,
            clean_job=ingestion.job_name,
            pipeline_arn=training.pipeline_arn,
            function=self.retrain_trigger,
            dead_letters=self.dead_letters,
        )
        retrain_schedule(
            self,
            "Schedule",
            environment=environment,
            function=self.retrain_trigger,
            dead_letters=self.dead_letters,
            key=self._key,
        )

    def _retrain_trigger(self) -> PythonFunction:
        # Who trains, and when that was last: nothing in it that a new table would miss for long.
        leases = SecureTable(
            self,
            "Leases",
            partition_key=TABLE_KEY,
            key=self._key,
            removal=cdk.RemovalPolicy.DESTROY,
        )
        function = PythonFunction(
            self,
            "RetrainTrigger",
            module="retrain_trigger",
            purpose="Starts at most one retrain",
            settings=self._settings(leases),
            environment=self._environment,
            key=self._key,
        )
        keep_failed_events(function, self.dead_letters, key=self._key)
        leases.grant(function, "dynamodb:UpdateItem")
        self._let_run(function)
        return function

    def _settings(self, leases: SecureTable) -> RetrainTriggerSettings:
        return RetrainTriggerSettings(
            use_case=self._environment.use_case,
            orchestrator=self._environment.orchestrator.value,
            target=self.airflow_name or self._training.pipeline_name,
            dag=self.airflow.settings.dag if self.airflow else "",
            lease_table=leases.table_name,
            cooldown_minutes=self._environment.retrain.cooldown_minutes,
            lease_minutes=self._environment.retrain.lease_minutes,
        )

    def _let_run(self, function: PythonFunction) -> None:
        pipeline = self._training.pipeline_arn
        allowed = (
            {"airflow:InvokeRestApi": self.airflow.rest_api_arn}
            if self.airflow  # whose DAG says itself how a run has ended
            else {
                "sagemaker:StartPipelineExecution": pipeline,
                "sagemaker:ListPipelineExecutionSteps": f"{pipeline}/execution/*",
            }
        )
        for action, target in allowed.items():
            function.add_to_role_policy(iam.PolicyStatement(actions=[action], resources=[target]))


def _dag_work(
    environment: Environment,
    foundation: FoundationStack,
    lake: LakeStack,
    ingestion: IngestionStack,
    training: TrainingStack,
) -> DagWork:
    return DagWork(
        use_case=environment.use_case,
        raw=lake.raw,
        artifacts=lake.artifacts,
        data_key=foundation.data_key,
        crawler=ingestion.crawler_name,
        job=ingestion.job_name,
        pipeline=training.pipeline_name,
        pipeline_arn=training.pipeline_arn,
        job_role_arn=training.execution_role.role_arn,
        topic_arn=foundation.topics[AlertSeverity.WARNING].topic_arn,
    )
