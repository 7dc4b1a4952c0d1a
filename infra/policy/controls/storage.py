"""S3 and DynamoDB, and what outlives its stack."""

from typing import Any

from infra.policy.control import Control
from infra.policy.controls.identity import as_list, statements
from infra.policy.template import Resource, refers_to
from ml.contract.cloud_settings import TABLE_EXPIRY
from ml.contract.places import ENTRY, HOLDER, LEDGER_MODEL, LEDGER_NUMBER

_BUCKET = ("AWS::S3::Bucket",)
_TABLE = ("AWS::DynamoDB::Table",)
_KEY = ("AWS::KMS::Key",)
_POLICY = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::Role")
_OF_THE_LEDGER = frozenset({"dynamodb:PutItem", "dynamodb:Query"})


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


def _lets_in_nobody_else(policy: Resource) -> bool:
    return all(
        _is_ours_or_aws(statement)
        for statement in policy.list("PolicyDocument.Statement")
        if statement["Effect"] == "Allow"
    )


def _is_ours_or_aws(statement: dict[str, Any]) -> bool:
    """Whether it is for a service or this account; load balancers write logs as an account."""
    principal = statement["Principal"]
    if principal == "*" or principal.get("AWS") == "*":
        return False
    delivers_logs = statement["Action"] == "s3:PutObject" and "AWSLogs" in str(statement)
    return "Service" in principal or "AWS::AccountId" in str(principal) or delivers_logs


def _ends_old_versions(bucket: Resource) -> bool:
    rules = bucket.list("LifecycleConfiguration.Rules")
    return any("NoncurrentVersionExpiration" in rule for rule in rules)


def _survives(resource: Resource) -> bool:
    kept = {"Retain", "RetainExceptOnCreate", "Snapshot"}
    return not resource.stack.environment.keep_data or (
        resource.body.get("DeletionPolicy") in kept
        and resource.body.get("UpdateReplacePolicy") in kept
    )


def _is_protected(table: Resource) -> bool:
    return (
        table.get("DeletionProtectionEnabled") is True
        or table.body.get("DeletionPolicy") == "Delete"
        or not table.stack.environment.keep_data
    )


def _keys(table: Resource) -> list[str]:
    return [key["AttributeName"] for key in table.list("KeySchema")]


def _is_ledger(table: Resource) -> bool:
    return _keys(table) == [LEDGER_MODEL, LEDGER_NUMBER]


def _holds_receipts(table: Resource) -> bool:
    return _keys(table) == [HOLDER, ENTRY]


def _forgets(table: Resource) -> bool:
    """Whether items go when their days are over."""
    told = table.get("TimeToLiveSpecification") or {}
    return told == {"AttributeName": TABLE_EXPIRY, "Enabled": True}


def _leaves_the_ledger(policy: Resource) -> bool:
    ledgers = [table for table in policy.stack.of_type(*_TABLE) if _is_ledger(table)]
    return all(
        set(as_list(statement["Action"])) <= _OF_THE_LEDGER
        for statement in statements(policy)
        for ledger in ledgers
        if refers_to(statement.get("Resource"), ledger.id)
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
    Control(
        id="S3.6",
        says="the policy lets in no other account",
        types=("AWS::S3::BucketPolicy",),
        holds=_lets_in_nobody_else,
    ),
    Control(id="S3.9", says="access to the bucket is logged", types=_BUCKET, holds=_logs_access),
    Control(
        id="S3.12",
        says="the bucket has no access control lists",
        types=_BUCKET,
        holds=lambda r: (
            [x.get("ObjectOwnership") for x in r.list("OwnershipControls.Rules")]
            == ["BucketOwnerEnforced"]
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
        id="DynamoDB.6",
        says="a table that outlives its stack is protected from deletion",
        types=_TABLE,
        holds=_is_protected,
    ),
    Control(
        id="LW.DDB.1",
        says="the table is encrypted with our key",
        types=_TABLE,
        holds=lambda r: r.get("SSESpecification.KMSMasterKeyId") is not None,
    ),
    Control(
        id="LW.DDB.2",
        says="ledger and receipts outlive their stack where the environment keeps data",
        types=_TABLE,
        holds=lambda r: not (_is_ledger(r) or _holds_receipts(r)) or _survives(r),
    ),
    Control(
        id="LW.DDB.3",
        says="entries of the ledger are read and added, never changed or deleted",
        types=_POLICY,
        holds=_leaves_the_ledger,
    ),
    Control(
        id="LW.DDB.4",
        says="receipts of leads go when their days are over",
        types=_TABLE,
        holds=lambda r: not _holds_receipts(r) or _forgets(r),
    ),
)
