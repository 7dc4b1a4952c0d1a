"""What Lambda does as a function's role, and libraries within a function."""

from tests.support.permissions.implied.entry import Implied

_ALL = ("lambda.amazonaws.com",)
_DATA, _OPERATIONS = ("{foundation.Data}",), ("{foundation.Operations}",)

FUNCTIONS = (
    # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
    Implied(
        who=_ALL,
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        places=("{<stack>.<id>Log}",),
        why="Lambda writes the function's log",
    ),
    # https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
    Implied(
        who=_ALL,
        actions=("xray:PutTelemetryRecords", "xray:PutTraceSegments"),
        places=("*",),
        why="Lambda sends traces",
    ),
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
    Implied(
        who=_ALL,
        actions=("kms:Decrypt",),
        places=_OPERATIONS,
        why="Lambda decrypts environment variables",
    ),
    # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    Implied(
        who=("ingestion/IntakeRole",),
        actions=("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"),
        places=("{ingestion.NewFiles}",),
        why="Lambda reads the queue for the function",
    ),
    # https://docs.powertools.aws.dev/lambda/python/latest/utilities/idempotency/
    Implied(
        who=("ingestion/IntakeRole",),
        actions=(
            "dynamodb:DeleteItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
        ),
        places=("<idempotency_table>",),
        why="powertools remembers events that were handled",
        library="aws_lambda_powertools",
    ),
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    Implied(
        who=("ingestion/IntakeRole",),
        actions=("kms:Decrypt",),
        places=_DATA,
        why="S3 decrypts the file that the function reads",
    ),
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    Implied(
        who=("ingestion/IntakeRole",),
        actions=("s3:ListBucket",),
        places=("{lake.Raw}/*",),
        why="S3 says that a file is gone, and not forbidden, only to who may list",
    ),
    # https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    Implied(
        who=("monitoring/NotifierFunctionRole",),
        actions=("sqs:SendMessage",),
        places=("{monitoring.NotifierDeadLetters}",),
        why="Lambda keeps events that failed",
    ),
    Implied(
        who=("orchestration/RetrainTriggerRole",),
        actions=("sqs:SendMessage",),
        places=("{orchestration.DeadLetters}",),
        why="Lambda keeps events that failed",
    ),
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    Implied(
        who=("monitoring/NotifierFunctionRole", "orchestration/RetrainTriggerRole"),
        actions=("kms:GenerateDataKey",),
        places=_OPERATIONS,
        why="SQS and SNS encrypt what the role sends",
    ),
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    Implied(
        who=("orchestration/AirflowDagsDeliverRole",),
        actions=("kms:GenerateDataKey",),
        places=_OPERATIONS,
        why="S3 encrypts the DAGs that the function writes",
    ),
    # https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-access.html
    Implied(
        who=("warehouse/SetupFunctionRole",),
        actions=("secretsmanager:GetSecretValue",),
        places=("secretsmanager:secret:<admin_secret>-??????",),
        why="Redshift's Data API signs in with the secret that the call names",
    ),
)
