"""A job as programs read it."""

from __future__ import annotations

from typing import Any

from ml.contract.file_jobs import FileJob
from ml.serving.result_store import Result


def told(job: FileJob, result: Result | None = None) -> dict[str, Any]:
    """The job as JSON values.

    Parameters
    ----------
    job : FileJob
    result : Result, optional
        Where its rows went, once it is done.
    """
    address = f"/v1/jobs/{job.id}"
    return {
        "id": job.id,
        "file": job.name,
        "state": job.state,
        "step": job.step or None,
        "rows_done": job.rows_done,
        "rows": job.rows,
        "reasons": job.reasons,
        "submitted_at": job.submitted_at,
        "started_at": job.started_at or None,
        "ended_at": job.ended_at or None,
        "model_version": job.version or None,
        "problem": job.problem,
        "counts": _counts(result) if result else None,
        "links": {
            "self": address,
            "events": f"{address}/events",
            "result": f"{address}/result" if result else None,
            "page": f"/results/{job.id}" if result else f"/jobs/{job.id}",
        },
    }


def _counts(result: Result) -> dict[str, Any]:
    return {
        "received": result.received,
        "scored": result.scored,
        "needs_attention": result.attention,
        "duplicates": result.duplicates,
        "bands": result.bands,
        "warnings": result.warnings,
    }
