"""What SageMaker does for any of its machines: image, log, network, disks."""

from infra.shapes import InstanceEndpoint
from tests.support.permissions.implied.entry import Implied
from tests.support.permissions.runtimes import Runtime

ENDPOINT, BATCH = "serving/EndpointRole", "serving/BatchRole"
JOB, MONITOR = "training/ExecutionRole", "monitoring/DataQualityRole"
_MACHINES = (ENDPOINT, BATCH, JOB, MONITOR)
_OURS = (ENDPOINT, BATCH, JOB)
_DATA, _OPERATIONS = ("{foundation.Data}",), ("{foundation.Operations}",)
_INTERFACES = "ec2:network-interface/*"
_SUBNETS = "ec2:subnet/{network.VpcprivateSubnetSubnet}"
_PROCESSING = "logs:log-group:/aws/sagemaker/ProcessingJobs"
_TRAINING = "logs:log-group:/aws/sagemaker/TrainingJobs"


def has_machines(runtime: Runtime) -> bool:
    """All but a serverless endpoint, which is in no VPC, captures nothing and has no trials."""
    endpoint = runtime.role.stack.environment.endpoint
    return runtime.name != ENDPOINT or isinstance(endpoint, InstanceEndpoint)


MACHINES_OF_SAGEMAKER = (
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
        who=(MONITOR,),
        actions=(
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
        ),
        places=("ecr:@156813124566:repository/sagemaker-model-monitor-analyzer",),
        why="SageMaker fetches its own image",
    ),
    Implied(
        who=(JOB, MONITOR),
        actions=("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams"),
        places=(_PROCESSING,),
        why="SageMaker prepares the job's log",
    ),
    Implied(
        who=(JOB, MONITOR),
        actions=("logs:PutLogEvents",),
        places=(f"{_PROCESSING}:log-stream:*",),
        why="SageMaker writes the job's log",
    ),
    Implied(
        who=(JOB,),
        actions=("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams"),
        places=(_TRAINING,),
        why="SageMaker prepares the log of a training job",
    ),
    Implied(
        who=(JOB,),
        actions=("logs:PutLogEvents",),
        places=(f"{_TRAINING}:log-stream:*",),
        why="SageMaker writes the log of a training job",
    ),
    Implied(
        who=(ENDPOINT,),
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        places=("{serving.EndpointLog}",),
        why="SageMaker writes the endpoint's log",
    ),
    Implied(
        who=(BATCH,),
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
        where=has_machines,
    ),
    Implied(
        who=(ENDPOINT, BATCH, MONITOR),
        actions=("ec2:CreateNetworkInterface",),
        places=("ec2:security-group/{network.TiersEndpointHosts.GroupId}",),
        why="SageMaker puts machines into their tier",
        where=has_machines,
    ),
    Implied(
        who=(JOB,),
        actions=("ec2:CreateNetworkInterface",),
        places=("ec2:security-group/{network.TiersTraining.GroupId}",),
        why="SageMaker puts machines into their tier",
        where=has_machines,
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
        where=has_machines,
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
        where=has_machines,
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
        where=has_machines,
    ),
    Implied(
        who=(ENDPOINT, BATCH, MONITOR),
        actions=("kms:CreateGrant",),
        places=_OPERATIONS,
        why="disks of machines are encrypted, or a serverless endpoint's copy of the image",
    ),
    Implied(
        who=(JOB,),
        actions=("kms:CreateGrant",),
        places=_DATA,
        why="disks of machines are encrypted",
    ),
)
