"""Clients of AWS services."""

from __future__ import annotations

from typing import Any


def client(service: str) -> Any:
    """The client of a service, whose name is written out where it is used.

    So that permissions can be proven. Reading a DAG needs no AWS: boto3 is imported here.
    """
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=3, read_timeout=20, retries={"mode": "standard"})
    return boto3.client(service, config=config)
