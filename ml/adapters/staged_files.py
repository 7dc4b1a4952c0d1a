"""Files that lie in S3 only while a warehouse reads or writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

from ml.adapters.s3_access import S3Place, s3_faults
from ml.contract.redshift_sql import Part

# As many as S3 deletes in one call.
_MOST = 1_000


class StagedFiles:
    """A folder in S3 of its own, gone at the end of the block.

    Parameters
    ----------
    s3 : client
        Of boto3.
    uri : str
        ``s3://bucket/prefix/`` below which the folder is made.
    """

    def __init__(self, s3: Any, uri: str) -> None:
        place = S3Place.of(uri)
        self._s3, self._bucket = s3, place.bucket
        self._folder = place.key(f"{uuid4().hex}/")

    def __enter__(self) -> StagedFiles:
        return self

    def __exit__(self, *_: object) -> None:
        """Delete whatever lies in the folder, by whomever it was put there."""
        with s3_faults(self._bucket, self._folder):
            pages = self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._folder, PaginationConfig={"PageSize": _MOST}
            )
            for page in pages:
                keys = [{"Key": each["Key"]} for each in page.get("Contents", [])]
                if keys:
                    self._s3.delete_objects(Bucket=self._bucket, Delete={"Objects": keys})

    def uri(self, name: str) -> str:
        """Address of a file in the folder."""
        return f"s3://{self._bucket}/{self._folder}{name}"

    def put(self, name: str, file: Path) -> Part:
        """Bring a file into the folder."""
        with s3_faults(self._bucket, self._folder + name):
            self._s3.upload_file(str(file), self._bucket, self._folder + name)
        return Part(self.uri(name), file.stat().st_size)

    def write(self, name: str, text: str) -> str:
        """Write a small file into the folder; its address."""
        with s3_faults(self._bucket, self._folder + name):
            self._s3.put_object(Bucket=self._bucket, Key=self._folder + name, Body=text.encode())
        return self.uri(name)

    def read(self, name: str) -> bytes | None:
        """A small file of the folder; None where there is none."""
        with s3_faults(self._bucket, self._folder + name):
            pages = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=self._folder + name)
            if not pages.get("Contents"):
                return None
            found = self._s3.get_object(Bucket=self._bucket, Key=self._folder + name)
            content: bytes = found["Body"].read()
        return content

    def fetch(self, uri: str, to: Path) -> Path:
        """Bring a file of the folder here."""
        place = S3Place.of(uri)
        key = place.prefix.removesuffix("/")
        with s3_faults(place.bucket, key):
            self._s3.download_file(place.bucket, key, str(to))
        return to
