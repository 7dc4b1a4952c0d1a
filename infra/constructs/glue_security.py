"""How Glue encrypts what it writes, and what each of its roles needs for that."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.constructs.logs import log_group
from infra.environments import Environment
from ml.contract.names import PRODUCT

_Configuration = glue.CfnSecurityConfiguration


class GlueSecurity(Construct):
    """Files, logs and bookmarks under our keys.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Part of its name; says how long logs are kept.
    data_key : IKey
        Encrypts files and bookmarks.
    operations_key : IKey
        Encrypts logs; its policy lets CloudWatch Logs use it.

    Attributes
    ----------
    name : str
        Of the configuration; Glue's log groups carry it too.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        data_key: kms.IKey,
        operations_key: kms.IKey,
    ) -> None:
        super().__init__(scope, id)
        self.name = f"{PRODUCT}-{environment.name}-ingestion"
        self._environment = environment
        self._data_key, self._operations_key = data_key, operations_key
        data, operations = data_key.key_arn, operations_key.key_arn
        self._configuration = _Configuration(
            self,
            "Resource",
            name=self.name,
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

    def let_work(
        self, role: iam.Role, *, logs: Mapping[str, str], writes_data: bool = False
    ) -> None:
        """Let a role of Glue use the data key and write its logs.

        Parameters
        ----------
        role : Role
            Of a job or crawler with this configuration.
        logs : mapping of str to str
            Log groups as Glue names them, by construct id. Glue would make what it does not find,
            kept for ever.
        writes_data : bool, default=False
            Whether it writes files, and not only reads them.
        """
        self._data_key.grant(role, "kms:Decrypt", *["kms:GenerateDataKey"] * writes_data)
        for id, name in logs.items():
            log_group(
                role,
                id,
                name=name,
                environment=self._environment,
                key=self._operations_key,
            )
        groups = [self._arn(name) for name in logs.values()]
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:CreateLogStream"],
                resources=groups,
            )
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["logs:PutLogEvents"],
                resources=[f"{group}:log-stream:*" for group in groups],
            )
        )

    def _arn(self, group: str) -> str:
        return cdk.Stack.of(self).format_arn(
            service="logs",
            resource="log-group",
            resource_name=group,
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
