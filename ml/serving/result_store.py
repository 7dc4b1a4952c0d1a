"""Scored files, each in a folder under an id that nobody can guess."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from ml.contract.records import ScoreRecord

_ID = re.compile(r"[0-9a-f]{32}")
_ABOUT, TABLE, _KEY = "result.json", "scores.parquet", "key"


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

    Notes
    -----
    An id is a keyed digest of file and model version: the same file leads to the same result,
    and without the key, which never leaves the folder, no one can compute an id.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self.table = lru_cache(maxsize=4)(self._table)

    def id_of(self, sha256: str, *version: str) -> str:
        """Id of the result of a file, by its digest and what scored it."""
        message = "\n".join((sha256, *version)).encode()
        return hmac.new(self._secret(), message, hashlib.sha256).hexdigest()[:32]

    def find(self, result_id: str) -> Result | None:
        """A finished result; None for anything that is not the id of one."""
        if not _ID.fullmatch(result_id):
            return None
        try:
            about: dict[str, Any] = orjson.loads((self._root / result_id / _ABOUT).read_bytes())
        except FileNotFoundError:
            return None
        return Result(**about)

    def publish(self, result_id: str, name: str, record: ScoreRecord, folder: Path) -> Result:
        """Move a scored file's folder under its id, all or nothing; the first of two wins."""
        result = _result(result_id, name, record)
        (folder / _ABOUT).write_bytes(orjson.dumps(result))
        try:
            folder.rename(self._root / result_id)
        except OSError:
            if self.find(result_id) is None:  # no other worker scored the same file meanwhile
                raise
        return result

    def _table(self, result_id: str) -> pa.Table:
        return pq.read_table(self._root / result_id / TABLE, memory_map=True)

    def path(self, result_id: str) -> Path:
        """The Parquet file of a result."""
        return self._root / result_id / TABLE

    def _secret(self) -> bytes:
        path = self._root / _KEY
        if not path.exists():
            self._root.mkdir(parents=True, exist_ok=True)
            fresh = self._root / f".{secrets.token_hex(8)}"
            fresh.touch(mode=0o600)
            fresh.write_bytes(secrets.token_bytes(32))
            try:
                os.link(fresh, path)  # unlike a rename, fails if another worker was first
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        return path.read_bytes()


def _result(result_id: str, name: str, record: ScoreRecord) -> Result:
    rows = record.rows
    return Result(
        id=result_id,
        name=name,
        version=record.version,
        moment=record.moment,
        received=rows.received,
        scored=rows.accepted,
        attention=rows.quarantined,
        duplicates=rows.deduplicated,
        bands=dict(record.bands),
        warnings=dict(record.warnings),
    )
