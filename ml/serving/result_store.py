"""Scored files, each in a folder under the id of its job."""

from __future__ import annotations

import contextlib
import re
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ml.contract.file_jobs import FileJob
from ml.contract.records import ScoreRecord
from ml.core.scored_table import UNREAD

_ID = re.compile(r"[0-9a-f]{32}")
_ABOUT, TABLE = "result.json", "scores.parquet"
_SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, kw_only=True)
class Result:
    """What is known about a scored file.

    Parameters
    ----------
    id : str
        32 hexadecimal digits.
    name : str
        Name of the upload, fit to show.
    version, moment : str
        Model version and moment that scored it.
    reasons : int
        Reasons for and against that each row carries; 0 where a page works them out.
    received, scored, attention, duplicates : int
        Where the rows went.
    bands : dict of str to int
        Scored leads per band.
    warnings : dict of str to int
        Rows per thing worth knowing.
    """

    id: str
    name: str
    version: str
    moment: str
    reasons: int
    received: int
    scored: int
    attention: int
    duplicates: int
    bands: dict[str, int]
    warnings: dict[str, int]


class ResultStore:
    """Keeps results under one folder; safe for several processes.

    Parameters
    ----------
    root : Path
        Folder of the results.
    id_column : str
        Header of the column that names a lead.
    """

    def __init__(self, root: Path, id_column: str) -> None:
        self._root, self._id_column = root, id_column
        self.table = lru_cache(maxsize=4)(self._table)

    def find(self, result_id: str) -> Result | None:
        """A finished result; None for anything that is not the id of one."""
        if not _ID.fullmatch(result_id):
            return None
        try:
            about: dict[str, Any] = orjson.loads((self._root / result_id / _ABOUT).read_bytes())
        except FileNotFoundError:
            return None
        return Result(**about)

    def publish(self, job: FileJob, record: ScoreRecord, folder: Path) -> Result:
        """Move the folder of a scored file under the id of its job, all or nothing."""
        result = _result(job, record)
        (folder / _ABOUT).write_bytes(orjson.dumps(result))
        self._root.mkdir(parents=True, exist_ok=True)
        self.remove(job.id)  # of a worker that died between this and saying that it is done
        folder.rename(self._root / job.id)
        return result

    def remove(self, result_id: str) -> None:
        """Forget a result."""
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self._root / result_id)

    def forget_older(self, days: int) -> None:
        """Remove results that are older: they hold people's data."""
        oldest = time.time() - days * _SECONDS_PER_DAY
        for folder in self._root.glob("*"):
            with contextlib.suppress(FileNotFoundError):  # another worker was first
                if folder.stat().st_mtime < oldest:
                    shutil.rmtree(folder)

    def forget(self, leads: Sequence[str]) -> int:
        """Remove the results that name some of the leads, whole; their number."""
        naming = [file for file in self._root.glob(f"*/{TABLE}") if self._names(file, leads)]
        for file in naming:
            self.remove(file.parent.name)
        return len(naming)

    def _names(self, file: Path, leads: Sequence[str]) -> bool:
        """Whether a row is about one of the leads; a row that could not be read may be, too."""
        ids = pa.array(leads, pa.string())
        for batch in pq.ParquetFile(file).iter_batches(columns=[self._id_column, UNREAD]):
            cells = pc.utf8_trim_whitespace(batch.column(self._id_column))
            if pc.any(pc.is_in(cells, value_set=ids)).as_py():
                return True
            unread = batch.column(UNREAD).drop_null().to_pylist()
            if any(lead in row for row in unread for lead in leads):
                return True
        return False

    def _table(self, result_id: str) -> pa.Table:
        return pq.read_table(self._root / result_id / TABLE, memory_map=True)

    def path(self, result_id: str) -> Path:
        """The Parquet file of a result."""
        return self._root / result_id / TABLE


def _result(job: FileJob, record: ScoreRecord) -> Result:
    rows = record.rows
    return Result(
        id=job.id,
        name=job.name,
        version=record.version,
        moment=record.moment,
        reasons=job.reasons,
        received=rows.received,
        scored=rows.accepted,
        attention=rows.quarantined,
        duplicates=rows.deduplicated,
        bands=dict(record.bands),
        warnings=dict(record.warnings),
    )
