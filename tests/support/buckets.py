"""Buckets of a moto that runs in this process or beside it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3

REGION = "eu-central-1"
_KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@contextmanager
def patched_account(monkeypatch: Any, env: Mapping[str, str] | None = None) -> Iterator[Any]:
    """An account in which moto answers; yields a client of S3."""
    for name, value in {"AWS_DEFAULT_REGION": REGION, **_KEYS, **(env or {})}.items():
        monkeypatch.setenv(name, value)
    yield boto3.client("s3")


def make_bucket(s3: Any, name: str, *, versioned: bool) -> str:
    """A new bucket as infra makes them, or one that keeps no versions; its name."""
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    if versioned:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name
