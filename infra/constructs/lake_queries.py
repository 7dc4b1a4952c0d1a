"""Athena over the lake: a workgroup with a ceiling, and the queries that people ask first."""

from aws_cdk import aws_athena as athena
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from ml.contract.lake_queries import lake_queries
from ml.contract.use_case import UseCase

# Half a cent a gigabyte: a query can cost five cents, and a wrong one stops there.
_MOST_BYTES = 10 * 1024**3


class LakeQueries(Construct):
    """A workgroup whose results are encrypted and whose settings nobody can override.

    Parameters
    ----------
    scope, id
        As of every construct.
    name : str
        Of the workgroup.
    database : str
        Glue database that the saved queries read.
    use_case : UseCase
        Whose queries are saved.
    results : IBucket
        Results go below ``athena/``.
    key : IKey
        Encrypts results.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        database: str,
        use_case: UseCase,
        results: s3.IBucket,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, id)
        group = athena.CfnWorkGroup(
            self,
            "WorkGroup",
            name=name,
            description="Questions about the lake's files",
            recursive_delete_option=True,
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                bytes_scanned_cutoff_per_query=_MOST_BYTES,
                publish_cloud_watch_metrics_enabled=True,
                result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                    output_location=f"s3://{results.bucket_name}/athena/",
                    encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                        encryption_option="SSE_KMS", kms_key=key.key_arn
                    ),
                ),
            ),
        )
        for asked in lake_queries(use_case):
            query = athena.CfnNamedQuery(
                self,
                asked.title.title().replace(" ", ""),
                name=asked.title,
                description=asked.description,
                database=database,
                query_string=asked.sql,
                work_group=name,
            )
            query.add_resource_dependency(group)
