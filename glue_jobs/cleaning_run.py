"""One run of the cleaning job: each file that it is asked for is cleaned, loaded and accounted."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from pyspark.sql import SparkSession

from glue_jobs.accounting import send_accounting
from glue_jobs.checking import (
    Checked,
    check_rows,
    place_of_figures,
    read_figures,
    refuse_if_stopped,
    write_figures,
)
from glue_jobs.finished import place_of, read_story, rules_hash, story, write_story
from glue_jobs.lake_table import session_options
from glue_jobs.loading import load
from glue_jobs.sources import Source, fetch_sources
from glue_jobs.spark_cleaning import Cleaned, clean_file, file_version
from glue_jobs.storage import Storage
from ml.adapters.s3_access import client_of_s3
from ml.contract.errors import DataStopped, InputRefused, LeadwiseError
from ml.contract.jobs import CleaningOptions, CleanRequest
from ml.contract.use_case import UseCase
from ml.use_cases import find

LOG = logging.getLogger("leadwise.cleaning")
T = TypeVar("T")


def main(arguments: list[str]) -> None:
    """Clean what the arguments name; Glue adds arguments of its own.

    A file that is refused stops no other. The run fails at its end, with every reason.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        refused = list(_clean_all(_of(CleanRequest, arguments), _of(CleaningOptions, arguments)))
    except LeadwiseError as error:
        refused = [str(error)]
    if refused:
        sys.exit(f"error: {'; '.join(refused)}")  # Glue shows it as the reason of the failed run


def _of(kind: type[T], arguments: list[str]) -> T:
    """A value out of the arguments that are called as its fields."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    known: tuple[Field[Any], ...] = fields(kind)  # type: ignore[arg-type]  # T is one
    for field in known:
        required = field.default is MISSING
        parser.add_argument(
            f"--{field.name}", required=required, default=None if required else field.default
        )
    given, _ = parser.parse_known_args(arguments)
    return kind(**vars(given))


def _clean_all(request: CleanRequest, options: CleaningOptions) -> Iterator[str]:
    """Clean one file after another; why each of those was refused that were."""
    spark = _session(options)
    with tempfile.TemporaryDirectory() as folder:
        for source in fetch_sources(client_of_s3(), request, Path(folder)):
            try:
                told = _clean_once(spark, options, source, Path(folder))
            except (InputRefused, DataStopped) as error:
                yield f"{source.key}: {error}"
            else:
                LOG.info(json.dumps({"file": source.key, **told}))


def _session(options: CleaningOptions) -> SparkSession:
    builder = SparkSession.builder
    if options.table:
        catalog = options.table.partition(".")[0]
        for name, value in session_options(catalog, f"{options.target}/tables/").items():
            builder = builder.config(name, value)
    return builder.getOrCreate()


def _clean_once(
    spark: SparkSession, options: CleaningOptions, source: Source, folder: Path
) -> dict[str, Any]:
    """What a file became; nothing is done again for bytes that were done by the same rules."""
    use_case, storage = find(options.use_case), Storage(spark)
    place = place_of(use_case, options, file_version(source.file))
    before = read_story(storage, place, rules_hash(use_case, options), folder)
    if before is not None:
        return before | {"repeated": True}
    done = clean_file(spark, use_case, source=source.file, target=options.target)
    if options.service:
        send_accounting(done.rows, service=options.service)
    checked = _checked(spark, use_case, options, done, folder)
    load(spark, use_case, options, done)
    told = story(use_case, options, done) | {"checks": checked.told()}
    write_story(storage, told, place, folder)
    return told | {"repeated": False}


def _checked(
    spark: SparkSession, use_case: UseCase, options: CleaningOptions, done: Cleaned, folder: Path
) -> Checked:
    """What the checks say, if it is no stop; the next file is compared with this one."""
    storage, place = Storage(spark), place_of_figures(use_case, options)
    before, today = read_figures(storage, place, folder), datetime.now(UTC).date()
    checked = check_rows(spark, use_case, options, done, before=before, today=today)
    refuse_if_stopped(use_case, checked)
    write_figures(storage, checked.figures, place, folder)
    return checked
