"""A file goes to S3 once, whole or not at all."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

#: Above it a file goes in parts of that size: one that fails is sent again without the others.
PART_BYTES = 64 * 2**20


def upload(s3: Any, bucket: str, key: str, file: Path, facts: dict[str, str]) -> dict[str, Any]:
    """Write an object that does not exist yet; S3's answer with its ETag and version.

    Parameters
    ----------
    s3 : client of S3
    bucket, key : str
    file : Path
        Its bytes.
    facts : dict of str to str
        Kept as the object's metadata.

    Raises
    ------
    ClientError
        ``PreconditionFailed`` where the key exists. Parts of a failed upload are removed.
    """
    where = {"Bucket": bucket, "Key": key}
    if file.stat().st_size > PART_BYTES:
        return _in_parts(s3, where, file, facts)
    with file.open("rb") as stream:
        answer: dict[str, Any] = s3.put_object(
            **where, Body=stream, Metadata=facts, IfNoneMatch="*"
        )
    return answer


def _in_parts(s3: Any, where: dict[str, str], file: Path, facts: dict[str, str]) -> dict[str, Any]:
    begun = s3.create_multipart_upload(**where, Metadata=facts)
    where = where | {"UploadId": begun["UploadId"]}
    try:
        parts = _parts(s3, where, file)
        answer: dict[str, Any] = s3.complete_multipart_upload(
            **where, MultipartUpload={"Parts": parts}, IfNoneMatch="*"
        )
    except BaseException:
        with suppress(Exception):  # the bucket's rule removes what even this cannot
            s3.abort_multipart_upload(**where)
        raise
    return answer


def _parts(s3: Any, where: dict[str, str], file: Path) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    with file.open("rb") as stream:
        while content := stream.read(PART_BYTES):
            number = len(parts) + 1
            sent = s3.upload_part(**where, PartNumber=number, Body=content)
            parts.append({"PartNumber": number, "ETag": sent["ETag"]})
    return parts
