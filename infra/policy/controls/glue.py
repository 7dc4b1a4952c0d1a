"""Glue and Athena."""

from infra.policy.control import Control
from infra.policy.template import Resource

_JOB, _CRAWLER = ("AWS::Glue::Job",), ("AWS::Glue::Crawler",)
_SECURITY = ("AWS::Glue::SecurityConfiguration",)
_ATHENA = ("AWS::Athena::WorkGroup",)
_CURRENT_GLUE = {"5.0", "5.1", "6.0"}


def _encrypts_all_three(configuration: Resource) -> bool:
    settings = configuration.get("EncryptionConfiguration") or {}
    s3 = [each.get("S3EncryptionMode") for each in settings.get("S3Encryptions", [])]
    logs = settings.get("CloudWatchEncryption", {}).get("CloudWatchEncryptionMode")
    bookmarks = settings.get("JobBookmarksEncryption", {}).get("JobBookmarksEncryptionMode")
    return (s3, logs, bookmarks) == (["SSE-KMS"], "SSE-KMS", "CSE-KMS")


def _protects_results(group: Resource) -> bool:
    result = group.get("WorkGroupConfiguration.ResultConfiguration.EncryptionConfiguration") or {}
    enforced = group.get("WorkGroupConfiguration.EnforceWorkGroupConfiguration")
    return result.get("EncryptionOption") == "SSE_KMS" and enforced is True


def _connects_safely(connection: Resource) -> bool:
    given = connection.get("ConnectionInput.ConnectionProperties") or {}
    return given.get("JDBC_ENFORCE_SSL") == "true" and "PASSWORD" not in given


CONTROLS = (
    Control(
        id="Glue.4",
        says="the job runs on a Glue version that AWS supports",
        types=_JOB,
        holds=lambda r: r.get("GlueVersion") in _CURRENT_GLUE,
    ),
    Control(
        id="LW.GLUE.1",
        says="the job has a security configuration",
        types=_JOB,
        holds=lambda r: r.get("SecurityConfiguration") is not None,
    ),
    Control(
        id="LW.GLUE.2",
        says="the crawler has a security configuration",
        types=_CRAWLER,
        holds=lambda r: r.get("CrawlerSecurityConfiguration") is not None,
    ),
    Control(
        id="LW.GLUE.3",
        says="files, logs and bookmarks are encrypted with our key",
        types=_SECURITY,
        holds=_encrypts_all_three,
    ),
    Control(
        id="LW.GLUE.4",
        says="the job ends by itself",
        types=_JOB,
        holds=lambda r: r.get("Timeout") is not None,
    ),
    Control(
        id="LW.GLUE.5",
        says="the connection refuses to speak without TLS, and holds no password",
        types=("AWS::Glue::Connection",),
        holds=_connects_safely,
    ),
    Control(
        id="Athena.4",
        says="queries are counted and measured",
        types=_ATHENA,
        holds=lambda r: r.get("WorkGroupConfiguration.PublishCloudWatchMetricsEnabled") is True,
    ),
    Control(
        id="LW.ATHENA.1",
        says="results are encrypted with our key, whatever a client asks",
        types=_ATHENA,
        holds=_protects_results,
    ),
    Control(
        id="LW.ATHENA.2",
        says="a query's scan has a ceiling",
        types=_ATHENA,
        holds=lambda r: r.get("WorkGroupConfiguration.BytesScannedCutoffPerQuery") is not None,
    ),
)
