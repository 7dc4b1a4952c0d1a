"""What each runtime's calls are about, in terms of what the runtime is told.

``<glue_job>`` is a setting, an argument or a property that the template gives to the runtime; a
permission that names anything else is about the wrong resource. What an event says is written out.
"""

_ANY_STATEMENT = ("*",)  # AWS knows no resource; infra.policy.every_resource says under which limit

_WAREHOUSE = ("{warehouse.Workgroup.Workgroup.WorkgroupArn}",)

#: What the console shows of a home's lake.
_SHOWN = tuple(
    f"<home_uri>lake/{zone}/<use_case>/*"
    for zone in ("decisions", "drift", "investigations", "models")
)

#: Role, action, resources: role names are ``stack/LogicalId`` without the CDK's hash.
SUBJECTS: dict[str, dict[str, tuple[str, ...]]] = {
    "console/TaskRole": {
        "dynamodb:BatchGetItem": ("<receipts_table>",),
        "dynamodb:BatchWriteItem": ("<receipts_table>",),
        "dynamodb:PutItem": ("<receipts_table>",),
        "dynamodb:Query": (
            "<ledger_table>",
            "<receipts_table>",
            "<receipts_table>/index/by_time",
        ),
        "s3:GetObject": (*_SHOWN, "<home_uri>serving/*"),
        "s3:ListBucket": (*_SHOWN, "<home_uri>serving/*"),
    },
    "ingestion/CleaningRole": {
        "cloudwatch:PutMetricData": ("*",),
        "redshift-data:BatchExecuteStatement": _WAREHOUSE,
        "redshift-data:CancelStatement": _ANY_STATEMENT,
        "redshift-data:DescribeStatement": _ANY_STATEMENT,
        "redshift-data:ExecuteStatement": _WAREHOUSE,
        "redshift-data:GetStatementResult": _ANY_STATEMENT,
        "s3:DeleteObject": ("<warehouse_staging>*",),
        "s3:GetObject": ("{lake.Raw}/raw/<use_case>/*", "<warehouse_staging>*"),
        "s3:GetObjectVersion": ("{lake.Raw}/raw/<use_case>/*",),
        "s3:ListBucket": ("<warehouse_staging>*",),
        "s3:PutObject": ("<warehouse_staging>*",),
    },
    "ingestion/IntakeRole": {
        "dynamodb:UpdateItem": ("<idempotency_table>",),
        "glue:StartJobRun": ("glue:job/<glue_job>",),
        "s3:GetObject": ("{lake.Raw}/raw/<use_case>/*",),
        "s3:GetObjectVersion": ("{lake.Raw}/raw/<use_case>/*",),
    },
    "monitoring/NotifierFunctionRole": {
        "dynamodb:UpdateItem": ("<dedup_table>",),
        "secretsmanager:GetSecretValue": ("<channels_secret>",),
        "sns:Publish": ("<email_topic>",),
    },
    "network/DefaultGroupFunctionRole": {
        "ec2:RevokeSecurityGroupEgress": ("ec2:security-group/<GroupId>",),
        "ec2:RevokeSecurityGroupIngress": ("ec2:security-group/<GroupId>",),
    },
    "orchestration/AirflowDagsDeliverRole": {
        "s3:DeleteObject": ("<bucket>/dags/*",),
        "s3:GetObject": ("<PackageBucket>/<PackageKey>", "<bucket>/requirements.txt"),
        # The whole: S3 says that an object is absent only to who may list without a prefix.
        "s3:ListBucket": ("<bucket>/*",),
        "s3:PutObject": ("<bucket>/dags/*", "<bucket>/requirements.txt"),
    },
    "orchestration/AirflowRole": {
        "events:PutEvents": ("events:event-bus/default",),
        "glue:GetJobRuns": ("glue:job/<glue_job>",),
        "glue:ListCrawls": ("glue:crawler/<crawler>",),
        "glue:StartCrawler": ("glue:crawler/<crawler>",),
        "glue:StartJobRun": ("glue:job/<glue_job>",),
        "s3:GetObject": ("<runs_uri>*",),
        "s3:ListBucketVersions": ("<raw_bucket>",),
        "sagemaker:CreateProcessingJob": ("sagemaker:processing-job/leadwise-<env>-retrain-*",),
        "sagemaker:DescribePipeline": ("<pipeline>",),
        "sagemaker:DescribeProcessingJob": ("sagemaker:processing-job/leadwise-<env>-retrain-*",),
        "sns:Publish": ("<alerts>",),
    },
    "orchestration/RetrainTriggerRole": {
        "airflow:InvokeRestApi": ("airflow:role/<target>/User",),
        "dynamodb:UpdateItem": ("<lease_table>",),
        "sagemaker:ListPipelineExecutionSteps": ("sagemaker:pipeline/<target>/execution/*",),
        "sagemaker:StartPipelineExecution": ("sagemaker:pipeline/<target>",),
    },
    "serving/ScoreLeadRole": {
        "sagemaker:InvokeEndpoint": ("sagemaker:endpoint/<endpoint>",),
    },
    "tracking/Role": {
        "autoscaling:SetInstanceHealth": (
            "autoscaling:autoScalingGroup:*:autoScalingGroupName/<group_name>",
        ),
        "route53:ChangeResourceRecordSets": ("route53:hostedzone/<zone_id>",),
        "secretsmanager:GetSecretValue": ("<admin_secret>", "<database_secret>"),
    },
    "training/ExecutionRole": {
        "dynamodb:PutItem": ("<ledger_table>",),
        "dynamodb:Query": ("<ledger_table>",),
        "redshift-data:BatchExecuteStatement": _WAREHOUSE,
        "redshift-data:CancelStatement": _ANY_STATEMENT,
        "redshift-data:DescribeStatement": _ANY_STATEMENT,
        "redshift-data:ExecuteStatement": _WAREHOUSE,
        "redshift-data:GetStatementResult": _ANY_STATEMENT,
        "s3:AbortMultipartUpload": ("<home_uri>*", "<warehouse_staging>*"),
        "s3:DeleteObject": ("<warehouse_staging>*",),
        "s3:GetObject": ("<home_uri>*", "<warehouse_staging>*"),
        "s3:GetObjectVersion": ("<home_uri>*",),
        "s3:ListBucket": ("<home_uri>*", "<warehouse_staging>*"),
        "s3:PutObject": (
            "<home_uri>*",
            "<lake_uri>drift/use_case=<use_case>/*",
            "<lake_uri>scores/use_case=<use_case>/*",
            "<packages_uri>*",
            "<warehouse_staging>*",
        ),
        "sagemaker:PutRecord": ("sagemaker:feature-group/<feature_group>",),
        "sagemaker:CreateModelPackage": (
            "sagemaker:model-package-group/<package_group>",
            "sagemaker:model-package/<package_group>/*",
        ),
        "secretsmanager:GetSecretValue": ("<mlflow_secret>",),
        "sns:Publish": ("<critical_topic>", "<info_topic>", "<warning_topic>"),
    },
    "warehouse/SetupFunctionRole": {
        "redshift-data:BatchExecuteStatement": ("<WorkgroupArn>",),
        "redshift-data:CancelStatement": _ANY_STATEMENT,
        "redshift-data:DescribeStatement": _ANY_STATEMENT,
        "redshift-data:GetStatementResult": _ANY_STATEMENT,
        "redshift-serverless:CreateUsageLimit": _ANY_STATEMENT,
        "redshift-serverless:ListUsageLimits": _ANY_STATEMENT,
        "redshift-serverless:UpdateUsageLimit": _ANY_STATEMENT,
    },
}

#: Actions that a runtime takes only where a setting has a value: it starts one or the other.
ONLY_WHERE = {
    ("orchestration/RetrainTriggerRole", "airflow:InvokeRestApi"): ("orchestrator", "mwaa"),
    ("orchestration/RetrainTriggerRole", "sagemaker:ListPipelineExecutionSteps"): (
        "orchestrator",
        "pipeline",
    ),
    ("orchestration/RetrainTriggerRole", "sagemaker:StartPipelineExecution"): (
        "orchestrator",
        "pipeline",
    ),
}
