"""What people look at: how the machinery runs, and what it does for sales."""

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.constructs.part_metrics import DAY, of_ours, of_service
from infra.environments import Environment
from infra.stacks.ingestion import IngestionStack
from infra.stacks.serving import ServingStack
from infra.stacks.tracking import TrackingStack
from infra.stacks.warehouse import WarehouseStack
from ml.contract.alerts import WATCH, Metric
from ml.contract.names import PRODUCT

_WIDTH = 8  # three beside each other
Row = list[cloudwatch.IWidget]


class Dashboards(Construct):
    """An account's first three dashboards are free and each further one costs $3 a month.

    So dev, which few look at, has both halves on one page.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Whose.
    ingestion, serving, tracking, warehouse : IngestionStack, ...
        What is shown.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        ingestion: IngestionStack,
        serving: ServingStack,
        tracking: TrackingStack,
        warehouse: WarehouseStack,
    ) -> None:
        super().__init__(scope, id)
        self._environment = environment
        machinery = [
            _api_and_endpoint(serving),
            _jobs(ingestion, warehouse),
            _mlflow(tracking),
        ]
        business = self._business()
        if environment.keep_data:
            self._page("operations", machinery)
            self._page("model", business)
        else:
            self._page("operations", machinery + business)

    def _page(self, name: str, rows: list[Row]) -> None:
        cloudwatch.Dashboard(
            self,
            name.title(),
            dashboard_name=f"{PRODUCT}-{self._environment.name}-{name}",
            default_interval=DAY,
            widgets=rows,
        )

    def _business(self) -> list[Row]:
        leads = [
            self._ours("score_lead", m)
            for m in (Metric.LEADS_SCORED, Metric.LEADS_REFUSED, Metric.SCORING_FAILED)
        ]
        files = [
            self._ours("intake", m)
            for m in (Metric.FILES_ADMITTED, Metric.FILES_REFUSED, Metric.DUPLICATE_EVENTS)
        ]
        retrains = [
            self._ours("retrain_trigger", m)
            for m in (Metric.RETRAIN_STARTED, Metric.RETRAIN_REFUSED)
        ]
        alerts = [
            self._ours("notifier", m)
            for m in (Metric.ALERTS_SENT, Metric.ALERTS_SUPPRESSED, Metric.ALERTS_FAILED)
        ]
        drift = [
            of_ours(self._environment, WATCH, m, statistic="Maximum", period=DAY)
            for m in (Metric.DRIFT_SHARE, Metric.RETRAIN_NEEDED)
        ]
        age = of_ours(
            self._environment,
            "retrain_trigger",
            Metric.DAYS_SINCE_RETRAIN,
            statistic="Maximum",
            period=DAY,
        )
        return [
            [_graph("Leads", *leads), _graph("Files", *files), _graph("Drift", *drift)],
            [
                _graph("Retrains", *retrains),
                _graph("Days since a retrain", age),
                _graph("Alerts", *alerts),
            ],
        ]

    def _ours(self, part: str, metric: Metric) -> cloudwatch.Metric:
        return of_ours(self._environment, part, metric)


def _graph(title: str, *metrics: cloudwatch.IMetric) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=_WIDTH)


def _api_and_endpoint(serving: ServingStack) -> Row:
    def api(name: str, statistic: str) -> cloudwatch.Metric:
        return of_service("AWS/ApiGateway", name, statistic=statistic, ApiId=serving.api_id)

    def endpoint(name: str, statistic: str) -> cloudwatch.Metric:
        return of_service(
            "AWS/SageMaker",
            name,
            statistic=statistic,
            EndpointName=serving.endpoint_name,
            VariantName=serving.variant,
        )

    def in_ms(microseconds: cloudwatch.Metric) -> cloudwatch.MathExpression:
        return cloudwatch.MathExpression(
            expression="model / 1000", using_metrics={"model": microseconds}, label="ModelLatency"
        )

    scorer = serving.score_lead
    return [
        _graph("API", *(api(name, "Sum") for name in ("Count", "4xx", "5xx"))),
        _graph(
            "Time of 19 in 20, ms", api("Latency", "p95"), in_ms(endpoint("ModelLatency", "p95"))
        ),
        _graph(
            "Endpoint and its Lambda",
            endpoint("Invocations", "Sum"),
            endpoint("Invocation5XXErrors", "Sum"),
            scorer.metric_errors(),
            scorer.metric_throttles(),
        ),
    ]


def _jobs(ingestion: IngestionStack, warehouse: WarehouseStack) -> Row:
    queue = ingestion.queue
    intake = ingestion.intake
    compute = of_service(
        "AWS/Redshift-Serverless",
        "ComputeSeconds",
        statistic="Sum",
        period=DAY,
        Workgroup=warehouse.workgroup_name,
    )
    return [
        _graph(
            "New files waiting",
            queue.metric_approximate_number_of_messages_visible(),
            queue.dead_letters.metric_approximate_number_of_messages_visible(),
        ),
        _graph("Intake", intake.metric_invocations(), intake.metric_errors()),
        _graph("Warehouse, RPU-seconds a day", compute),
    ]


def _mlflow(tracking: TrackingStack) -> Row:
    database = tracking.database
    servers = of_service(
        "AWS/AutoScaling",
        "GroupInServiceInstances",
        statistic="Minimum",
        AutoScalingGroupName=tracking.group_name,
    )
    return [
        _graph("MLflow servers", servers),
        _graph(
            "Database: CPU and connections",
            database.metric_cpu_utilization(),
            database.metric_database_connections(),
        ),
        _graph("Database: free bytes", database.metric_free_storage_space()),
    ]
