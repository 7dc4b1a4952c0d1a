"""Redshift's Data API in front of a real PostgreSQL: what boto3 says to it is really executed.

It differs from Redshift where PostgreSQL does: other error texts, no slices, no isolation errors
of Redshift's own kind. COPY and UNLOAD are played with Parquet files in moto's S3.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Thread
from typing import Any
from uuid import uuid4

import psycopg2

from tests.support.data_api.engine import Engine
from tests.support.data_api.server import Server
from tests.support.data_api.statements import Statements

ROLE = "arn:aws:iam::123456789012:role/leadwise-dev-warehouse-load"
SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:warehouse-AbCdEf"
WORKGROUP, DATABASE = "leadwise-dev", "leads"


@contextmanager
def data_api(postgres: str, s3: Any) -> Iterator[Server]:
    """Run the Data API over a new database.

    Parameters
    ----------
    postgres : str
        URI of a running PostgreSQL.
    s3 : client
        Of boto3: where COPY reads and UNLOAD writes.

    Yields
    ------
    Server
        Its `url`, its `faults`, and the `calls` that it got.
    """
    name = f"redshift_{uuid4().hex}"
    _administer(postgres, f"CREATE DATABASE {name}")
    engine = Engine(f"{postgres.rpartition('/')[0]}/{name}", s3, role=ROLE)
    server = Server(Statements(engine), workgroup=WORKGROUP, database=DATABASE, secret=SECRET)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        server.statements.close()
        _administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")


def _administer(postgres: str, sql: str) -> None:
    with closing(psycopg2.connect(postgres)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)
