"""What SageMaker reads and writes for endpoint, transform jobs, monitor and training."""

from tests.support.permissions.implied.entry import Implied
from tests.support.permissions.implied.sagemaker_machines import (
    BATCH,
    ENDPOINT,
    JOB,
    MONITOR,
    has_machines,
)

_PACKAGES = "{lake.Artifacts}/packages/<use_case>/*"
_QUALITY = "{lake.Artifacts}/data-quality/<use_case>/*"
_CAPTURE = "{lake.Clean}/capture/<use_case>/*"

DATA_OF_SAGEMAKER = (
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html
    Implied(
        who=(ENDPOINT, BATCH),
        actions=("s3:GetObject", "s3:ListBucket"),
        places=(_PACKAGES,),
        why="SageMaker fetches the champion's package",
    ),
    # https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
    Implied(
        who=(ENDPOINT,),
        actions=("s3:PutObject",),
        places=(_CAPTURE,),
        why="SageMaker writes down what the endpoint is asked",
        where=has_machines,
    ),
    # https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
    Implied(
        who=(ENDPOINT,),
        actions=("cloudwatch:DescribeAlarms",),
        places=(
            "{serving.EndpointAlarmsFails}",
            "{serving.EndpointAlarmsIsSlow}",
            "{serving.EndpointAlarmsRefuses}",
        ),
        why="SageMaker ends a deployment whose alarms sound",
        where=has_machines,
    ),
    # https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
    Implied(
        who=(BATCH,),
        actions=("s3:GetObject", "s3:ListBucket"),
        places=("{lake.Clean}/clean/*",),
        why="a transform job reads clean leads",
    ),
    Implied(
        who=(BATCH,),
        actions=("s3:PutObject",),
        places=("{lake.Clean}/transforms/<use_case>/*",),
        why="a transform job writes scores",
    ),
    # https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-quality.html
    Implied(
        who=(MONITOR,),
        actions=("s3:GetObject",),
        places=("<RecordPreprocessorSourceUri>", _QUALITY, _CAPTURE),
        why="Model Monitor reads our script, the baseline and what the endpoint was asked",
    ),
    Implied(
        who=(MONITOR,),
        actions=("s3:ListBucket",),
        places=(_QUALITY, _CAPTURE),
        why="Model Monitor looks for captured requests and the baseline",
    ),
    Implied(
        who=(MONITOR,),
        actions=("s3:PutObject",),
        places=(_QUALITY,),
        why="Model Monitor writes reports",
    ),
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingS3Input.html
    Implied(
        who=(JOB,),
        actions=("s3:GetObject", "s3:ListBucket"),
        places=("{lake.Raw}/raw/<use_case>/*",),
        why="SageMaker brings the raw file to the job",
    ),
    Implied(
        who=(JOB,),
        actions=("s3:GetObject", "s3:ListBucket"),
        places=("{lake.Artifacts}/runs/<use_case>/*",),
        why="SageMaker brings the last job what those before it have told",
    ),
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingS3Output.html
    Implied(
        who=(JOB,),
        actions=("s3:PutObject",),
        places=("{lake.Artifacts}/runs/<use_case>/*",),
        why="SageMaker takes away what the job has told",
    ),
    # https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createtrainingjob-perms
    Implied(
        who=(JOB,),
        actions=("s3:GetObject", "s3:ListBucket", "s3:PutObject"),
        places=("{lake.Artifacts}/trainings/<use_case>/*",),
        why="SageMaker brings a training job its file, and takes its model away",
    ),
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ModelPackageContainerDefinition.html
    Implied(
        who=(JOB,),
        actions=("s3:GetObject",),
        places=("<packages_uri>*",),
        why="SageMaker looks at the package that the job registers",
    ),
    # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    Implied(
        who=(JOB,),
        actions=("kms:Decrypt", "kms:GenerateDataKey"),
        places=("{foundation.Operations}",),
        why="SNS encrypts what jobs tell people",
    ),
    # https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
    Implied(
        who=(JOB,),
        actions=("kms:Decrypt",),
        places=("{foundation.Operations}",),
        why="Secrets Manager decrypts MLflow's password",
    ),
    # https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-access.html
    Implied(
        who=(JOB,),
        actions=("redshift-serverless:GetCredentials",),
        places=("{warehouse.Workgroup.Workgroup.WorkgroupArn}",),
        why="the Data API signs in to the database as the job's role",
    ),
    # https://py.iceberg.apache.org/configuration/#glue-catalog
    Implied(
        who=(JOB,),
        actions=("glue:CreateTable", "glue:GetDatabase", "glue:GetTable", "glue:UpdateTable"),
        places=(
            "glue:catalog",
            "glue:database/<snapshots_database>",
            "glue:table/<snapshots_database>/<use_case>_snapshots",
        ),
        why="pyiceberg lists training sets in the catalog",
        library="pyiceberg",
    ),
)
