"""A job's progress as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import orjson
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from ml.contract.file_jobs import FileJob
from ml.serving.jobs.desk import JobDesk
from ml.serving.jobs.telling import told

_SECONDS_BETWEEN_LOOKS = 0.25
_SECONDS_BETWEEN_HEARTBEATS = 10
#: How long a browser waits before it connects again.
_RETRY_MS = 1_000


def events_of(job: FileJob, desk: JobDesk, last_event_id: str) -> Response:
    """The changes of a job from now on, until it ends.

    Parameters
    ----------
    job : FileJob
    desk : JobDesk
    last_event_id : str
        Last event that the client has seen; a job that has not changed since is not told again.

    Returns
    -------
    Response
        204, by which browsers stop to ask, if the job has ended and the client knows.
    """
    seen = int(last_event_id) if last_event_id.isascii() and last_event_id.isdigit() else -1
    if not job.is_open and job.revision <= seen:
        return Response(status_code=204)
    return EventSourceResponse(_changes(job, desk, seen), ping=_SECONDS_BETWEEN_HEARTBEATS)


async def _changes(job: FileJob, desk: JobDesk, seen: int) -> AsyncIterator[ServerSentEvent]:
    newest: FileJob | None = job
    while newest is not None:
        if newest.revision > seen:
            seen = newest.revision
            yield _event(newest, desk)
        if not newest.is_open:
            return
        await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
        newest = await run_in_threadpool(desk.jobs.get, job.id)


def _event(job: FileJob, desk: JobDesk) -> ServerSentEvent:
    """`progress` while a job may change, `end` for the last one."""
    return ServerSentEvent(
        data=orjson.dumps(told(job, desk.results.find(job.id))).decode(),
        event="progress" if job.is_open else "end",
        id=str(job.revision),
        retry=_RETRY_MS,
    )
