"""The newest scored file of a caller, which is what the console's pages about leads look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request

from ml.contract.file_jobs import JobState
from ml.serving.jobs.desk import JobDesk
from ml.serving.result_store import Result


@dataclass(frozen=True, kw_only=True)
class ScoredFile:
    """A file of leads with their scores, and when they were scored."""

    result: Result
    at: datetime


def newest_file(desk: JobDesk, request: Request) -> ScoredFile | None:
    """What the caller scored last, if it is still kept."""
    for job in desk.mine(request):
        result = desk.results.find(job.id) if job.state is JobState.DONE else None
        if result:
            return ScoredFile(result=result, at=datetime.fromisoformat(job.ended_at))
    return None
