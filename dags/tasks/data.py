"""Which data a run is about, told by its data interval alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256

from dags.tasks.clients import client
from ml.contract.errors import LeadwiseError
from ml.contract.places import newest_raw, raw_prefix

_DIGITS = 12


@dataclass(frozen=True, kw_only=True)
class RawFile:
    """One version of one file of leads.

    Parameters
    ----------
    key, version : str
        The object in the raw bucket.
    arrived : str
        When, in ISO 8601.
    """

    key: str
    version: str
    arrived: str

    def to_dict(self) -> dict[str, str]:
        """The same as JSON-ready values."""
        return asdict(self)


def run_key(dag: str, end: datetime) -> str:
    """Equal for every run of a DAG for the same data: part of the names of all that it starts.

    Parameters
    ----------
    dag : str
        Its id.
    end : datetime
        Of its data interval.
    """
    told = f"{dag} {end.isoformat()}".encode()
    return f"{end:%Y%m%d}-{sha256(told).hexdigest()[:_DIGITS]}"


def newest_file(bucket: str, use_case: str, end: datetime) -> RawFile:
    """The last file by name among those that were there at the end of the interval.

    Parameters
    ----------
    bucket : str
        Of files as they came.
    use_case : str
        Whose.
    end : datetime
        Of the data interval.

    Raises
    ------
    LeadwiseError
        If there was none, or it has been replaced or taken away since: jobs would read another.
    """
    there = {
        key: versions
        for key, versions in _versions(bucket, raw_prefix(use_case)).items()
        if versions[-1][0] <= end
    }
    key = newest_raw(there, use_case)
    if key is None:
        raise LeadwiseError(
            f"s3://{bucket}/{raw_prefix(use_case)} held no file of leads at {end.isoformat()}; "
            "bring one, and run the DAG for a later time"
        )
    (arrived, version), *older = there[key]
    if arrived > end:
        raise LeadwiseError(
            f"s3://{bucket}/{key} has been replaced after {end.isoformat()}, {len(older)} versions "
            "are older; bring files under names of their own, and run the DAG for a later time"
        )
    return RawFile(key=key, version=version, arrived=arrived.isoformat())


def _versions(bucket: str, prefix: str) -> dict[str, list[tuple[datetime, str]]]:
    """Of each file that is there, its versions, the newest first."""
    found: dict[str, list[tuple[datetime, str]]] = {}
    gone: set[str] = set()
    pages = client("s3").get_paginator("list_object_versions")
    for page in pages.paginate(Bucket=bucket, Prefix=prefix):
        gone |= {each["Key"] for each in page.get("DeleteMarkers", ()) if each["IsLatest"]}
        for each in page.get("Versions", ()):
            versions = found.setdefault(each["Key"], [])
            versions.append((each["LastModified"], each["VersionId"]))
    return {key: sorted(found[key], reverse=True) for key in found.keys() - gone}
