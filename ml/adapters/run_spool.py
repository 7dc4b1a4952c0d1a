"""Runs that wait on disk while their tracker is away, as JSON lines that are told later.

A run is a folder: `run.jsonl`, whose first line says what was opened and each further line one
thing that the run was told, and the files that it was to keep.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from ml.adapters.disk_faults import disk_faults

_LOG = logging.getLogger(__name__)

#: How the folder of a run begins that the tracker understood and refused.
_REFUSED = "refused-"
_LINES, _FILES = "run.jsonl", "files"


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A run as it was opened.

    Parameters
    ----------
    key : str
        Our own name for the run, which the tracker keeps as a tag.
    experiment, name : str
    at : int
        Milliseconds since 1970, as of all that follows.
    tags : mapping of str to str
    parent : str or None
        Key of the run that it belongs to.
    id : str or None
        The tracker's name, where the run was open before the tracker went away.
    """

    key: str
    experiment: str
    name: str
    at: int
    tags: Mapping[str, str]
    parent: str | None = None
    id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Word:
    """One thing that a run is told: `kind` is params, metrics, tags, file or end."""

    kind: str
    at: int
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Spooled:
    """A run that waits, with what it was told so far."""

    opening: Opening
    words: tuple[Word, ...]


class RunSpool:
    """Keeps runs below a folder.

    Parameters
    ----------
    folder : Path
        Made when the first run has to wait.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open(self, opening: Opening) -> None:
        """Begin to keep a run; once it has words, it is kept already.

        Raises
        ------
        DependencyUnavailable
            If the disk takes no more; as of `add`, what was kept before stays whole.
        """
        with self._written(opening.key):
            (self.folder / opening.key).mkdir(parents=True, exist_ok=True)
            self._append(opening.key, asdict(opening))

    def add(self, key: str, word: Word) -> None:
        """Keep a word; of a file, a copy."""
        values = dict(word.values)
        with self._written(key):
            if word.kind == "file":
                values["path"] = self._copied(key, Path(values["path"]))
            self._append(key, asdict(word) | {"values": values})

    def waiting(self) -> list[Spooled]:
        """Every run that waits, in the order in which they were opened."""
        files = [
            file
            for file in self.folder.glob(f"*/{_LINES}")
            if not file.parent.name.startswith(_REFUSED)
        ]
        runs = [run for run in map(self._read, files) if run]
        return sorted(runs, key=lambda run: (run.opening.at, run.opening.key))

    def drop(self, key: str) -> None:
        """Forget a run that was told.

        Its file stays, empty: a home that is kept in S3 only ever gains files there, and a file
        that is gone here would come back.
        """
        (self.folder / key / _LINES).write_text("")
        shutil.rmtree(self.folder / key / _FILES, ignore_errors=True)

    def refuse(self, key: str) -> Path:
        """Put a run aside that the tracker will never take; where it lies for people to see."""
        aside = self.folder / f"{_REFUSED}{key}"
        shutil.copytree(self.folder / key, aside, dirs_exist_ok=True)
        self.drop(key)
        return aside

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """One process at a time tells what waits."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder / ".lock"):
            yield

    def _read(self, file: Path) -> Spooled | None:
        """A run; None if it was told, was never quite opened, or its file is damaged."""
        lines = file.read_text("utf-8").splitlines(keepends=True)
        try:
            whole = [json.loads(line) for line in lines if line.endswith("\n")]
            if not whole:
                return None
            opening, words = Opening(**whole[0]), tuple(Word(**word) for word in whole[1:])
        except (ValueError, TypeError) as error:
            _LOG.error("%s cannot be read: %s", self.refuse(file.parent.name), error)
            return None
        return Spooled(opening=opening, words=tuple(_placed(word, file.parent) for word in words))

    def _copied(self, key: str, file: Path) -> str:
        files = self.folder / key / _FILES
        place = files / str(len(list(files.glob("*"))))
        place.mkdir(parents=True)
        try:
            shutil.copy(file, place / file.name)
        except OSError:
            shutil.rmtree(place)
            raise
        return (place / file.name).relative_to(self.folder / key).as_posix()

    def _written(self, key: str) -> AbstractContextManager[None]:
        return disk_faults(f"the run {key} that waits for its tracker in {self.folder}")

    def _append(self, key: str, said: Mapping[str, Any]) -> None:
        file = self.folder / key / _LINES
        whole = file.stat().st_size if file.exists() else 0
        try:
            with file.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(said, default=str) + "\n")
        except OSError:
            with suppress(FileNotFoundError):
                os.truncate(file, whole)  # the next line would end the torn one
            raise


def _placed(word: Word, home: Path) -> Word:
    """A word whose file is named from here: a home may have moved since."""
    if word.kind != "file":
        return word
    return replace(word, values={**word.values, "path": str(home / word.values["path"])})
