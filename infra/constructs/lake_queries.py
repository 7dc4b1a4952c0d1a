"""Athena over the lake: a workgroup with a ceiling, and the queries that people ask first."""

from aws_cdk import aws_athena as athena
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from ml.contract.names import Zone

# Half a cent a gigabyte: a query can cost five cents, and a wrong one stops there.
_MOST_BYTES = 10 * 1024**3
_QUERIES = {
    "leads per file": (
        "Clean leads by the file that they came in",
        f'SELECT version, COUNT(*) AS leads FROM "{Zone.CLEAN}" GROUP BY version ORDER BY leads',
    ),
    "faults in quarantine": (
        "Rows held back, by rule and column",
        'SELECT rule, "column", COUNT(DISTINCT line_number) AS held_rows '
        f'FROM "{Zone.QUARANTINE}" GROUP BY rule, "column" ORDER BY held_rows DESC',
    ),
}


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
        for title, (description, sql) in _QUERIES.items():
            query = athena.CfnNamedQuery(
                self,
                title.title().replace(" ", ""),
                name=title,
                description=description,
                database=database,
                query_string=sql,
                work_group=name,
            )
            query.add_resource_dependency(group)
