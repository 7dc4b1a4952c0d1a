"""Places in S3, and what S3 refuses in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ml.contract.errors import AccessDenied, Altered, DependencyUnavailable, Gone, UsageError

_DENIED = frozenset({"403", "AccessDenied", "AllAccessDisabled", "KMS.DisabledException"})
_NO_KEY = frozenset({"404", "NoSuchKey", "NoSuchVersion"})
_OTHER = frozenset({"412", "PreconditionFailed"})


@dataclass(frozen=True)
class S3Place:
    """A bucket and what every key of ours in it begins with.

    Examples
    --------
    >>> S3Place.of("s3://leads/lake").key("raw/a.csv")
    'lake/raw/a.csv'
    """

    bucket: str
    prefix: str

    @classmethod
    def of(cls, uri: str) -> S3Place:
        """The place that ``s3://bucket/prefix/`` names.

        Raises
        ------
        UsageError
            If the text names no place in S3.
        """
        parts = urlsplit(uri)
        if parts.scheme != "s3" or not parts.netloc:
            raise UsageError(f"{uri!r} is no place in S3; expected s3://bucket/folder/")
        folder = parts.path.strip("/")
        return cls(parts.netloc, f"{folder}/" if folder else "")

    def key(self, name: str) -> str:
        """The object's key for a name below the prefix."""
        return self.prefix + name


def client_of_s3() -> Any:
    """A client that tries again a few times where that can help."""
    import boto3
    from botocore.config import Config

    return boto3.client("s3", config=Config(retries={"mode": "standard", "total_max_attempts": 4}))


@contextmanager
def s3_faults(bucket: str, key: str = "") -> Iterator[None]:
    """Turn what S3 refuses about a key into our errors.

    Raises
    ------
    AccessDenied, Gone, Altered, DependencyUnavailable
        Naming bucket and key.
    """
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise _ours(error, code_of(error), bucket, key) from error
    except (Boto3Error, BotoCoreError) as error:
        if isinstance(error.__context__, ClientError):  # what moves files hides S3's own word
            cause = error.__context__
            raise _ours(cause, code_of(cause), bucket, key) from error
        raise DependencyUnavailable(
            f"S3 is away while working on s3://{bucket}/{key} ({error}); check the network and "
            "start again"
        ) from error


def code_of(error: Any) -> str:
    """S3's word for a fault: ``"NoSuchKey"``; a number where it answered without words."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _ours(error: Any, code: str, bucket: str, key: str) -> DependencyUnavailable:
    if code in _DENIED or "AccessDenied" in str(error):
        return AccessDenied(
            f"AUTH: S3 denies {error.operation_name} on key {key!r} of bucket {bucket!r}; allow it "
            "to the role, for the bucket and for its KMS key"
        )
    if code == "NoSuchBucket":
        return Gone(f"there is no bucket {bucket!r}; check its name in the settings, or deploy it")
    if code in _NO_KEY:
        return Gone(
            f"bucket {bucket!r} has no file {key!r}; run the step that writes it again, or "
            "restore the version before"
        )
    if code in _OTHER:
        return Altered(
            f"file {key!r} of bucket {bucket!r} is not the version that was asked for; it was "
            "overwritten: restore the version before, or run the step that writes it again"
        )
    return DependencyUnavailable(
        f"S3 refused {error.operation_name} on s3://{bucket}/{key} ({error}); look at the message "
        "and start again"
    )
