"""Using the warehouse: statements as its own database user, and files on their way."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from infra.constructs.object_access import let_read

_OWN_STATEMENTS = {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}


def let_use_warehouse(
    role: iam.Role, *, workgroup_arn: str, bucket: s3.IBucket, staging: str
) -> None:
    """Let a role run statements in the warehouse, and stage what is loaded or read.

    It signs in as itself: no secret, and the rights that all users of the database have.

    Parameters
    ----------
    role : Role
        Needs the bucket's encryption key as well.
    workgroup_arn : str
    bucket : IBucket
        Where files are staged.
    staging : str
        Prefix of these files, with its slash.
    """
    files = [bucket.arn_for_objects(f"{staging}*")]
    let_read(role, bucket, staging)
    for actions, resources in (
        (["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"], files),
        (
            [
                "redshift-data:BatchExecuteStatement",
                "redshift-data:ExecuteStatement",
                "redshift-serverless:GetCredentials",
            ],
            [workgroup_arn],
        ),
    ):
        role.add_to_policy(iam.PolicyStatement(actions=actions, resources=resources))
    # A statement has no ARN; the condition leaves those that the role itself has run.
    role.add_to_policy(
        iam.PolicyStatement(
            actions=[
                "redshift-data:CancelStatement",
                "redshift-data:DescribeStatement",
                "redshift-data:GetStatementResult",
            ],
            resources=["*"],
            conditions={"StringEquals": _OWN_STATEMENTS},
        )
    )
