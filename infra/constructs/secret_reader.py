"""Reading a secret: on the reader's policy alone, so that the key's stack knows no reader."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager


def grant_secret(reader: iam.IGrantable, secret: secretsmanager.ISecret, *, key: kms.IKey) -> None:
    """Let a role read one secret.

    The CDK's own `Secret.grant_read` writes the role into the key's policy: a cycle as soon as the
    key belongs to an earlier stack.

    Parameters
    ----------
    reader : IGrantable
        The role.
    secret : ISecret
        What it reads.
    key : IKey
        What encrypts the secret.
    """
    iam.Grant.add_to_principal(
        grantee=reader,
        actions=["secretsmanager:GetSecretValue"],
        resource_arns=[secret.secret_arn],
    ).assert_success()
    key.grant_decrypt(reader)
