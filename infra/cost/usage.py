"""What is paid by use: a modest month of a sales team, stated with each line.

A thousand new leads a week, each scored a few times, and one retraining a week. Nothing here
counts against a budget's idle price; it says what a month of work adds.
"""

from collections.abc import Iterator

from infra.cost.charge import Charge, Pricer, Pricers
from infra.cost.templates import Resource

_RUNS = 4  # a month: one a week
_DPU = {"G.025X": 0.25, "G.1X": 1.0, "G.2X": 2.0, "G.4X": 4.0, "G.8X": 8.0, "Standard": 1.0}
_CALLS = 10_000
_CALL_SECONDS = 0.2


def _use(what: str, price: str, count: float, assumption: str) -> Pricer:
    charge = Charge(what=what, price=price, count=count, assumption=assumption)
    return lambda resource: [charge]


def function(resource: Resource) -> Iterator[Charge]:
    """Calls of a Lambda, by its memory."""
    gib = resource.number("MemorySize", 128) / 1024
    kind = "arm" if resource.get("Architectures") == ["arm64"] else "x86"
    seconds = _CALLS * _CALL_SECONDS
    yield Charge(
        what=f"{kind} GB-seconds",
        price=f"lambda.{kind}.gb_second",
        count=seconds * gib,
        assumption=f"{_CALLS:,} calls of {_CALL_SECONDS} s with {gib:.2g} GiB",
    )
    yield Charge(
        what="calls, million",
        price="lambda.million",
        count=_CALLS / 1e6,
        assumption=f"{_CALLS:,} calls",
    )


def spark_job(resource: Resource) -> Iterator[Charge]:
    """Runs of a Glue job, by its workers."""
    dpu = resource.number("NumberOfWorkers", 10) * _DPU[resource.text("WorkerType", "G.1X")]
    price = "glue.flex" if resource.get("ExecutionClass") == "FLEX" else "glue.dpu_hour"
    yield Charge(
        what="DPU-hours",
        price=price,
        count=_RUNS * dpu * 10 / 60,
        assumption=f"{_RUNS} runs of 10 minutes on {dpu:g} DPU",
    )


def warehouse(resource: Resource) -> Iterator[Charge]:
    """Redshift Serverless awake."""
    base = resource.number("BaseCapacity", 128)
    yield Charge(
        what="RPU-hours",
        price="redshift.rpu_hour",
        count=base * 30 * 5 / 60,
        assumption=f"awake 5 minutes a day at its base of {base:g} RPU",
    )


def endpoint_config(resource: Resource) -> Iterator[Charge]:
    """Requests to a serverless endpoint, or the disks of machines."""
    for variant in resource.get("ProductionVariants", []):
        if "ServerlessConfig" in variant:
            gib = float(variant["ServerlessConfig"]["MemorySizeInMB"]) / 1024
            yield Charge(
                what="serverless GB-seconds",
                price="sagemaker.serverless.gb_second",
                count=_CALLS * _CALL_SECONDS * gib,
                assumption=f"{_CALLS:,} requests of {_CALL_SECONDS} s with {gib:g} GiB",
            )
        else:
            yield Charge(
                what="disk, GB",
                price="sagemaker.storage",
                count=10 * float(variant["InitialInstanceCount"]),
                assumption="10 GB for image and model on each machine",
            )


def airflow(resource: Resource) -> Iterator[Charge]:
    """Airflow's own database, and endpoints that MWAA makes for itself."""
    yield Charge(
        what="metadata, GB", price="mwaa.storage", assumption="1 GB in Airflow's own database"
    )
    zones = len(resource.get("NetworkConfiguration.SubnetIds", []))
    endpoints = 2 if resource.get("WebserverAccessMode") == "PRIVATE_ONLY" else 1
    yield Charge(
        what="MWAA's own endpoints, zones",
        price="vpc_endpoint",
        count=endpoints * zones,
        assumption="if AWS bills them: its pages name them without saying who pays",
    )


def vpc_endpoint(resource: Resource) -> Iterator[Charge]:
    """Data through an interface endpoint."""
    if resource.get("VpcEndpointType", "Gateway") == "Interface":
        yield Charge(what="data, GB", price="vpc_endpoint.gb", assumption="1 GB through it")


