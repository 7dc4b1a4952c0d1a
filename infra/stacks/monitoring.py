"""Monitoring: dashboards, alarms, the notifier and the budget."""

from aws_cdk import aws_cloudwatch_actions as actions
from constructs import Construct

from infra.constructs.alert_events import AlertEvents
from infra.constructs.budget import monthly_budget
from infra.constructs.dashboards import Dashboards
from infra.constructs.data_quality import DataQuality
from infra.constructs.notifier import Notifier
from infra.constructs.part_alarms import PartAlarms
from infra.environments import Environment
from infra.shapes import InstanceEndpoint
from infra.stacks.base import LeadwiseStack
from infra.stacks.console import ConsoleStack
from infra.stacks.foundation import FoundationStack
from infra.stacks.ingestion import IngestionStack
from infra.stacks.lake import LakeStack
from infra.stacks.network import NetworkStack
from infra.stacks.orchestration import OrchestrationStack
from infra.stacks.serving import ServingStack
from infra.stacks.tracking import TrackingStack
from infra.stacks.training import TrainingStack
from infra.stacks.warehouse import WarehouseStack


class MonitoringStack(LeadwiseStack):
    """What watches the other stacks and tells people.

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
    warehouse : WarehouseStack
        Where clean leads are loaded.
    tracking : TrackingStack
        MLflow.
    ingestion : IngestionStack
        Job and catalog.
    training : TrainingStack
        Image and pipeline.
    serving : ServingStack
        Endpoint and API.
    console : ConsoleStack | None
        The web pages, where the environment has them.
    orchestration : OrchestrationStack
        What retrains.

    Attributes
    ----------
    notifier : PythonFunction
        Listens to the alert topics.
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
        warehouse: WarehouseStack,
        tracking: TrackingStack,
        ingestion: IngestionStack,
        training: TrainingStack,
        serving: ServingStack,
        console: ConsoleStack | None,
        orchestration: OrchestrationStack,
    ) -> None:
        super().__init__(
            scope,
            id,
            environment=environment,
            purpose="dashboards, alarms and budget",
        )
        self._environment, self._topics = environment, foundation.topics
        self._notifier = Notifier(
            self,
            "Notifier",
            environment=environment,
            topics=foundation.topics,
            key=foundation.operations_key,
        )
        self.notifier = self._notifier.function
        self._raise_alarms(ingestion, serving, tracking, warehouse, orchestration)
        alerts = AlertEvents(
            self,
            "Events",
            environment=environment,
            notifier=self._notifier,
            topics=foundation.topics,
        )
        alerts.on_cleaning(ingestion)
        alerts.on_retrain(training)
        alerts.on_deployment(serving)
        if isinstance(environment.endpoint, InstanceEndpoint):  # only these keep what they answer
            schedule = DataQuality(
                self,
                "DataQuality",
                environment=environment,
                foundation=foundation,
                network=network,
                lake=lake,
                serving=serving,
            )
            alerts.on_data_quality(schedule.arn, serving, orchestration)
        Dashboards(
            self,
            "Dashboards",
            environment=environment,
            ingestion=ingestion,
            serving=serving,
            tracking=tracking,
            warehouse=warehouse,
        )
        monthly_budget(self, "Budget", environment=environment, topics=foundation.topics)

    def _raise_alarms(
        self,
        ingestion: IngestionStack,
        serving: ServingStack,
        tracking: TrackingStack,
        warehouse: WarehouseStack,
        orchestration: OrchestrationStack,
    ) -> None:
        alarms = PartAlarms(self, "Alarms", environment=self._environment, topics=self._topics)
        alarms.on_dead_letters("Retrain", orchestration.dead_letters)
        about_itself = [alarms.on_dead_letters("Notifier", self._notifier.dead_letters)]
        alarms.on_tracking(tracking)
        alarms.on_warehouse(warehouse)
        alarms.on_leads()
        alarms.on_watch()
        alarms.on_retrain()
        if orchestration.airflow_name:
            alarms.on_airflow(orchestration.airflow_name)
        if self._environment.keep_data:
            alarms.on_function("Intake", ingestion.intake)
            alarms.on_function("ScoreLead", serving.score_lead)
            alarms.on_function("RetrainTrigger", orchestration.retrain_trigger)
            about_itself.append(alarms.on_function("Notifier", self.notifier))
        for alarm in about_itself:  # by mail too: the notifier cannot tell of its own silence
            alarm.add_alarm_action(actions.SnsAction(self._notifier.mail))
