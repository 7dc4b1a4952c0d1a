"""How Glue encrypts what it writes, and what each of its roles needs for that."""

import aws_cdk as cdk
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

_Configuration = glue.CfnSecurityConfiguration


class GlueSecurity(Construct):
    """Files, logs and bookmarks under our keys.

    Parameters
    ----------
    scope, id
        As of every construct.
    name : str
        Of the configuration; log groups carry it too.
    data_key : IKey
        Encrypts files and bookmarks.
    operations_key : IKey
        Encrypts logs; its policy lets CloudWatch Logs use it.

    Attributes
    ----------
    name : str
        As given.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        data_key: kms.IKey,
        operations_key: kms.IKey,
    ) -> None:
        super().__init__(scope, id)
        self.name = name
        self._data_key = data_key
        data, operations = data_key.key_arn, operations_key.key_arn
        self._configuration = _Configuration(
            self,
            "Resource",
            name=name,
            encryption_configuration=_Configuration.EncryptionConfigurationProperty(
                s3_encryptions=[
                    _Configuration.S3EncryptionProperty(
                        s3_encryption_mode="SSE-KMS", kms_key_arn=data
                    )
                ],
                cloud_watch_encryption=_Configuration.CloudWatchEncryptionProperty(
                    cloud_watch_encryption_mode="SSE-KMS", kms_key_arn=operations
                ),
                job_bookmarks_encryption=_Configuration.JobBookmarksEncryptionProperty(
                    job_bookmarks_encryption_mode="CSE-KMS", kms_key_arn=data
                ),
            ),
        )

    def let_work(self, role: iam.Role) -> None:
        """Let a role of Glue use the data key, and write the logs that Glue names itself."""
        self._data_key.grant_encrypt_decrypt(role)
        stack = cdk.Stack.of(self)
        role.add_to_policy(
            iam.PolicyStatement(
                actions=[
                    "logs:AssociateKmsKey",
                    "logs:CreateLogGroup",
                    "logs:CreateLogStream",
                    "logs:PutLogEvents",
                ],
                # Glue makes a group's name of the configuration's and the role's.
                resources=[
                    stack.format_arn(
                        service="logs",
                        resource="log-group",
                        resource_name="/aws-glue/*",
                        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
                    )
                ],
            )
        )
