"""From a request with a file to a job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ml.contract.access import Caller
from ml.contract.faults import Rule
from ml.contract.file_jobs import FileJob, JobState
from ml.contract.receipts import new_receipt_id
from ml.contract.requests.problems import Problem
from ml.contract.settings import ServeSettings
from ml.ports import FileJobs
from ml.serving.access.callers import caller_of
from ml.serving.capture import Record
from ml.serving.idempotency import Once
from ml.serving.jobs.job_files import JobFiles
from ml.serving.jobs.moments import now
from ml.serving.lead_scorer import SampleLeads
from ml.serving.live_model import LiveModel
from ml.serving.result_reasons import REASONS
from ml.serving.result_store import ResultStore
from ml.serving.scoring_api import serving, wanted_reasons
from ml.serving.uploads import Upload, described, received

SAMPLE_NAME = "sample-leads.csv"
#: Open jobs of one caller; whoever has more waits for themselves.
MOST_OPEN = 20
#: The answer to a job, and to whether it was there already.
Answer = Callable[[FileJob, bool], Response]


@dataclass(frozen=True, kw_only=True)
class Submissions:
    """Takes files in.

    Parameters
    ----------
    jobs : FileJobs
    files : JobFiles
        Where uploads lie.
    results : ResultStore
        Says whether a file's result is still there.
    model : LiveModel
        Without a model no file is taken.
    settings : ServeSettings
        Limits.
    wake : callable
        Tells the runner that there is something to do.
    sample : callable
        Makes a small CSV of made-up leads.
    once : Once
        Tells repeats of a request what was answered.
    """

    jobs: FileJobs
    files: JobFiles
    results: ResultStore
    model: LiveModel
    settings: ServeSettings
    wake: Callable[[], None]
    sample: SampleLeads
    once: Once

    async def submit(self, request: Request, answer: Answer) -> Response:
        """Take in the file that a request carries, once where the request carries a key.

        Parameters
        ----------
        request : Request
        answer : callable
            Makes the answer of the job, and of whether it was there already.

        Raises
        ------
        Problem
            400, 413 or 415 for what is no file to score, 429 for too many at once, 503 while no
            model is ready.
        """
        caller, version = caller_of(request), serving(self.model).version
        asked = wanted_reasons(request)
        job_id = new_receipt_id()
        with self.files.receiving(job_id) as folder:
            upload = await received(request, folder, self.settings.upload_megabytes)

            reasons = asked or (REASONS if upload.explained else 0)

            async def work(_: Record) -> Response:
                job = partial(self._job, job_id, upload, caller, version, reasons)
                return await run_in_threadpool(lambda: answer(*job()))

            response = await self.once.answer(request, f"{upload.sha256} {reasons}".encode(), work)
            await run_in_threadpool(self._tidy, job_id)
            return response

    def submit_sample(self, caller: Caller) -> tuple[FileJob, bool]:
        """The job of the sample leads, and whether it was there already."""
        version, job_id = serving(self.model).version, new_receipt_id()
        with self.files.receiving(job_id) as folder:
            path = folder / SAMPLE_NAME
            path.write_bytes(self.sample())
            taken = self._job(job_id, described(path, SAMPLE_NAME), caller, version, 0)
            self._tidy(job_id)
            return taken

    def _tidy(self, job_id: str) -> None:
        """Remove a file that has become no job, as there is one that does the same."""
        if self.jobs.get(job_id) is None:
            self.files.remove(job_id)

    def _job(
        self, job_id: str, upload: Upload, caller: Caller, version: str, reasons: int
    ) -> tuple[FileJob, bool]:
        self._refuse_long(upload)
        theirs = self.jobs.of(caller.name)
        known = self._known(theirs, upload, version, reasons)
        if known is not None:
            return known, True
        _refuse_many(theirs)
        job = FileJob(
            id=job_id,
            owner=caller.name,
            name=upload.name,
            file=upload.path.name,
            sha256=upload.sha256,
            reasons=reasons,
            submitted_at=now(),
        )
        self.jobs.add(job)
        self.wake()
        return job, False

    def _known(
        self, theirs: list[FileJob], upload: Upload, version: str, reasons: int
    ) -> FileJob | None:
        """A job that does the same, or has done it with the version in force."""
        for job in theirs:
            if (job.sha256, job.reasons) == (upload.sha256, reasons) and (
                job.is_open
                or (job.state is JobState.DONE and job.version == version and self._kept(job))
            ):
                return job
        return None

    def _kept(self, job: FileJob) -> bool:
        return self.results.find(job.id) is not None

    def _refuse_long(self, upload: Upload) -> None:
        most = self.settings.upload_rows
        if upload.path.suffix != ".parquet" and upload.lines > most + 1:
            raise Problem.of(
                413,
                Rule.TOO_LARGE,
                f"the file has {upload.lines:,} lines; this server scores up to {most:,} leads",
                "send it in parts, or score it with `leadwise score`",
            )


def _refuse_many(theirs: list[FileJob]) -> None:
    if sum(job.is_open for job in theirs) >= MOST_OPEN:
        raise Problem(
            429,
            f"{MOST_OPEN} of your files wait or are being scored; wait for one, or cancel one",
            headers={"Retry-After": "10"},
        )
