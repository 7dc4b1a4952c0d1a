"""Where data lies: encrypted by our own keys, closed, and with a way back."""

from __future__ import annotations

import json
from typing import Any

from rehearsal.account import Account
from rehearsal.failure import expect

OURS = "alias/leadwise/dev/"


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
        expect(status["KeyRotationEnabled"], f"key {each.logical_id} does not rotate")
        expect(each.id in aliases, f"key {each.logical_id} has no alias below {OURS}")
    return f"keys: {', '.join(sorted(set(aliases.values())))}; each rotates"


def buckets(account: Account) -> str:
    """Every bucket is private, versioned, encrypted, and refuses requests without TLS."""
    s3, aliases, encrypted = account.client("s3"), key_aliases(account), 0
    found = account.deployed("AWS::S3::Bucket")
    expect(found, "no bucket was created")
    for each in found:
        name = each.id
        expect(name.startswith(each.stack), f"bucket {name} is not named after {each.stack}")
        blocked = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
        expect(all(blocked.values()), f"bucket {name} is not closed to the public: {blocked}")
        versioning = s3.get_bucket_versioning(Bucket=name).get("Status")
        expect(versioning == "Enabled", f"bucket {name}: versioning is {versioning}")
        policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
        expect(_refuses_plain_http(policy), f"bucket {name} takes requests without TLS")
        encrypted += _key_of(s3, name) in aliases
    raw = account.only("AWS::S3::Bucket", "Raw").id
    expect(_key_of(s3, raw) in aliases, f"bucket {raw} is not encrypted by a key of ours")
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
        expect(key in aliases, f"table {each.logical_id} is encrypted by {key}")
        backups = dynamodb.describe_continuous_backups(TableName=each.id)
        status = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        expect(
            status["PointInTimeRecoveryStatus"] == "ENABLED",
            f"table {each.logical_id} cannot be wound back",
        )
    return f"tables: {len(found)}, encrypted by our own keys, with point-in-time recovery"


def databases(account: Account) -> str:
    """The tracking database is encrypted and stands in no public subnet."""
    aliases = key_aliases(account)
    found = account.client("rds").describe_db_instances()["DBInstances"]
    expect(found, "no database was created")
    for each in found:
        name = each["DBInstanceIdentifier"]
        expect(each["StorageEncrypted"], f"database {name} is not encrypted")
        expect(each["KmsKeyId"] in aliases, f"database {name} is encrypted by {each['KmsKeyId']}")
        expect(not each["PubliclyAccessible"], f"database {name} is public")
    return f"databases: {len(found)}, encrypted by our own keys, private"


def secrets(account: Account) -> str:
    """Every secret is encrypted by our key."""
    aliases = key_aliases(account)
    found = account.deployed("AWS::SecretsManager::Secret")
    for each in found:
        about = account.client("secretsmanager").describe_secret(SecretId=each.id)
        key = about.get("KmsKeyId")
        expect(key in aliases, f"secret {each.logical_id} is encrypted by {key or 'AWS'}")
    return f"secrets: {len(found)}, encrypted by our own keys"


def log_groups(account: Account) -> str:
    """Every log group is encrypted by our key and forgets."""
    aliases = key_aliases(account)
    pages = account.client("logs").get_paginator("describe_log_groups").paginate()
    groups = {group["logGroupName"]: group for page in pages for group in page["logGroups"]}
    found = account.deployed("AWS::Logs::LogGroup")
    for each in found:
        group = groups.get(each.id, {})
        expect(group, f"log group {each.id} does not exist")
        expect(group.get("kmsKeyId") in aliases, f"log group {each.id} has no key of ours")
        expect(group.get("retentionInDays"), f"log group {each.id} never forgets")
    return f"log groups: {len(found)}, encrypted by our own keys, each forgets"


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
