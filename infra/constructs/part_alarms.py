"""Alarms on the parts that raise none themselves. Each costs ten cents a month and metric."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.alarm import alarm
from infra.constructs.alert_topics import AlertTopics
from infra.constructs.part_metrics import DAY, WINDOW, of_ours, of_service
from infra.environments import Environment
from infra.stacks.tracking import TrackingStack
from infra.stacks.warehouse import WarehouseStack
from ml.contract.alerts import WATCH, AlertSeverity, Metric, drift_alarm
from ml.contract.watching import Severity

_GIB = 1024**3
_LEAST_FREE, _BUSY_PERCENT, _MANY_CONNECTIONS = 0.1, 90, 60
_FRESH_DAYS = 7  # the longest that CloudWatch looks back
_HALF_A_DAY = cdk.Duration.hours(12)
_BELOW = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
_SILENCE_IS_BAD = cloudwatch.TreatMissingData.BREACHING
_SILENCE_CHANGES_NOTHING = cloudwatch.TreatMissingData.IGNORE


class PartAlarms(Construct):
    """Alarms by part; call the method of each part that is there.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Outside it nobody waits at night: dev leaves out what a dead letter says as well.
    topics : AlertTopics
        Who is told.
    """

    def __init__(
        self, scope: Construct, id: str, *, environment: Environment, topics: AlertTopics
    ) -> None:
        super().__init__(scope, id)
        self._environment, self._topics = environment, topics

    def on_dead_letters(self, id: str, queue: sqs.IQueue) -> cloudwatch.Alarm:
        """Something could not be delivered or handled."""
        return self._alarm(
            f"{id}DeadLetters",
            queue.metric_approximate_number_of_messages_visible(statistic="Maximum", period=WINDOW),
            1,
            f"{id}: an event or message could not be handled and waits for a person.",
            "dead-letters",
        )

    def on_function(self, name: str, function: lambda_.IFunction) -> cloudwatch.Alarm:
        """A Lambda raises, or is not let run."""
        bad = cloudwatch.MathExpression(
            expression="errors + throttles",
            using_metrics={
                "errors": function.metric_errors(statistic="Sum", period=WINDOW),
                "throttles": function.metric_throttles(statistic="Sum", period=WINDOW),
            },
            label="errors and throttles",
            period=WINDOW,
        )
        says = f"The Lambda {name} fails, or is not let run, again and again."
        return self._alarm(f"{name}Fails", bad, 3, says, "function-fails")

    def on_tracking(self, tracking: TrackingStack) -> None:
        """MLflow's machine and database."""
        self._alarm(
            "MlflowIsDown",
            of_service(
                "AWS/AutoScaling",
                "GroupInServiceInstances",
                statistic="Maximum",
                AutoScalingGroupName=tracking.group_name,
            ),
            1,
            "No MLflow server has been in service for a quarter of an hour.",
            "mlflow-is-down",
            periods=3,
            comparison=_BELOW,
            missing=_SILENCE_IS_BAD,
        )
        database = tracking.database
        self._alarm(
            "MlflowDatabaseIsFull",
            database.metric_free_storage_space(statistic="Minimum", period=WINDOW),
            _LEAST_FREE * self._environment.mlflow.storage_gib * _GIB,
            "Less than a tenth of the disk of MLflow's database is free.",
            "mlflow-database-is-full",
            comparison=_BELOW,
        )
        if self._environment.keep_data:
            self._on_load(tracking)

    def _on_load(self, tracking: TrackingStack) -> None:
        database, runbook = tracking.database, "mlflow-database-is-busy"
        self._alarm(
            "MlflowDatabaseIsBusy",
            database.metric_cpu_utilization(statistic="Average", period=WINDOW),
            _BUSY_PERCENT,
            "MLflow's database has been busy for a quarter of an hour.",
            runbook,
            periods=3,
        )
        self._alarm(
            "MlflowDatabaseHasManyConnections",
            database.metric_database_connections(statistic="Maximum", period=WINDOW),
            _MANY_CONNECTIONS,
            "MLflow's database is close to the connections that its size allows.",
            runbook,
            periods=3,
        )

    def on_warehouse(self, warehouse: WarehouseStack) -> None:
        """A tenth of a month's allowance in one day: the rest of the month is at stake."""
        a_tenth = self._environment.redshift.monthly_rpu_hours * 3600 / 10
        self._alarm(
            "WarehouseUsesMuch",
            of_service(
                "AWS/Redshift-Serverless",
                "ComputeSeconds",
                statistic="Sum",
                period=DAY,
                Workgroup=warehouse.workgroup_name,
            ),
            a_tenth,
            "The warehouse used a tenth of its month's allowance within a day.",
            "warehouse-uses-much",
        )

    def on_leads(self) -> None:
        """Files and drift; in production, where they come by themselves, also that they do."""
        self._alarm(
            "FilesRefused",
            of_ours(self._environment, "intake", Metric.FILES_REFUSED),
            1,
            "A file of leads was refused as a whole.",
            "files-refused",
            lasts=False,
        )
        self._alarm(
            "Drift",
            of_ours(self._environment, WATCH, Metric.RETRAIN_NEEDED, statistic="Maximum"),
            1,
            "Leads or scores have drifted so far that a retrain was asked for.",
            "drift",
            missing=_SILENCE_CHANGES_NOTHING,  # it stands until somebody looks again
            name=drift_alarm(self._environment.name),
        )
        if self._environment.is_production:
            self._alarm(
                "NoNewLeads",
                of_ours(self._environment, "intake", Metric.FILES_ADMITTED, period=DAY),
                1,
                f"No file of leads has been admitted for {_FRESH_DAYS} days.",
                "no-new-leads",
                periods=_FRESH_DAYS,
                comparison=_BELOW,
                missing=_SILENCE_IS_BAD,
            )

    def on_watch(self) -> None:
        """What comparisons found, and what people were not told of it.

        Jobs tell people themselves, with figures; these stand until a later comparison is better.
        """
        for severity in (Severity.HIGH, Severity.CRITICAL):
            self._alarm(
                f"WatchIs{severity.title()}",
                of_ours(self._environment, WATCH, Metric.WORST_SEVERITY, statistic="Maximum"),
                severity.level,
                f"The worst that a comparison of new leads found is {severity} or above.",
                f"watch-is-{severity}",
                missing=_SILENCE_CHANGES_NOTHING,
                severity=severity.alert,
            )
        self._alarm(
            "AlertsUntold",
            of_ours(self._environment, WATCH, Metric.ALERTS_FAILED),
            1,
            "A job had something to tell people, and no topic took it.",
            "alerts-untold",
            lasts=False,
        )

    def on_retrain(self) -> None:
        """The clock asks for its age every hour: silence means that nothing would retrain."""
        days = self._environment.retrain.overdue_days
        self._alarm(
            "RetrainIsOverdue",
            of_ours(
                self._environment,
                "retrain_trigger",
                Metric.DAYS_SINCE_RETRAIN,
                statistic="Maximum",
                period=_HALF_A_DAY,
            ),
            days,
            f"No retrain has succeeded for {days} days, or nobody knows.",
            "retrain-is-overdue",
            missing=_SILENCE_IS_BAD,
        )

    def on_airflow(self, name: str) -> None:
        """Airflow's scheduler says every few seconds that it lives."""
        self._alarm(
            "AirflowIsDown",
            of_service(
                "AmazonMWAA",
                "SchedulerHeartbeat",
                statistic="Sum",
                Function="Scheduler",
                Environment=name,
            ),
            1,
            "Airflow's scheduler has been silent for a quarter of an hour.",
            "airflow-is-down",
            periods=3,
            comparison=_BELOW,
            missing=_SILENCE_IS_BAD,
        )

    def _alarm(
        self,
        id: str,
        metric: cloudwatch.IMetric,
        threshold: float,
        says: str,
        runbook: str,
        *,
        periods: int = 1,
        comparison: cloudwatch.ComparisonOperator = (
            cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
        ),
        missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
        severity: AlertSeverity = AlertSeverity.WARNING,
        name: str | None = None,
        lasts: bool = True,
    ) -> cloudwatch.Alarm:
        return alarm(
            self,
            id,
            metric=metric,
            threshold=threshold,
            says=says,
            runbook=runbook,
            severity=severity,
            topics=self._topics,
            periods=periods,
            comparison=comparison,
            missing=missing,
            name=name,
            lasts=lasts,
        )
