"""Scored files, each in a folder under the id of its job."""

from __future__ import annotations

import contextlib
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ml.contract.file_jobs import FileJob
from ml.contract.names import LINE
from ml.contract.records import ScoreRecord
from ml.contract.use_case import UseCase
from ml.core.scored_table import SCORED, UNREAD
from ml.serving.lead_index import lines_of, write_index

#: The part of a home that holds them.
RESULTS = "serving/results"
#: Ids begin with the time: `ml.contract.receipts.new_receipt_id`.
_ID = re.compile(r"[0-9a-f]{12}7[0-9a-f]{19}")
_ABOUT, TABLE, _INDEX = "scored.json", "scores.parquet", "leads.parquet"
_SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, kw_only=True)
class Result:
    """What is known about a scored file.

    Parameters
    ----------
    id : str
        32 hexadecimal digits that begin with the time.
    owner : str
        Who sent the file.
    name : str
        Name of the upload, fit to show.
    use_case, model, version, package_sha256, moment : str
        Which package scored it.
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
    owner: str
    name: str
    use_case: str
    model: str
    version: str
    package_sha256: str
    moment: str
    reasons: int
    received: int
    scored: int
    attention: int
    duplicates: int
    bands: dict[str, int]
    warnings: dict[str, int]


def result_at(root: Path, result_id: str) -> Result | None:
    """A finished result below a folder, whatever its use case; None if it is not the id of one."""
    if not _ID.fullmatch(result_id):
        return None
    try:
        about: dict[str, Any] = orjson.loads((root / result_id / _ABOUT).read_bytes())
    except FileNotFoundError:
        return None
    return Result(**about)


class ResultStore:
    """Keeps results under one folder; safe for several processes.

    Parameters
    ----------
    root : Path
        Folder of the results.
    use_case : UseCase
        Whose leads are in the files.
    """

    def __init__(self, root: Path, use_case: UseCase) -> None:
        self._root, self._use_case = root, use_case
        self._id_column = use_case.schema.id.source
        self.table = lru_cache(maxsize=4)(self._table)

    def find(self, result_id: str) -> Result | None:
        """A finished result; None for anything that is not the id of one."""
        return result_at(self._root, result_id)

    def publish(self, job: FileJob, record: ScoreRecord, folder: Path) -> Result:
        """Move the folder of a scored file under the id of its job, all or nothing."""
        result = self._result(job, record)
        write_index(folder / TABLE, self._id_column, folder / _INDEX)
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

    def newest(self) -> Iterator[Result]:
        """All results, newest first."""
        for folder in sorted(self._root.glob("*"), reverse=True):
            result = self.find(folder.name)
            if result is not None:
                yield result

    def lines(self, lead: str) -> Iterator[tuple[str, list[int]]]:
        """Where a lead was scored, newest first: ids of results, and its lines in each."""
        for file in sorted(self._root.glob(f"*/{_INDEX}"), reverse=True):
            with contextlib.suppress(FileNotFoundError):  # forgotten meanwhile
                lines = lines_of(lead, file)
                if lines:
                    yield file.parent.name, lines

    def row(self, result_id: str, line: int) -> dict[str, Any] | None:
        """A scored row by its line; None where there is none."""
        wanted = [(LINE, "==", line), ("status", "==", SCORED)]
        try:
            rows = pq.read_table(self.path(result_id), filters=wanted).to_pylist()
        except FileNotFoundError:
            return None
        return rows[0] if rows else None

    def _result(self, job: FileJob, record: ScoreRecord) -> Result:
        rows = record.rows
        return Result(
            id=job.id,
            owner=job.owner,
            name=job.name,
            use_case=self._use_case.name,
            model=record.model,
            version=record.version,
            package_sha256=record.package_sha256,
            moment=record.moment,
            reasons=job.reasons,
            received=rows.received,
            scored=rows.accepted,
            attention=rows.quarantined,
            duplicates=rows.deduplicated,
            bands=dict(record.bands),
            warnings=dict(record.warnings),
        )

    def _table(self, result_id: str) -> pa.Table:
        return pq.read_table(self._root / result_id / TABLE, memory_map=True)

    def path(self, result_id: str) -> Path:
        """The Parquet file of a result."""
        return self._root / result_id / TABLE
