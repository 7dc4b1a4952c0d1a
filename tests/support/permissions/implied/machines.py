"""What machines, containers and the network do beside our own calls."""

from tests.support.permissions.implied.entry import Implied

_MLFLOW, _START = ("tracking/Role",), ("console/TaskStartRole",)
_OBJECTS = "<artifacts>/*"

MACHINES = (
    # infra/constructs/mlflow_boot.py: `aws s3 cp`, `aws cloudformation signal-resource`
    Implied(
        who=_MLFLOW, actions=("s3:GetObject",), places=("<s3 cp>",), why="user data fetches files"
    ),
    Implied(
        who=_MLFLOW,
        actions=("cloudformation:SignalResource",),
        places=("{tracking.AWS::StackId}",),
        why="user data says whether the machine has started",
    ),
    # https://mlflow.org/docs/latest/self-hosting/architecture/artifact-store/
    Implied(
        who=_MLFLOW,
        actions=(
            "s3:AbortMultipartUpload",
            "s3:DeleteObject",
            "s3:GetObject",
            "s3:ListMultipartUploadParts",
            "s3:PutObject",
        ),
        places=(_OBJECTS,),
        why="MLflow passes artifacts on to S3",
    ),
    Implied(
        who=_MLFLOW,
        actions=("s3:ListBucket",),
        places=("<artifacts>", _OBJECTS),
        why="MLflow lists a run's artifacts",
    ),
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    Implied(
        who=_MLFLOW,
        actions=("kms:Decrypt", "kms:GenerateDataKey"),
        places=("{foundation.Data}",),
        why="S3 decrypts and encrypts artifacts",
    ),
    # https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
    Implied(
        who=_MLFLOW,
        actions=("kms:Decrypt",),
        places=("{foundation.Operations}",),
        why="Secrets Manager decrypts passwords",
    ),
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/create-iam-roles-for-cloudwatch-agent.html
    Implied(
        who=_MLFLOW,
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        places=("{tracking.Log}",),
        why="CloudWatch's agent writes the machine's logs",
    ),
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html
    Implied(
        who=_MLFLOW,
        actions=("ssm:UpdateInstanceInformation",),
        places=("ec2:instance/*",),
        why="Session Manager learns that the machine is there",
    ),
    Implied(
        who=_MLFLOW,
        actions=(
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ),
        places=("*",),
        why="Session Manager connects administrators",
    ),
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    Implied(
        who=("console/TaskRole",),
        actions=("kms:Decrypt",),
        places=("{foundation.Data}",),
        why="S3 decrypts what serves",
    ),
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    Implied(
        who=_START,
        actions=("ecr:GetAuthorizationToken",),
        places=("*",),
        why="ECS signs in to the registry",
    ),
    Implied(
        who=_START,
        actions=(
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
        ),
        places=("ecr:repository/cdk-hnb659fds-container-assets-{account}-<region>",),
        why="ECS fetches the image",
    ),
    Implied(
        who=_START,
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        places=("{console.TaskLog}",),
        why="ECS writes the container's log",
    ),
    # https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    Implied(
        who=("network/FlowLogRole",),
        actions=("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
        places=("{network.FlowLog}",),
        why="the VPC writes its flow log",
    ),
)
