"""What a finished run leaves beside its rows: proof that it was done, written last of all."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from glue_jobs.spark_cleaning import Cleaned, cleaning_sql
from glue_jobs.storage import Storage
from ml.contract.jobs import CleaningOptions
from ml.contract.names import Zone
from ml.contract.places import partition
from ml.contract.use_case import UseCase


def story(use_case: UseCase, options: CleaningOptions, done: Cleaned) -> dict[str, Any]:
    """A run as JSON-ready values: its files, its accounting, the rules and what was loaded."""
    return {
        **asdict(done),
        "rows": done.rows.to_dict(),
        "parts": [part._asdict() for part in done.parts],
        "rules": rules_hash(use_case, options),
    }


def rules_hash(use_case: UseCase, options: CleaningOptions) -> str:
    """Changes when the same bytes would become other rows, or go elsewhere."""
    sql = cleaning_sql(use_case)
    words = [sql.broken, sql.repeats, sql.clean, repr(use_case.task), repr(options)]
    return hashlib.sha256("\0".join(words).encode()).hexdigest()


def place_of(use_case: UseCase, options: CleaningOptions, version: str) -> str:
    """Where the story of a version lies."""
    return f"{options.target}/{partition(Zone.LOADS, use_case.name, version)}finished.json"


def write_story(storage: Storage, told: dict[str, Any], place: str, folder: Path) -> None:
    """Say that a version is done."""
    file = folder / "finished.json"
    file.write_text(json.dumps(told, indent=1))
    storage.send(file, place)


def read_story(storage: Storage, place: str, rules: str, folder: Path) -> dict[str, Any] | None:
    """What was said of a version that is done by these rules; None if it is not."""
    if not storage.exists(place):
        return None
    file = folder / "found.json"
    storage.fetch(place, file)
    told: dict[str, Any] = json.loads(file.read_text())
    return told if told.get("rules") == rules else None
