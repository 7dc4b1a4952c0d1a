"""Training sets as Parquet files with a manifest, in any lake."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ml.contract.datasets import MANIFEST
from ml.contract.errors import Altered, BrokenDataset, TagTaken, UnknownName
from ml.contract.names import Zone
from ml.contract.records import SnapshotRecord, plain
from ml.core.dataset_parts import fetch_parts, publish_parts
from ml.ports import Lake

_RECORD = TypeAdapter(SnapshotRecord)
_TAGS = "tags"


class LakeSnapshots:
    """Keeps each training set in a folder named for its hash, and a file for each tag.

    Parameters
    ----------
    lake : Lake
        A key of it never changes, so neither does a tag.

    Notes
    -----
    Rows come first, then their manifest, then the tag with the manifest's hash: what has no tag
    is not there.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def freeze(self, snapshot: SnapshotRecord, files: Sequence[Path]) -> SnapshotRecord:
        """Keep rows under a tag, unless they are there already."""
        self._refuse_other_rows(snapshot, snapshot.tag)
        folder = _folder(snapshot)
        place = f"{folder}/{MANIFEST}"
        if self._lake.exists(place):
            self._bring_back(self._record(place), files)
        else:
            keys = {f"{folder}/part-{n:05}.parquet": file for n, file in enumerate(files)}
            record = replace(snapshot, data=publish_parts(keys, self._lake), place=place)
            self._write(place, json.dumps(plain(record), indent=1))
        return self.tag(self._record(place), snapshot.tag)

    def tag(self, snapshot: SnapshotRecord, tag: str) -> SnapshotRecord:
        """Give rows one more name."""
        manifest = self._lake.fetch(f"{_folder(snapshot)}/{MANIFEST}").read_bytes()
        pointer = {"hash": snapshot.canonical_hash, "manifest": _sha256(manifest)}
        self._write(f"{_tags(snapshot.use_case)}{tag}.json", json.dumps(pointer))
        self._refuse_other_rows(snapshot, tag)  # of two writers, the first has won
        return self.find(snapshot.use_case, tag)

    def find(self, use_case: str, tag: str) -> SnapshotRecord:
        """The training set that a tag names."""
        pointer = self._pointer(use_case, tag)
        if pointer is None:
            raise UnknownName("snapshot tag", tag, self._names(use_case))
        place = f"{Zone.SNAPSHOTS}/{use_case}/{pointer['hash'][:16]}/{MANIFEST}"
        found = _sha256(self._lake.fetch(place).read_bytes())
        if found != pointer["manifest"]:
            raise Altered(
                f"manifest {place!r} has hash {found[:16]}, not {pointer['manifest'][:16]} as when "
                f"it was tagged {tag!r}; restore it, or freeze the rows again on another home"
            )
        return replace(self._record(place), tag=tag)

    def all(self, use_case: str) -> list[SnapshotRecord]:
        """Training sets by tag, oldest first."""
        found = [self.find(use_case, tag) for tag in self._names(use_case)]
        return sorted(found, key=lambda record: (record.created_at, record.tag))

    def fetch(self, snapshot: SnapshotRecord) -> list[Path]:
        """Local Parquet files that hold the rows."""
        return fetch_parts(snapshot.data, self._lake)

    def _pointer(self, use_case: str, tag: str) -> dict[str, str] | None:
        key = f"{_tags(use_case)}{tag}.json"
        if not self._lake.exists(key):
            return None
        found: dict[str, str] = json.loads(self._lake.fetch(key).read_bytes())
        return found

    def _refuse_other_rows(self, snapshot: SnapshotRecord, tag: str) -> None:
        pointer = self._pointer(snapshot.use_case, tag)
        if pointer and pointer["hash"] != snapshot.canonical_hash:
            raise TagTaken(tag, snapshot.use_case, pointer["hash"], snapshot.canonical_hash)

    def _bring_back(self, record: SnapshotRecord, files: Sequence[Path]) -> None:
        """Files that somebody deleted; what is read is held to the manifest, as ever."""
        for part, file in zip(record.data.parts, files, strict=False):
            if not self._lake.exists(part.key):
                self._lake.publish(part.key, file)

    def _names(self, use_case: str) -> list[str]:
        folder = _tags(use_case)
        keys = self._lake.keys(folder)
        return [key.removeprefix(folder).removesuffix(".json") for key in keys]

    def _record(self, place: str) -> SnapshotRecord:
        try:
            return _RECORD.validate_json(self._lake.fetch(place).read_bytes())
        except ValidationError as error:
            raise BrokenDataset(place, "is no manifest of a training set") from error

    def _write(self, key: str, text: str) -> None:
        with self._lake.scratch() as folder:
            file = folder / "text"
            file.write_text(text, encoding="utf-8")
            self._lake.publish(key, file)


def _folder(snapshot: SnapshotRecord) -> str:
    return f"{Zone.SNAPSHOTS}/{snapshot.use_case}/{snapshot.canonical_hash[:16]}"


def _tags(use_case: str) -> str:
    return f"{Zone.SNAPSHOTS}/{use_case}/{_TAGS}/"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
