"""What managed Airflow and EventBridge Scheduler do as their roles."""

from tests.support.permissions.implied.entry import Implied

_AIRFLOW, _SCHEDULE = ("orchestration/AirflowRole",), ("orchestration/ScheduleRole",)
_BUCKET = "{orchestration.AirflowDagsBucket}"

ORCHESTRATION = (
    # https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-create-role.html, for all of Airflow's
    Implied(
        who=_AIRFLOW,
        actions=("airflow:PublishMetrics",),
        places=("airflow:environment/leadwise-<env>",),
        why="MWAA says how it is",
    ),
    Implied(
        who=_AIRFLOW,
        actions=("cloudwatch:PutMetricData", "s3:GetAccountPublicAccessBlock"),
        places=("*",),
        why="MWAA measures itself, and looks whether buckets may be public",
    ),
    Implied(
        who=_AIRFLOW,
        actions=(
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:GetLogEvents",
            "logs:GetLogGroupFields",
            "logs:GetLogRecord",
            "logs:GetQueryResults",
            "logs:PutLogEvents",
        ),
        places=("logs:log-group:airflow-leadwise-<env>-*",),
        why="MWAA writes and shows logs",
    ),
    Implied(
        who=_AIRFLOW,
        actions=("logs:DescribeLogGroups",),
        places=("logs:log-group:*",),
        why="MWAA looks for its log groups",
    ),
    Implied(
        who=_AIRFLOW,
        actions=("s3:GetObject", "s3:GetObjectVersion"),
        places=(f"{_BUCKET}/*",),
        why="MWAA reads DAGs, and one version of the requirements",
    ),
    Implied(
        who=_AIRFLOW,
        actions=("s3:ListBucket",),
        places=(f"{_BUCKET}/*",),
        why="MWAA looks for DAGs",
    ),
    Implied(
        who=_AIRFLOW,
        actions=(
            "s3:GetBucketLocation",
            "s3:GetBucketPublicAccessBlock",
            "s3:GetBucketVersioning",
            "s3:GetEncryptionConfiguration",
            "s3:ListBucketVersions",
        ),
        places=(_BUCKET,),
        why="MWAA checks that its bucket is private and versioned",
    ),
    Implied(
        who=_AIRFLOW,
        actions=(
            "sqs:ChangeMessageVisibility",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:GetQueueUrl",
            "sqs:ReceiveMessage",
            "sqs:SendMessage",
        ),
        places=("sqs:@*:airflow-celery-*",),
        why="Airflow hands tasks to workers",
    ),
    Implied(
        who=_AIRFLOW,
        actions=("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"),
        places=("{foundation.Operations}",),
        why="SQS, S3 and SNS encrypt Airflow's tasks, DAGs and alerts",
    ),
    Implied(
        who=_AIRFLOW,
        actions=("iam:PassRole",),
        places=("{training.ExecutionRole}",),
        why="the DAG gives the jobs that it starts their role",
    ),
    Implied(
        who=_AIRFLOW,
        actions=("kms:Decrypt",),
        places=("{foundation.Data}",),
        why="S3 decrypts what jobs say",
    ),
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html
    Implied(
        who=_SCHEDULE,
        actions=("lambda:InvokeFunction",),
        places=("{orchestration.RetrainTrigger}",),
        why="Scheduler calls the function",
    ),
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
    Implied(
        who=_SCHEDULE,
        actions=("sqs:SendMessage",),
        places=("{orchestration.DeadLetters}",),
        why="Scheduler keeps calls that could not be made",
    ),
    Implied(
        who=_SCHEDULE,
        actions=("kms:Decrypt", "kms:GenerateDataKey"),
        places=("{foundation.Operations}",),
        why="SQS encrypts what Scheduler keeps",
    ),
)
