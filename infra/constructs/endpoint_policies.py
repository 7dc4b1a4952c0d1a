"""What may pass each VPC endpoint: this account's principals, doing what the system does."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from infra.environments import Environment
from infra.shapes import Service
from ml.contract.names import PRODUCT

_READ_BUCKET = ("s3:GetBucketLocation", "s3:ListBucket")
_USE_BUCKET = (
    *_READ_BUCKET,
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:GetObject*",
    "s3:ListBucketMultipartUploads",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
    "s3:PutObjectTagging",
)
_USE_TABLE = tuple(
    f"dynamodb:{name}"
    for name in (
        "BatchGetItem",
        "BatchWriteItem",
        "ConditionCheckItem",
        "DeleteItem",
        "DescribeTable",
        "GetItem",
        "PutItem",
        "Query",
        "UpdateItem",
    )
)

#: What runs in the VPC calls these. A call that is missing here is refused by the endpoint.
ACTIONS: dict[Service, tuple[str, ...]] = {
    Service.REDSHIFT: ("DescribeClusters", "GetClusterCredentials", "GetClusterCredentialsWithIAM"),
    Service.REDSHIFT_DATA: (
        "BatchExecuteStatement",
        "CancelStatement",
        "DescribeStatement",
        "DescribeTable",
        "ExecuteStatement",
        "GetStatementResult",
        "GetStatementResultV2",
        "ListStatements",
    ),
    Service.SECRETS_MANAGER: ("DescribeSecret", "GetSecretValue"),
    Service.KMS: ("CreateGrant", "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey*"),
    Service.STS: ("AssumeRole", "GetCallerIdentity"),
    Service.GLUE: (
        "BatchCreatePartition",
        "BatchGetPartition",
        "CreatePartition",
        "CreateTable",
        "GetConnection",
        "GetDatabase",
        "GetDatabases",
        "GetJob*",
        "GetPartition",
        "GetPartitions",
        "GetSecurityConfiguration",
        "GetTable",
        "GetTables",
        "StartJobRun",
        "UpdatePartition",
        "UpdateTable",
    ),
    Service.SAGEMAKER_API: (
        "AddTags",
        "BatchGetRecord",
        "CreateModel",
        "CreateModelPackage",
        "CreateProcessingJob",
        "CreateTrainingJob",
        "CreateTransformJob",
        "Describe*",
        "List*",
        "Search",
        "StartPipelineExecution",
        "StopPipelineExecution",
        "UpdateModelPackage",
    ),
    Service.SAGEMAKER_RUNTIME: ("InvokeEndpoint", "InvokeEndpointAsync"),
    Service.LOGS: (
        "CreateLogGroup",
        "CreateLogStream",
        "Describe*",
        "FilterLogEvents",
        "GetLogEvents",
        "GetLogGroupFields",
        "GetLogRecord",
        "GetQueryResults",
        "PutLogEvents",
        "StartQuery",
    ),
    Service.MONITORING: ("DescribeAlarms", "GetMetricData", "GetMetricStatistics", "PutMetricData"),
    Service.ECR_API: (
        "BatchCheckLayerAvailability",
        "BatchGetImage",
        "DescribeImages",
        "GetAuthorizationToken",
        "GetDownloadUrlForLayer",
    ),
    Service.ECR_DOCKER: (
        "BatchCheckLayerAvailability",
        "BatchGetImage",
        "GetAuthorizationToken",
        "GetDownloadUrlForLayer",
    ),
}
# The prefix of a service's actions, where it is not the first word of its endpoint's name.
_PREFIXES = {Service.MONITORING: "cloudwatch"}


def interface_policy(stack: cdk.Stack, service: Service) -> list[iam.PolicyStatement]:
    """What may pass the interface endpoint of a service."""
    prefix = _PREFIXES.get(service, service.value.partition(".")[0])
    return [
        _allow(
            "ThisAccount",
            [f"{prefix}:{action}" for action in ACTIONS[service]],
            ["*"],  # in an endpoint's policy: of this service
            principals_of=stack,
            # Images of SageMaker's own containers lie in accounts of AWS.
            resources_of=None if prefix == "ecr" else stack,
        )
    ]


def s3_policy(stack: cdk.Stack, environment: Environment) -> list[iam.PolicyStatement]:
    """What may pass the S3 endpoint: our buckets, the CDK's assets, and what AWS publishes."""
    ours = f"arn:{stack.partition}:s3:::{PRODUCT}-{environment.name}-*"
    assets = f"arn:{stack.partition}:s3:::cdk-*-assets-{stack.account}-{stack.region}"
    return [
        _allow("OurBuckets", _USE_BUCKET, [ours, f"{ours}/*"], principals_of=stack),
        _allow(
            "AssetsOfTheCdk",
            [*_READ_BUCKET, "s3:GetObject"],
            [assets, f"{assets}/*"],
            principals_of=stack,
        ),
        # Airflow refuses to start before it has seen that the account blocks public access.
        _allow("Airflow", ["s3:GetAccountPublicAccessBlock"], ["*"], principals_of=stack),
        # Packages, container layers and agents; readers do not sign in, or do so as AWS.
        _allow("PublishedByAws", ["s3:GetObject"], [f"{each}/*" for each in _published(stack)]),
    ]


def dynamodb_policy(stack: cdk.Stack, environment: Environment) -> list[iam.PolicyStatement]:
    """What may pass the DynamoDB endpoint: our tables."""
    ours = stack.format_arn(
        service="dynamodb", resource="table", resource_name=f"{PRODUCT}-{environment.name}-*"
    )
    return [_allow("OurTables", _USE_TABLE, [ours], principals_of=stack)]


def _published(stack: cdk.Stack) -> list[str]:
    names = (
        f"al2023-repos-{stack.region}-*",
        f"prod-{stack.region}-starport-layer-bucket",
        f"amazon-ssm-{stack.region}",
    )
    return [f"arn:{stack.partition}:s3:::{name}" for name in names]


def _allow(
    sid: str,
    actions: list[str] | tuple[str, ...],
    resources: list[str],
    *,
    principals_of: cdk.Stack | None = None,
    resources_of: cdk.Stack | None = None,
) -> iam.PolicyStatement:
    conditions = {}
    if principals_of:
        conditions["StringEquals"] = {"aws:PrincipalAccount": principals_of.account}
    if resources_of:
        # Some calls, such as sts:GetCallerIdentity, are about no resource.
        conditions["StringEqualsIfExists"] = {"aws:ResourceAccount": resources_of.account}
    return iam.PolicyStatement(
        sid=sid,
        principals=[iam.AnyPrincipal()],
        actions=list(actions),
        resources=resources,
        conditions=conditions,
    )
