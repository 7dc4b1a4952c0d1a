"""What came of a run of the retrain pipeline: said alike, whoever orchestrates it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ml.contract.jobs import Job
from ml.contract.records import JsonObject


def ends_with(job: Job, said: Mapping[str, Any]) -> bool:
    """Whether a run ends with a job, given what it says: the last, or the one that sees no need.

    Parameters
    ----------
    job : Job
    said : mapping
        What the job has told.

    Examples
    --------
    >>> ends_with(Job.PROCESS, {"train": {"needed": False}})
    True
    """
    return job is Job.REGISTER or (job is Job.PROCESS and not said["train"]["needed"])


def run_outcome(said: Sequence[Mapping[str, Any]]) -> JsonObject:
    """Whether a run trained, why, and what came of it.

    Parameters
    ----------
    said : sequence of mapping
        What its jobs have told, in their order; the first has looked for drift.

    Returns
    -------
    dict
        ``trained``; ``drift`` and ``train`` as the first job told them; ``package``, where one was
        made; ``degraded``: what steps could not do although they ended well, by step.

    Examples
    --------
    >>> run_outcome([{"drift": {}, "train": {"needed": False}, "steps": []}])["trained"]
    False
    """
    first, last = said[0], said[-1]
    made = {"package": last["package"]} if "package" in last else {}
    untold = {
        step["step"]: step["record"].get("degraded") for each in said for step in each["steps"]
    }
    return {
        "trained": bool(made),
        "drift": first["drift"],
        "train": first["train"],
        **made,
        "degraded": {step: why for step, why in untold.items() if why},
    }
