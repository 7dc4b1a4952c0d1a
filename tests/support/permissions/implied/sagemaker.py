"""What SageMaker does as its roles."""

from infra.shapes import InstanceEndpoint
from tests.support.permissions.implied.entry import Implied
from tests.support.permissions.runtimes import Runtime

_ENDPOINT, _BATCH = "serving/EndpointRole", "serving/BatchRole"
_JOB, _MONITOR = "training/ExecutionRole", "monitoring/DataQualityRole"
_PIPELINE, _FEATURES = ("training/RetrainRole",), ("training/FeaturesRole",)
_MACHINES = (_ENDPOINT, _BATCH, _JOB, _MONITOR)
_OURS = (_ENDPOINT, _BATCH, _JOB)
_DATA, _OPERATIONS = ("{foundation.Data}",), ("{foundation.Operations}",)
_INTERFACES = "ec2:network-interface/*"
_SUBNETS = "ec2:subnet/{network.VpcprivateSubnetSubnet}"
_PROCESSING = "logs:log-group:/aws/sagemaker/ProcessingJobs"
_PACKAGES = "{lake.Artifacts}/packages/<use_case>/*"
_QUALITY = "{lake.Artifacts}/data-quality/<use_case>/*"
_CAPTURE = "{lake.Clean}/capture/<use_case>/*"
_STORE = "sagemaker_featurestore"


def _has_machines(runtime: Runtime) -> bool:
    """All but a serverless endpoint, which is in no VPC, captures nothing and has no trials."""
    endpoint = runtime.role.stack.environment.endpoint
    return runtime.name != _ENDPOINT or isinstance(endpoint, InstanceEndpoint)


