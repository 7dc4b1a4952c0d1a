"""What SageMaker does as pipeline and feature store, and people in Studio."""

from tests.support.permissions.implied.entry import Implied

_PIPELINE, _FEATURES = ("training/RetrainRole",), ("training/FeaturesRole",)
_STUDIO = ("training/StudioRole",)
_DATA = ("{foundation.Data}",)
_STORE = "sagemaker_featurestore"

SERVICES_OF_SAGEMAKER = (
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
        who=_STUDIO,
        actions=("s3:GetObject", "s3:ListBucket"),
        places=("{lake.Artifacts}/*",),
        why="people in Studio read reports and packages",
    ),
    Implied(
        who=_STUDIO,
        actions=("kms:Decrypt",),
        places=_DATA,
        why="S3 decrypts what people in Studio read",
    ),
    Implied(
        who=_STUDIO,
        actions=("sagemaker:DescribeFeatureGroup",),
        places=("sagemaker:feature-group/leadwise-<env>-*",),
        why="people in Studio look at features",
    ),
    Implied(
        who=_STUDIO,
        actions=("sagemaker:DescribeModelPackageGroup",),
        places=("sagemaker:model-package-group/leadwise-<env>-*",),
        why="people in Studio look at models",
    ),
    Implied(
        who=_STUDIO,
        actions=("sagemaker:DescribePipeline", "sagemaker:ListPipelineExecutions"),
        places=("sagemaker:pipeline/leadwise-<env>-*",),
        why="people in Studio look at runs",
    ),
    Implied(
        who=_STUDIO,
        actions=("sagemaker:DescribeApp",),
        places=("sagemaker:app/*",),
        why="Studio starts",
    ),
    Implied(
        who=_STUDIO,
        actions=("sagemaker:DescribeDomain",),
        places=("sagemaker:domain/*",),
        why="Studio starts",
    ),
    Implied(
        who=_STUDIO,
        actions=("sagemaker:DescribeSpace",),
        places=("sagemaker:space/*",),
        why="Studio starts",
    ),
)
