"""Where the file of a job lies until the job ends."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from ml.contract.file_jobs import FileJob
from ml.ports import FileJobs
from ml.serving.result_store import TABLE

_OUTPUT = "result"
#: A folder that no job owns by then belongs to an upload that broke off with its server.
_SECONDS_OF_AN_UPLOAD = 3_600


class JobFiles:
    """Keeps a folder for each open job.

    Parameters
    ----------
    root : Path
        Folder of the folders.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    @contextlib.contextmanager
    def receiving(self, job_id: str) -> Iterator[Path]:
        """A new folder for a job; gone again if the block raises."""
        folder = self._root / job_id
        folder.mkdir(parents=True)
        try:
            yield folder
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def source(self, job: FileJob) -> Path:
        """The file of a job."""
        return self._root / job.id / job.file

    def output_folder(self, job: FileJob) -> Path:
        """Where its result is written."""
        return self._root / job.id / _OUTPUT

    def fresh_output(self, job: FileJob) -> Path:
        """The Parquet file to write, in an empty folder."""
        folder = self.output_folder(job)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder / TABLE

    def remove(self, job_id: str) -> None:
        """Forget the file of a job."""
        shutil.rmtree(self._root / job_id, ignore_errors=True)

    def sweep(self, jobs: FileJobs) -> None:
        """Remove what no open job needs."""
        for folder in self._root.glob("*"):
            job = jobs.get(folder.name)
            if _is_abandoned(folder) if job is None else not job.is_open:
                shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):  # its upload has just been refused
        return time.time() - folder.stat().st_mtime > _SECONDS_OF_AN_UPLOAD
    return False