def online_features(resource: Resource) -> Iterator[Charge]:
    """An online store, where there is one: what lies in it and what is read."""
    if resource.get("OnlineStoreConfig.EnableOnlineStore"):
        yield Charge(
            what="online store, GB",
            price="sagemaker.feature_gb",
            count=0.1,
            assumption="0.1 GB: the last record of 100,000 leads",
        )
        yield Charge(
            what="reads, million",
            price="sagemaker.feature_read_million",
            count=0.1,
            assumption="100,000 records read",
        )


def _each(*pricers: Pricer) -> Pricer:
    return lambda resource: [charge for pricer in pricers for charge in pricer(resource)]


_JOB = "4 runs of an hour in all on ml.m5.large"

PRICERS: Pricers = {
    "AWS::ApiGatewayV2::Api": _use(
        "requests, million", "api.http_million", 0.01, "10,000 requests"
    ),
    "AWS::Athena::WorkGroup": _use("TB scanned", "athena.tb", 0.01, "10 GB scanned"),
    "AWS::CloudTrail::Trail": _use(
        "data events, 100,000", "cloudtrail.data_events", 1, "100,000 reads and writes of leads"
    ),
    "AWS::Cognito::UserPool": _use("people", "cognito.user", 20, "20 people sign in"),
    "AWS::DynamoDB::Table": _each(
        _use("reads, million", "dynamodb.read_million", 0.05, "50,000 reads"),
        _use("writes, million", "dynamodb.write_million", 0.05, "50,000 writes"),
    ),
    "AWS::EC2::FlowLog": _use("log, GB", "logs.gb", 0.5, "0.5 GB of flow records"),
    "AWS::EC2::NatGateway": _use("data, GB", "nat_gateway.gb", 10, "10 GB through it"),
    "AWS::EC2::VPCEndpoint": vpc_endpoint,
    "AWS::ECR::Repository": _use("images, GB", "ecr.gb", 2, "2 GB of images"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _use(
        "capacity units", "elb.lcu", 0.1, "a tenth of a capacity unit at all times"
    ),
    "AWS::Glue::Crawler": _use(
        "DPU-hours", "glue.dpu_hour", 2 * _RUNS * 2 * 10 / 60, "8 runs of 10 minutes on 2 DPU"
    ),
    "AWS::Glue::Job": spark_job,
    "AWS::KMS::Key": _use("requests, 10,000", "kms.requests", 5, "50,000 requests"),
    "AWS::Lambda::Function": function,
    "AWS::Logs::LogGroup": _use("log, GB", "logs.gb", 0.1, "0.1 GB of log"),
    "AWS::Logs::MetricFilter": _use(
        "metric", "cloudwatch.metric", 1, "its metric gets values all month"
    ),
    "AWS::MWAA::Environment": airflow,
    "AWS::RedshiftServerless::Namespace": _use("data, GB", "redshift.storage", 5, "5 GB of tables"),
    "AWS::RedshiftServerless::Workgroup": warehouse,
    "AWS::S3::Bucket": _use("data, GB", "s3.gb", 5, "5 GB kept, old versions included"),
    "AWS::SNS::Topic": _use("messages, million", "sns.million", 0.001, "1,000 messages"),
    "AWS::SQS::Queue": _use("requests, million", "sqs.million", 0.05, "50,000 requests"),
    "AWS::SageMaker::DataQualityJobDefinition": _use(
        "ml.m5.large hours", "sagemaker.job.ml.m5.large", 7.5, "a quarter of an hour each day"
    ),
    "AWS::SageMaker::Domain": _use("home folders, GB", "efs.gb", 5, "5 GB of home folders"),
    "AWS::SageMaker::EndpointConfig": endpoint_config,
    "AWS::SageMaker::FeatureGroup": _each(
        _use("writes, million", "sagemaker.feature_write_million", 0.02, "20,000 records written"),
        online_features,
    ),
    "AWS::SageMaker::MonitoringSchedule": _use(
        "ml.m5.large hours", "sagemaker.job.ml.m5.large", 7.5, "a quarter of an hour each day"
    ),
    "AWS::SageMaker::Pipeline": _use("ml.m5.large hours", "sagemaker.job.ml.m5.large", _RUNS, _JOB),
    "AWS::WAFv2::WebACL": _use("requests, million", "waf.million", 0.1, "100,000 requests"),
}
