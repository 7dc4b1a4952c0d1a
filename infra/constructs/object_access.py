"""Reading a part of a bucket, action by action."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3


def let_read(role: iam.Role, bucket: s3.IBucket, prefix: str) -> None:
    """Let a role read the objects under a prefix, and list them.

    Parameters
    ----------
    role : Role
        Needs the bucket's encryption key as well.
    bucket : IBucket
    prefix : str
        With its slash: ``"packages/lead_conversion/"``.
    """
    role.add_to_policy(
        iam.PolicyStatement(
            actions=["s3:GetObject"], resources=[bucket.arn_for_objects(f"{prefix}*")]
        )
    )
    role.add_to_policy(
        iam.PolicyStatement(
            actions=["s3:ListBucket"],
            resources=[bucket.bucket_arn],
            conditions={"StringLike": {"s3:prefix": f"{prefix}*"}},
        )
    )
