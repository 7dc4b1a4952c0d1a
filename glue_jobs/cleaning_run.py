"""One run of the cleaning job: fetch one version of one file, clean it, say where its rows went."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
from pathlib import Path

from glue_jobs.spark_cleaning import clean_file
from ml.contract.errors import LeadwiseError
from ml.use_cases import find

LOG = logging.getLogger("leadwise.cleaning")


def main(arguments: list[str]) -> None:
    """Clean the file that the arguments name; Glue adds arguments of its own."""
    from pyspark.sql import SparkSession

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    given, _ = _parser().parse_known_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / Path(given.key).name
        _fetch(given.bucket, given.key, given.version_id, source)
        spark = SparkSession.builder.getOrCreate()
        try:
            done = clean_file(spark, find(given.use_case), source=source, target=given.target)
        except LeadwiseError as error:
            sys.exit(f"error: {error}")  # Glue shows it as the reason of the failed run
    LOG.info(json.dumps({"file": given.key, "version": done.version, "rows": done.rows.to_dict()}))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("bucket", "key", "version_id", "use_case", "target"):
        parser.add_argument(f"--{name}", required=True)
    return parser


def _fetch(bucket: str, key: str, version: str, to: Path) -> None:
    """Fetch one version, whatever was written under the key since."""
    import boto3

    extra = {"VersionId": version} if version else {}
    boto3.client("s3").download_file(bucket, key, str(to), ExtraArgs=extra)
