"""The head of the very version of an object that an event is about."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from lambdas.clients import client
from ml.contract.messages import NewFile

#: Enough for the widest header that is admitted.
HEAD_BYTES = 256 * 1024

# 405 is what S3 answers for a version that is a delete marker.
_GONE = {"NoSuchKey", "NoSuchVersion", "404", "405", "MethodNotAllowed"}
_EMPTY = {"InvalidRange", "416"}


def read_head(file: NewFile) -> bytes | None:
    """The first bytes of the file; None where it was deleted since.

    Without a version (a bucket that keeps none) it is what lies there now.
    """
    version = {"VersionId": file.version} if file.version else {}
    try:
        answer = client("s3").get_object(
            Bucket=file.bucket, Key=file.key, Range=f"bytes=0-{HEAD_BYTES - 1}", **version
        )
    except ClientError as error:
        return _instead(error)
    with answer["Body"] as body:
        head: bytes = body.read()
    return head


def _instead(error: ClientError) -> bytes | None:
    code: Any = error.response["Error"]["Code"]
    if code in _GONE:
        return None
    if code in _EMPTY:
        return b""
    raise error
