"""What Glue and Redshift do as their roles, and people who bring files."""

from tests.support.permissions.implied.entry import Implied

_JOB, _CRAWLER, _LOAD = (
    ("ingestion/CleaningRole",),
    ("ingestion/CrawlerRole",),
    ("warehouse/LoadRole",),
)
_JOB_LOGS = (
    "logs:log-group:/leadwise/<env>/glue/leadwise-<env>-ingestion-role/{ingestion.CleaningRole}"
)
_CRAWLER_LOG = (
    "logs:log-group:/aws-glue/crawlers-role/{ingestion.CrawlerRole}-leadwise-<env>-ingestion"
)
_INTERFACES = "ec2:network-interface/*"
_WRITTEN = tuple(
    f"{{lake.Clean}}/{zone}/*"
    for zone in ("checks", "clean", "loads", "quarantine", "tables", "text")
)
_CRAWLED = (
    "{lake.Raw}/raw",
    "{lake.Clean}/clean",
    "{lake.Clean}/quarantine",
    "{lake.Clean}/scores",
    "{lake.Clean}/drift",
)
_DATA, _OPERATIONS = ("{foundation.Data}",), ("{foundation.Operations}",)

LAKE = (
    # https://docs.aws.amazon.com/glue/latest/dg/create-an-iam-role.html
    Implied(
        who=_JOB,
        actions=("s3:GetObject",),
        places=("<ScriptLocation>", "<extra-py-files>"),
        why="Glue fetches the job's script and package",
    ),
    # https://hadoop.apache.org/docs/stable/hadoop-aws/tools/hadoop-aws/assumed_roles.html
    Implied(
        who=_JOB,
        actions=("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"),
        places=_WRITTEN,
        why="Spark writes and reads Parquet",
    ),
    Implied(
        who=_JOB,
        actions=("s3:ListBucket",),
        places=_WRITTEN,
        why="Spark looks for what a folder holds",
    ),
    # https://docs.aws.amazon.com/glue/latest/dg/encryption-security-configuration.html
    Implied(
        who=_JOB,
        actions=("kms:Decrypt", "kms:GenerateDataKey"),
        places=_DATA,
        why="S3 decrypts and encrypts the job's files",
    ),
    # https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging-enable.html
    Implied(
        who=_JOB,
        actions=("logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:CreateLogStream"),
        places=(f"{_JOB_LOGS}/error", f"{_JOB_LOGS}/output"),
        why="Glue prepares the job's logs",
    ),
    Implied(
        who=_JOB,
        actions=("logs:PutLogEvents",),
        places=(f"{_JOB_LOGS}/error:log-stream:*", f"{_JOB_LOGS}/output:log-stream:*"),
        why="Glue writes the job's logs",
    ),
    # https://docs.aws.amazon.com/glue/latest/dg/monitoring-awsglue-with-cloudwatch-metrics.html
    Implied(
        who=_JOB,
        actions=("cloudwatch:PutMetricData",),
        places=("*",),
        why="Glue profiles the job",
    ),
    # https://iceberg.apache.org/docs/latest/aws/#glue-catalog
    Implied(
        who=_JOB,
        actions=("glue:CreateTable", "glue:GetDatabase", "glue:GetTable", "glue:UpdateTable"),
        places=(
            "glue:catalog",
            "glue:database/{ingestion.Database}",
            "glue:table/{ingestion.Database}/<use_case>_leads",
        ),
        why="Iceberg keeps the table of clean leads in the catalog",
    ),
    # https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-access.html
    Implied(
        who=_JOB,
        actions=("redshift-serverless:GetCredentials",),
        places=("{warehouse.Workgroup.Workgroup.WorkgroupArn}",),
        why="the Data API signs in to the database as the job's role",
    ),
    # https://boto3.amazonaws.com/v1/documentation/api/latest/guide/s3-uploading-files.html
    Implied(
        who=_JOB,
        actions=("s3:AbortMultipartUpload",),
        places=("<warehouse_staging>*",),
        why="boto3 gives up a large file that it could not bring whole",
    ),
    # https://docs.aws.amazon.com/glue/latest/dg/connection-properties-secrets-manager.html
    Implied(
        who=_JOB,
        actions=("glue:GetConnection",),
        places=("glue:catalog", "glue:connection/leadwise-<env>-warehouse"),
        why="Glue reads the job's connection",
    ),
    Implied(
        who=_JOB,
        actions=("secretsmanager:GetSecretValue",),
        places=("secretsmanager:secret:redshift!leadwise-<env>-leadwise_admin-??????",),
        why="Glue reads the connection's password",
    ),
    Implied(
        who=_JOB,
        actions=("kms:Decrypt",),
        places=_OPERATIONS,
        why="Secrets Manager decrypts the connection's password",
    ),
    # https://docs.aws.amazon.com/glue/latest/dg/setup-vpc-for-glue-access.html
    Implied(
        who=_JOB,
        actions=("ec2:CreateNetworkInterface",),
        places=(
            _INTERFACES,
            "ec2:security-group/{network.TiersGlue.GroupId}",
            "ec2:subnet/{network.VpcprivateSubnetSubnet}",
        ),
        why="Glue stands in the connection's subnet",
    ),
    Implied(
        who=_JOB,
        actions=("ec2:CreateTags", "ec2:DeleteNetworkInterface", "ec2:DeleteTags"),
        places=(_INTERFACES,),
        why="Glue marks its network interfaces and takes them away",
    ),
    Implied(
        who=_JOB,
        actions=(
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeRouteTables",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcAttribute",
            "ec2:DescribeVpcEndpoints",
        ),
        places=("*",),
        why="Glue checks the connection's network",
    ),
    # https://docs.aws.amazon.com/glue/latest/dg/crawler-prereqs.html
    Implied(
        who=_CRAWLER,
        actions=("s3:GetObject",),
        places=tuple(f"{folder}/*" for folder in _CRAWLED),
        why="the crawler reads files",
    ),
    Implied(
        who=_CRAWLER,
        actions=("s3:ListBucket",),
        places=tuple(f"{folder}{below}" for folder in _CRAWLED for below in ("", "/*")),
        why="the crawler looks for folders",
    ),
    Implied(
        who=_CRAWLER,
        actions=(
            "glue:BatchCreatePartition",
            "glue:BatchGetPartition",
            "glue:CreateTable",
            "glue:GetDatabase",
            "glue:GetPartitions",
            "glue:GetTable",
            "glue:GetTables",
            "glue:UpdateTable",
        ),
        places=(
            "glue:catalog",
            "glue:database/{ingestion.Database}",
            "glue:table/{ingestion.Database}/*",
        ),
        why="the crawler keeps its tables",
    ),
    # https://docs.aws.amazon.com/glue/latest/dg/encryption-security-configuration.html
    Implied(
        who=_CRAWLER,
        actions=("kms:Decrypt",),
        places=_DATA,
        why="S3 decrypts what the crawler reads",
    ),
    Implied(
        who=_CRAWLER,
        actions=("logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:CreateLogStream"),
        places=(_CRAWLER_LOG,),
        why="Glue prepares the crawler's log",
    ),
    Implied(
        who=_CRAWLER,
        actions=("logs:PutLogEvents",),
        places=(f"{_CRAWLER_LOG}:log-stream:*",),
        why="Glue writes the crawler's log",
    ),
    # https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-access-permissions.html
    Implied(
        who=_LOAD,
        actions=("s3:GetBucketLocation",),
        places=("{lake.Clean}",),
        why="UNLOAD asks for the bucket's region",
    ),
    Implied(
        who=_LOAD,
        actions=("s3:GetObject", "s3:ListBucket"),
        places=("{lake.Clean}/clean/*", "{lake.Clean}/unload/*"),
        why="COPY reads clean leads, and UNLOAD looks at what it has written",
    ),
    Implied(
        who=_LOAD,
        actions=("s3:AbortMultipartUpload", "s3:PutObject"),
        places=("{lake.Clean}/unload/*",),
        why="UNLOAD writes",
    ),
    Implied(
        who=_LOAD,
        actions=("kms:Decrypt", "kms:GenerateDataKey"),
        places=_DATA,
        why="S3 decrypts and encrypts what COPY reads and UNLOAD writes",
    ),
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
    Implied(
        who=("lake/Courier",),
        actions=("s3:AbortMultipartUpload", "s3:PutObject"),
        places=("{lake.Raw}/*",),
        why="people and systems bring files of leads",
    ),
    Implied(
        who=("lake/Courier",),
        actions=("kms:Decrypt", "kms:GenerateDataKey"),
        places=_DATA,
        why="S3 encrypts files, and joins those that come in parts",
    ),
)
