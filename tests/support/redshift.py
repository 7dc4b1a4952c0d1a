"""Redshift as tests have it: the Data API over PostgreSQL, and moto's S3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import boto3
from botocore.config import Config
from moto import mock_aws

from ml.adapters.patience import Patience
from ml.adapters.redshift_data import RedshiftData
from ml.adapters.redshift_warehouse import RedshiftWarehouse
from ml.adapters.staged_files import StagedFiles
from tests.support.buckets import REGION, make_bucket, patched_account
from tests.support.data_api import DATABASE, ROLE, SECRET, WORKGROUP, data_api
from tests.support.data_api.faults import Faults
from tests.support.data_api.server import Server

#: Short pauses: the stand-in answers at once.
HASTE = Patience(first=0.01, longest=0.05)


@dataclass(frozen=True)
class Redshift:
    """What runs, and ways in.

    Parameters
    ----------
    server : Server
        The Data API.
    s3 : client
        Of boto3, in moto's account.
    bucket : str
        Where files are staged.
    own : client
        Redshift's way to S3.
    """

    server: Server
    s3: Any
    bucket: str
    own: Any

    @property
    def faults(self) -> Faults:
        """What is to go wrong."""
        return self.server.faults

    def data(
        self, *, secret: str = SECRET, run: str = "", patience: Patience = HASTE
    ) -> RedshiftData:
        """Statements of a run of its own."""
        client = boto3.client("redshift-data")
        return RedshiftData(
            client, workgroup=WORKGROUP, database=DATABASE, secret=secret,
            run=run or uuid4().hex, patience=patience,
        )  # fmt: skip

    def warehouse(self, data: RedshiftData | None = None, **more: Any) -> RedshiftWarehouse:
        """The warehouse, with its own statements unless told otherwise."""
        staged = f"s3://{self.bucket}/unload/"
        more = {"role": ROLE} | more
        return RedshiftWarehouse(data or self.data(), lambda: StagedFiles(self.s3, staged), **more)

    def staged(self) -> list[str]:
        """Keys of what is left of staged files."""
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix="unload/")
        return [each["Key"] for each in found.get("Contents", [])]


@contextmanager
def redshift(postgres: str, monkeypatch: Any) -> Iterator[Redshift]:
    """Run it over a PostgreSQL, with a database of its own."""
    with mock_aws(), patched_account(monkeypatch, {"AWS_REGION": REGION}) as s3:
        bucket = make_bucket(s3, "leadwise-dev-clean", versioned=False)
        # Redshift's own way to S3: what boto3 does to be sure of its uploads is not its work.
        own = boto3.client("s3", config=Config(request_checksum_calculation="when_required"))
        with data_api(postgres, own) as server:
            monkeypatch.setenv("AWS_ENDPOINT_URL_REDSHIFT_DATA", server.url)
            yield Redshift(server, s3, bucket, own)