SAGEMAKER = (
    # https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html, for all machines
    Implied(
        who=_MACHINES,
        actions=("cloudwatch:PutMetricData", "ecr:GetAuthorizationToken"),
        places=("*",),
        why="SageMaker measures machines, and signs in to the registry",
    ),
    Implied(
        who=_OURS,
        actions=(
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
        ),
        places=("ecr:repository/cdk-hnb659fds-container-assets-{account}-<region>",),
        why="SageMaker fetches our image",
    ),
    Implied(
        who=(_MONITOR,),
        actions=(
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
        ),
        places=("ecr:@156813124566:repository/sagemaker-model-monitor-analyzer",),
        why="SageMaker fetches its own image",
    ),
    Implied(
        who=(_JOB, _MONITOR),
        actions=("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams"),
        places=(_PROCESSING,),
        why="SageMaker prepares the job's log",
    ),
    Implied(
        who=(_JOB, _MONITOR),
        actions=("logs:PutLogEvents",),
        places=(f"{_PROCESSING}:log-stream:*",),
        why="SageMaker writes the job's log",
    ),
    Implied(
        who=(_ENDPOINT,),
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        places=("{serving.EndpointLog}",),
        why="SageMaker writes the endpoint's log",
    ),
    Implied(
        who=(_BATCH,),
        actions=("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
        places=("logs:log-group:/aws/sagemaker/TransformJobs:*",),
        why="SageMaker writes the log of transform jobs",
    ),
    # https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createmodel-perms
    Implied(
        who=_MACHINES,
        actions=("ec2:CreateNetworkInterface",),
        places=(_INTERFACES, _SUBNETS),
        why="SageMaker puts machines into our subnets",
        where=_has_machines,
    ),
    Implied(
        who=(_ENDPOINT, _BATCH, _MONITOR),
        actions=("ec2:CreateNetworkInterface",),
        places=("ec2:security-group/{network.TiersEndpointHosts.GroupId}",),
        why="SageMaker puts machines into their tier",
        where=_has_machines,
    ),
    Implied(
        who=(_JOB,),
        actions=("ec2:CreateNetworkInterface",),
        places=("ec2:security-group/{network.TiersTraining.GroupId}",),
        why="SageMaker puts machines into their tier",
        where=_has_machines,
    ),
    Implied(
        who=_MACHINES,
        actions=(
            "ec2:CreateNetworkInterfacePermission",
            "ec2:DeleteNetworkInterface",
            "ec2:DeleteNetworkInterfacePermission",
        ),
        places=(_INTERFACES,),
        why="SageMaker lends machines their interfaces, and takes them away",
        where=_has_machines,
    ),
    Implied(
        who=_MACHINES,
        actions=(
            "ec2:DescribeDhcpOptions",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
        ),
        places=("*",),
        why="SageMaker checks the network of its machines",
        where=_has_machines,
    ),
    # https://docs.aws.amazon.com/sagemaker/latest/dg/key-management.html
    Implied(
        who=_MACHINES,
        actions=("kms:Decrypt",),
        places=_DATA,
        why="S3 decrypts what is read",
    ),
    Implied(
        who=_MACHINES,
        actions=("kms:GenerateDataKey",),
        places=_DATA,
        why="S3 encrypts what machines write",
        where=_has_machines,
    ),
    Implied(
        who=(_ENDPOINT, _BATCH, _MONITOR),
        actions=("kms:CreateGrant",),
        places=_OPERATIONS,
        why="EBS encrypts the disks of machines",
    ),
    Implied(
        who=(_JOB,),
        actions=("kms:CreateGrant",),
        places=_DATA,
        why="EBS encrypts the disks of machines",
    ),
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html
    Implied(
        who=(_ENDPOINT, _BATCH),
        actions=("s3:GetObject", "s3:ListBucket"),
        places=(_PACKAGES,),
        why="SageMaker fetches the champion's package",
    ),
    # https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
    Implied(
        who=(_ENDPOINT,),
        actions=("s3:PutObject",),
        places=(_CAPTURE,),
        why="SageMaker writes down what the endpoint is asked",
        where=_has_machines,
    ),
    # https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
    Implied(
        who=(_ENDPOINT,),
        actions=("cloudwatch:DescribeAlarms",),
        places=(
            "{serving.EndpointAlarmsFails}",
            "{serving.EndpointAlarmsIsSlow}",
            "{serving.EndpointAlarmsRefuses}",
        ),
        why="SageMaker ends a deployment whose alarms sound",
        where=_has_machines,
    ),
    # https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
    Implied(
        who=(_BATCH,),
        actions=("s3:GetObject", "s3:ListBucket"),
        places=("{lake.Clean}/clean/*",),
        why="a transform job reads clean leads",
    ),
    Implied(
        who=(_BATCH,),
        actions=("s3:PutObject",),
        places=("{lake.Clean}/scores/*",),
        why="a transform job writes scores",
    ),
    # https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-quality.html
    Implied(
        who=(_MONITOR,),
        actions=("s3:GetObject",),
        places=("<RecordPreprocessorSourceUri>", _QUALITY, _CAPTURE),
        why="Model Monitor reads our script, the baseline and what the endpoint was asked",
    ),
    Implied(
        who=(_MONITOR,),
        actions=("s3:ListBucket",),
        places=(_QUALITY, _CAPTURE),
        why="Model Monitor looks for captured requests and the baseline",
    ),
    Implied(
        who=(_MONITOR,),
        actions=("s3:PutObject",),
        places=(_QUALITY,),
        why="Model Monitor writes reports",
    ),
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingS3Input.html
    Implied(
        who=(_JOB,),
        actions=("s3:GetObject", "s3:ListBucket"),
        places=("{lake.Raw}/raw/<use_case>/*",),
        why="SageMaker brings the raw file to the job",
    ),
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingS3Output.html
    Implied(
        who=(_JOB,),
        actions=("s3:PutObject",),
        places=("{lake.Artifacts}/runs/<use_case>/*",),
        why="SageMaker takes the job's verdict away",
    ),
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ModelPackageContainerDefinition.html
    Implied(
        who=(_JOB,),
        actions=("s3:GetObject",),
        places=("<packages_uri>*",),
        why="SageMaker looks at the package that the job registers",
    ),
    # https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
    Implied(
        who=(_JOB,),
        actions=("kms:Decrypt",),
        places=_OPERATIONS,
        why="Secrets Manager decrypts MLflow's password",
    ),
    # https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-access.html
    Implied(
        who=_PIPELINE,
        actions=(
            "sagemaker:AddTags",
            "sagemaker:CreateProcessingJob",
            "sagemaker:DescribeProcessingJob",
            "sagemaker:StopProcessingJob",
        ),
        places=("sagemaker:processing-job/pipelines-*",),
        why="the pipeline runs its jobs",
    ),
    Implied(
        who=_PIPELINE,
        actions=("iam:PassRole",),
        places=("{training.ExecutionRole}",),
        why="the pipeline gives its jobs their role",
    ),
    Implied(
        who=_PIPELINE,
        actions=("s3:GetObject",),
        places=("{lake.Artifacts}/runs/<use_case>/*",),
        why="the pipeline reads the job's verdict",
    ),
    Implied(
        who=_PIPELINE,
        actions=("kms:Decrypt",),
        places=_DATA,
        why="S3 decrypts the verdict",
    ),
    # https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-adding-policies.html
    Implied(
        who=_FEATURES,
        actions=("s3:GetBucketAcl",),
        places=("{lake.Clean}",),
        why="the feature store checks whose bucket it is",
    ),
    Implied(
        who=_FEATURES,
        actions=("s3:GetObject", "s3:PutObject", "s3:PutObjectAcl"),
        places=("{lake.Clean}/features/<use_case>/*",),
        why="the feature store keeps its files",
    ),
    Implied(
        who=_FEATURES,
        actions=("kms:Decrypt", "kms:GenerateDataKey"),
        places=_DATA,
        why="S3 decrypts and encrypts the feature store's files",
    ),
    Implied(
        who=_FEATURES,
        actions=("glue:CreateDatabase", "glue:CreateTable", "glue:GetTable"),
        places=("glue:catalog", f"glue:database/{_STORE}", f"glue:table/{_STORE}/*"),
        why="the feature store lists itself in the catalog",
    ),
    # https://docs.aws.amazon.com/sagemaker/latest/dg/security-iam-id-based-policy-examples.html
    Implied(
        who=("training/StudioRole",),
        actions=("s3:GetObject", "s3:ListBucket"),
        places=("{lake.Artifacts}/*",),
        why="people in Studio read reports and packages",
    ),
    Implied(
        who=("training/StudioRole",),
        actions=("kms:Decrypt",),
        places=_DATA,
        why="S3 decrypts what people in Studio read",
    ),
    Implied(
        who=("training/StudioRole",),
        actions=("sagemaker:DescribeFeatureGroup",),
        places=("sagemaker:feature-group/leadwise-<env>-*",),
        why="people in Studio look at features",
    ),
    Implied(
        who=("training/StudioRole",),
        actions=("sagemaker:DescribeModelPackageGroup",),
        places=("sagemaker:model-package-group/leadwise-<env>-*",),
        why="people in Studio look at models",
    ),
    Implied(
        who=("training/StudioRole",),
        actions=("sagemaker:DescribePipeline", "sagemaker:ListPipelineExecutions"),
        places=("sagemaker:pipeline/leadwise-<env>-*",),
        why="people in Studio look at runs",
    ),
    Implied(
        who=("training/StudioRole",),
        actions=("sagemaker:DescribeApp",),
        places=("sagemaker:app/*",),
        why="Studio starts",
    ),
    Implied(
        who=("training/StudioRole",),
        actions=("sagemaker:DescribeDomain",),
        places=("sagemaker:domain/*",),
        why="Studio starts",
    ),
    Implied(
        who=("training/StudioRole",),
        actions=("sagemaker:DescribeSpace",),
        places=("sagemaker:space/*",),
        why="Studio starts",
    ),
)
