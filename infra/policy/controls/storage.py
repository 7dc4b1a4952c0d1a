"""S3, KMS, Secrets Manager, DynamoDB, CloudTrail."""

from typing import Any

from infra.policy.control import Control
from infra.policy.template import Resource

_BUCKET = ("AWS::S3::Bucket",)
_TABLE = ("AWS::DynamoDB::Table",)
_KEY = ("AWS::KMS::Key",)
_SECRET = ("AWS::SecretsManager::Secret",)
_TRAIL = ("AWS::CloudTrail::Trail",)


def _is_log_bucket(bucket: Resource) -> bool:
    """Whether other buckets or services deliver logs to it: S3 asks for its own keys there."""
    return "log" in bucket.id.lower()


def _blocks_public_access(bucket: Resource) -> bool:
    block = bucket.get("PublicAccessBlockConfiguration") or {}
    names = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    return all(block.get(name) is True for name in names)


def _refusals(bucket: Resource) -> list[dict[str, Any]]:
    return [
        statement
        for policy in bucket.stack.naming(bucket, "AWS::S3::BucketPolicy", "Bucket")
        for statement in policy.list("PolicyDocument.Statement")
        if statement["Effect"] == "Deny"
    ]


def _refuses_plain_http(bucket: Resource) -> bool:
    return any(
        statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport") == "false"
        for statement in _refusals(bucket)
    )


def _refuses_old_tls(bucket: Resource) -> bool:
    return any(
        "s3:TlsVersion" in str(statement.get("Condition")) for statement in _refusals(bucket)
    )


def _is_encrypted(bucket: Resource) -> bool:
    rules = bucket.list("BucketEncryption.ServerSideEncryptionConfiguration")
    used = {rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] for rule in rules}
    return used == ({"AES256"} if _is_log_bucket(bucket) else {"aws:kms"})


def _logs_access(bucket: Resource) -> bool:
    return _is_log_bucket(bucket) or bucket.get("LoggingConfiguration") is not None


def _holds_leads(bucket: Resource) -> bool:
    return bucket.stack.name.endswith("-lake") and not _is_log_bucket(bucket)


def _only_known_ways(bucket: Resource) -> bool:
    return not _holds_leads(bucket) or any(
        "aws:sourceVpce"
        in str(statement.get("Condition", {})).replace("aws:SourceVpce", "aws:sourceVpce")
        for statement in _refusals(bucket)
    )


def _ends_old_versions(bucket: Resource) -> bool:
    rules = bucket.list("LifecycleConfiguration.Rules")
    return any("NoncurrentVersionExpiration" in rule for rule in rules)


def _survives(resource: Resource) -> bool:
    kept = {"Retain", "RetainExceptOnCreate", "Snapshot"}
    return not resource.stack.environment.keep_data or (
        resource.body.get("DeletionPolicy") in kept
        and resource.body.get("UpdateReplacePolicy") in kept
    )


def _is_closed_key(key: Resource) -> bool:
    return all(
        _is_narrow(statement)
        for statement in key.list("KeyPolicy.Statement")
        if statement["Effect"] == "Allow"
    )


def _is_narrow(statement: dict[str, Any]) -> bool:
    principal = statement["Principal"]
    if principal == "*" or principal.get("AWS") == "*":
        # A service-linked role that AWS has yet to make can only be named in a condition.
        return "aws:PrincipalArn" in statement.get("Condition", {}).get("StringEquals", {})
    return "Service" not in principal or "Condition" in statement


def _rotates(secret: Resource) -> bool:
    schedules = secret.stack.naming(secret, "AWS::SecretsManager::RotationSchedule", "SecretId")
    return (
        any(True for _ in schedules) or secret.body.get("Metadata", {}).get("rotation") is not None
    )


CONTROLS = (
    Control(
        id="S3.8",
        says="the bucket blocks public access",
        types=_BUCKET,
        holds=_blocks_public_access,
    ),
    Control(
        id="S3.5",
        says="the bucket refuses requests without TLS",
        types=_BUCKET,
        holds=_refuses_plain_http,
    ),
    Control(
        id="LW.S3.1", says="the bucket refuses TLS below 1.2", types=_BUCKET, holds=_refuses_old_tls
    ),
    Control(
        id="S3.17",
        says="the bucket is encrypted with our key, and a log bucket with S3's",
        types=_BUCKET,
        holds=_is_encrypted,
    ),
    Control(id="S3.9", says="access to the bucket is logged", types=_BUCKET, holds=_logs_access),
    Control(
        id="S3.12",
        says="the bucket has no access control lists",
        types=_BUCKET,
        holds=lambda r: (
            [x.get("ObjectOwnership") for x in r.list("OwnershipControls.Rules")]
            == ["BucketOwnerEnforced"]
            or _is_log_bucket(r)
        ),
    ),
    Control(
        id="S3.13", says="old versions of its objects end", types=_BUCKET, holds=_ends_old_versions
    ),
    Control(
        id="S3.14",
        says="the bucket keeps versions",
        types=_BUCKET,
        holds=lambda r: r.get("VersioningConfiguration.Status") == "Enabled",
    ),
    Control(
        id="LW.S3.2",
        says="lead data is reached only through our endpoint, our roles or AWS services",
        types=_BUCKET,
        holds=_only_known_ways,
    ),
    Control(
        id="LW.DATA.1",
        says="data outlives its stack where the environment keeps it",
        types=(
            *_BUCKET,
            *_KEY,
            "AWS::RDS::DBInstance",
            "AWS::RedshiftServerless::Namespace",
        ),
        holds=_survives,
    ),
    Control(
        id="KMS.4",
        says="the key rotates",
        types=_KEY,
        holds=lambda r: r.get("EnableKeyRotation") is True,
    ),
    Control(
        id="KMS.5",
        says="the key is open to this account, and to services under a condition only",
        types=_KEY,
        holds=_is_closed_key,
    ),
    Control(
        id="SecretsManager.1",
        says="the secret rotates, or its metadata says how it is renewed",
        types=_SECRET,
        holds=_rotates,
    ),
    Control(
        id="LW.SECRET.1",
        says="the secret is encrypted with our key",
        types=_SECRET,
        holds=lambda r: r.get("KmsKeyId") is not None,
    ),
    Control(
        id="LW.SECRET.2",
        says="the template holds no secret's text",
        types=_SECRET,
        holds=lambda r: r.get("SecretString") is None,
    ),
    Control(
        id="DynamoDB.1",
        says="the table scales with use",
        types=_TABLE,
        holds=lambda r: r.get("BillingMode") == "PAY_PER_REQUEST",
    ),
    Control(
        id="DynamoDB.2",
        says="the table can be wound back",
        types=_TABLE,
        holds=lambda r: (
            r.get("PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled") is True
        ),
    ),
    Control(
        id="LW.DDB.1",
        says="the table is encrypted with our key",
        types=_TABLE,
        holds=lambda r: r.get("SSESpecification.KMSMasterKeyId") is not None,
    ),
    Control(
        id="CloudTrail.2",
        says="the trail is encrypted with our key",
        types=_TRAIL,
        holds=lambda r: r.get("KMSKeyId") is not None,
    ),
    Control(
        id="CloudTrail.4",
        says="the trail's files are signed",
        types=_TRAIL,
        holds=lambda r: r.get("EnableLogFileValidation") is True,
    ),
)
