"""What a job on AWS tells the pipeline, the run's last job and people: files of the run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from ml.contract.errors import UsageError
from ml.contract.jobs import OUTCOME_FILE, STEPS, Job, said_file
from ml.contract.names import Step
from ml.contract.records import JsonObject
from ml.contract.run_outcome import ends_with, run_outcome


def told_before(folder: Path) -> list[JsonObject]:
    """What the jobs before the last have told, in their order.

    To be read before anything is done: a model must not come into force by half a run.

    Parameters
    ----------
    folder : Path
        Where SageMaker has put it.

    Raises
    ------
    UsageError
        If one has told nothing.
    """
    files = [folder / said_file(job) for job in Job if job is not Job.REGISTER]
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise UsageError(
            f"{str(folder)!r} lacks {', '.join(missing)}, which the run's earlier jobs leave; "
            "run them first, and name their folder with --said"
        )
    return [json.loads(file.read_bytes()) for file in files]


def leave_words(
    said: JsonObject, steps: Sequence[Step], before: Sequence[JsonObject], folder: Path
) -> None:
    """Write what a job says, and what came of the run where it ends with this job.

    Parameters
    ----------
    said : dict
        What the job says.
    steps : sequence of Step
        Those that it ran; nothing is written where they are no `Job`'s.
    before : sequence of dict
        What the jobs before it have told; empty for all but the last.
    folder : Path
        Whose files SageMaker brings to the run's own.
    """
    for job in Job:
        if tuple(steps) == STEPS[job]:
            leave_json(folder / said_file(job), said)
            if ends_with(job, said):
                leave_json(folder / OUTCOME_FILE, run_outcome([*before, said]))


def leave_json(file: Path, words: JsonObject) -> None:
    """Write words as JSON that people can read; the folder is made where it is not there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(words, indent=1, default=str))
