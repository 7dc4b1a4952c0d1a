"""What people look at: how the machinery runs, and what it does for sales."""

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.constructs.endpoint_alarms import used_share
from infra.constructs.graphs import Row, bound, graph
from infra.constructs.part_metrics import DAY, of_ours, of_service
from infra.constructs.watch_graphs import watch_graphs
from infra.environments import Environment
from infra.stacks.ingestion import IngestionStack
from infra.stacks.serving import ServingStack
from infra.stacks.tracking import TrackingStack
from infra.stacks.warehouse import WarehouseStack
from ml.contract.alerts import CLEANING, WATCH, Metric
from ml.contract.names import PRODUCT
from ml.contract.service_bounds import ERROR_SHARE, LATENCY_MS, SATURATION, ServiceBounds


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
            _service(serving, environment),
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
            for m in (
                Metric.FILES_ADMITTED,
                Metric.FILES_REFUSED,
                Metric.DUPLICATE_EVENTS,
                Metric.SOURCES_GONE,
            )
        ]
        retrains = [
            self._ours("retrain_trigger", m)
            for m in (Metric.RETRAIN_STARTED, Metric.RETRAIN_REFUSED)
        ]
        alerts = [
            self._ours("notifier", m)
            for m in (Metric.ALERTS_SENT, Metric.ALERTS_SUPPRESSED, Metric.ALERTS_FAILED)
        ]
        untold = self._ours(WATCH, Metric.ALERTS_FAILED).with_(label="of jobs, untold")
        rows = [
            self._ours(CLEANING, m)
            for m in (
                Metric.ROWS_RECEIVED,
                Metric.ROWS_ACCEPTED,
                Metric.ROWS_QUARANTINED,
                Metric.ROWS_DEDUPLICATED,
            )
        ]
        age = of_ours(
            self._environment,
            "retrain_trigger",
            Metric.DAYS_SINCE_RETRAIN,
            statistic="Maximum",
            period=DAY,
        )
        return [
            [graph("Leads", *leads), graph("Files", *files), graph("Rows", *rows)],
            *watch_graphs(self._environment),
            [
                graph("Retrains", *retrains),
                graph("Days since a retrain", age),
                graph("Alerts", *alerts, untold),
            ],
        ]

    def _ours(self, part: str, metric: Metric) -> cloudwatch.Metric:
        return of_ours(self._environment, part, metric)


def _of_api(serving: ServingStack, name: str, statistic: str) -> cloudwatch.Metric:
    return of_service("AWS/ApiGateway", name, statistic=statistic, ApiId=serving.api_id)


def _service(serving: ServingStack, environment: Environment) -> Row:
    """What the page of a home's server says of it, by the same bounds."""
    calls = _of_api(serving, "Count", "Sum")
    failed = cloudwatch.MathExpression(
        expression="failed / calls",
        using_metrics={"failed": _of_api(serving, "5xx", "Sum"), "calls": calls},
        label="failed",
    )
    per_second = cloudwatch.MathExpression(
        expression="calls / PERIOD(calls)", using_metrics={"calls": calls}, label="calls"
    )
    used = used_share(environment.endpoint, serving.endpoint_name, serving.variant)
    return [
        graph("Calls per second", per_second),
        graph("Share of calls that failed", failed, bounds=_bounds(ERROR_SHARE)),
        graph("Share of the endpoint in use", used, bounds=_bounds(SATURATION)),
    ]


def _bounds(bounds: ServiceBounds) -> list[cloudwatch.HorizontalAnnotation]:
    return [bound(bounds.medium, "raised"), bound(bounds.critical, "critical", bad=True)]


def _api_and_endpoint(serving: ServingStack) -> Row:
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
        graph("API", *(_of_api(serving, name, "Sum") for name in ("Count", "4xx", "5xx"))),
        graph(
            "Time of 99 in 100, ms",
            _of_api(serving, "Latency", "p99"),
            in_ms(endpoint("ModelLatency", "p99")),
            bounds=_bounds(LATENCY_MS),
        ),
        graph(
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
        graph(
            "New files waiting",
            queue.metric_approximate_number_of_messages_visible(),
            queue.dead_letters.metric_approximate_number_of_messages_visible(),
        ),
        graph("Intake", intake.metric_invocations(), intake.metric_errors()),
        graph("Warehouse, RPU-seconds a day", compute),
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
        graph("MLflow servers", servers),
        graph(
            "Database: CPU and connections",
            database.metric_cpu_utilization(),
            database.metric_database_connections(),
        ),
        graph("Database: free bytes", database.metric_free_storage_space()),
    ]
