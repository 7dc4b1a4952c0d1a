"""Where data lies: encrypted by our own keys, closed, and with a way back."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.account import Account
from rehearsal.failure import expect

OURS = "alias/leadwise/dev/"
_OUR_KEY = "a key of ours"


def key_aliases(account: Account) -> dict[str, str]:
    """Our keys' aliases, by key id and by ARN."""
    kms = account.client("kms")
    found: dict[str, str] = {}
    for page in kms.get_paginator("list_aliases").paginate():
        for alias in page["Aliases"]:
            if alias["AliasName"].startswith(OURS):
                key = kms.describe_key(KeyId=alias["TargetKeyId"])["KeyMetadata"]
                name = alias["AliasName"].removeprefix(OURS)
                found |= dict.fromkeys((key["KeyId"], key["Arn"], alias["AliasName"]), name)
    return found


def keys(account: Account) -> str:
    """Every key rotates."""
    aliases = key_aliases(account)
    for each in account.deployed("AWS::KMS::Key"):
        status = account.client("kms").get_key_rotation_status(KeyId=each.id)
        expect(status["KeyRotationEnabled"], f"key {each.logical_id} never rotates", "rotation")
        expect(each.id in aliases, f"key {each.logical_id} has no alias", f"one below {OURS}")
    return f"keys: {', '.join(sorted(set(aliases.values())))}; each rotates"


def buckets(account: Account) -> str:
    """Every bucket is private, versioned, encrypted, and refuses requests without TLS."""
    s3, aliases = account.client("s3"), key_aliases(account)
    found = account.deployed("AWS::S3::Bucket")
    expect(found, "no bucket was created", "some")
    for each in found:
        name = each.id
        expect(name.startswith(each.stack), f"a bucket is named {name}", f"{each.stack}...")
        _closed(s3, name)
    raw = account.only("AWS::S3::Bucket", "Raw").id
    expect(_key_of(s3, raw) in aliases, f"{raw} is encrypted by {_key_of(s3, raw)}", _OUR_KEY)
    encrypted = sum(_key_of(s3, each.id) in aliases for each in found)
    return (
        f"buckets: {len(found)}, private, versioned, TLS only; {encrypted} encrypted by our own "
        "keys, the others hold access logs"
    )


def tables(account: Account) -> str:
    """Every DynamoDB table is encrypted by our key and can be wound back."""
    dynamodb, aliases = account.client("dynamodb"), key_aliases(account)
    found = account.deployed("AWS::DynamoDB::Table")
    for each in found:
        about = dynamodb.describe_table(TableName=each.id)["Table"]
        key = about.get("SSEDescription", {}).get("KMSMasterKeyArn")
        expect(key in aliases, f"table {each.logical_id} is encrypted by {key}", _OUR_KEY)
        backups = dynamodb.describe_continuous_backups(TableName=each.id)
        status = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        recovery = status["PointInTimeRecoveryStatus"]
        expect(recovery == "ENABLED", f"recovery of {each.logical_id} is {recovery}", "ENABLED")
    return f"tables: {len(found)}, encrypted by our own keys, with point-in-time recovery"


def databases(account: Account) -> str:
    """The tracking database is encrypted and stands in no public subnet."""
    aliases = key_aliases(account)
    found = account.client("rds").describe_db_instances()["DBInstances"]
    expect(found, "no database was created", "one at least")
    for each in found:
        name = each["DBInstanceIdentifier"]
        key = each["KmsKeyId"] if each["StorageEncrypted"] else "nothing"
        expect(key in aliases, f"database {name} is encrypted by {key}", _OUR_KEY)
        expect(not each["PubliclyAccessible"], f"database {name} is public", "a private one")
    return f"databases: {len(found)}, encrypted by our own keys, private"


def secrets(account: Account) -> str:
    """Every secret is encrypted by our key."""
    aliases = key_aliases(account)
    found = account.deployed("AWS::SecretsManager::Secret")
    for each in found:
        about = account.client("secretsmanager").describe_secret(SecretId=each.id)
        key = about.get("KmsKeyId")
        expect(key in aliases, f"secret {each.logical_id} is encrypted by {key}", _OUR_KEY)
    return f"secrets: {len(found)}, encrypted by our own keys"


def log_groups(account: Account) -> str:
    """Every log group is encrypted by our key and forgets."""
    aliases = key_aliases(account)
    pages = account.client("logs").get_paginator("describe_log_groups").paginate()
    groups = {group["logGroupName"]: group for page in pages for group in page["logGroups"]}
    found = account.deployed("AWS::Logs::LogGroup")
    for each in found:
        group = groups.get(each.id, {})
        key, days = group.get("kmsKeyId"), group.get("retentionInDays")
        expect(key in aliases, f"log group {each.id} is encrypted by {key}", _OUR_KEY)
        expect(days, f"log group {each.id} never forgets", "a number of days")
    return f"log groups: {len(found)}, encrypted by our own keys, each forgets"


def _closed(s3: Any, bucket: str) -> None:
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    expect(all(blocked.values()), f"bucket {bucket} has {blocked}", "all public access blocked")
    versioning = s3.get_bucket_versioning(Bucket=bucket).get("Status")
    expect(versioning == "Enabled", f"versioning of bucket {bucket} is {versioning}", "Enabled")
    try:
        policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    except ClientError:
        policy = {"Statement": []}
    refused = _refuses_plain_http(policy)
    expect(refused, f"bucket {bucket} takes requests without TLS", "a policy that denies them")


def _key_of(s3: Any, bucket: str) -> str:
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    default = rules[0]["ApplyServerSideEncryptionByDefault"]
    return str(default.get("KMSMasterKeyID", default["SSEAlgorithm"]))


def _refuses_plain_http(policy: dict[str, Any]) -> bool:
    return any(
        each["Effect"] == "Deny"
        and each.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport") == "false"
        for each in policy["Statement"]
    )


ALL = (keys, buckets, tables, databases, secrets, log_groups)
