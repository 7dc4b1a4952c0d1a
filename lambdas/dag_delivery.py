"""Brings DAGs and locked requirements to the bucket that Airflow reads, for CloudFormation."""

from __future__ import annotations

import os
from hashlib import sha256
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import boto3

from lambdas.cloudformation import Event, custom_resource
from ml.contract.cloud_settings import DagDeliverySettings
from ml.contract.places import AIRFLOW_DAGS, AIRFLOW_REQUIREMENTS

_FINGERPRINT = "sha256"


def deliver(event: Event) -> str:
    """Make the bucket hold what the package holds.

    Parameters
    ----------
    event : mapping
        Its `ResourceProperties` name the package: `PackageBucket`, `PackageKey`.

    Returns
    -------
    str
        The version of the requirements in the bucket: as the resource's id it reaches Airflow,
        which takes half an hour to install others, so equal ones keep their version.
    """
    if event["RequestType"] == "Delete":
        return str(event["PhysicalResourceId"])
    settings = DagDeliverySettings.from_env(os.environ)
    s3 = boto3.client("s3")
    files = _package(s3, event["ResourceProperties"])
    requirements = files.pop(AIRFLOW_REQUIREMENTS)
    for key, content in files.items():
        s3.put_object(Bucket=settings.bucket, Key=key, Body=content)
    _forget(s3, settings.bucket, keep=set(files))
    return _put_if_new(s3, settings.bucket, AIRFLOW_REQUIREMENTS, requirements)


def _package(s3: Any, given: dict[str, str]) -> dict[str, bytes]:
    answer = s3.get_object(Bucket=given["PackageBucket"], Key=given["PackageKey"])
    with ZipFile(BytesIO(answer["Body"].read())) as package:
        return {name: package.read(name) for name in package.namelist() if name[-1] != "/"}


def _forget(s3: Any, bucket: str, *, keep: set[str]) -> None:
    """Take away DAGs that the package no longer holds; their versions stay for a while."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=AIRFLOW_DAGS)
    for page in pages:
        for found in page.get("Contents", ()):
            if found["Key"] not in keep:
                s3.delete_object(Bucket=bucket, Key=found["Key"])


def _put_if_new(s3: Any, bucket: str, key: str, content: bytes) -> str:
    fingerprint = sha256(content).hexdigest()
    try:
        found = s3.head_object(Bucket=bucket, Key=key)
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in {"404", "NoSuchKey"}:
            raise
    else:
        if found["Metadata"].get(_FINGERPRINT) == fingerprint:
            return str(found["VersionId"])
    metadata = {_FINGERPRINT: fingerprint}
    answer = s3.put_object(Bucket=bucket, Key=key, Body=content, Metadata=metadata)
    return str(answer["VersionId"])


handler = custom_resource(deliver)
