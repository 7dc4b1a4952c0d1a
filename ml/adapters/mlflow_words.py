"""What runs are told, in MLflow's own terms; whatever is told twice is kept once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml.adapters.run_spool import Opening, Word
from ml.contract.errors import LeadwiseError

if TYPE_CHECKING:
    from mlflow import MlflowClient

#: Tag with our own name of a run, by which it is found again.
RUN_KEY = "leadwise_run"
_PARENT = "mlflow.parentRunId"


def open_run(client: MlflowClient, experiment_id: str, opening: Opening, parent: str | None) -> str:
    """Open a run; MLflow's name for it."""
    tags = {"mlflow.runName": opening.name, RUN_KEY: opening.key, **opening.tags}
    if parent:
        tags[_PARENT] = parent
    made = client.create_run(experiment_id, start_time=opening.at, tags=tags)
    return str(made.info.run_id)


def find_run(client: MlflowClient, experiment_id: str, key: str) -> str | None:
    """MLflow's name of the run that we call `key`."""
    found = client.search_runs([experiment_id], f"tags.{RUN_KEY} = '{key}'", max_results=1)
    return str(found[0].info.run_id) if found else None


def tell(client: MlflowClient, run_id: str, word: Word) -> None:
    """Tell a run one thing, with the time that it was said at.

    Raises
    ------
    LeadwiseError
        If nobody knows what the word means: a newer version may have written it.
    """
    from mlflow.entities import Metric, Param, RunTag

    values = word.values
    match word.kind:
        case "params":
            params = [Param(name, str(value)) for name, value in values.items()]
            client.log_batch(run_id, params=params)
        case "metrics":
            metrics = [Metric(name, float(value), word.at, 0) for name, value in values.items()]
            client.log_batch(run_id, metrics=metrics)
        case "tags":
            client.log_batch(run_id, tags=[RunTag(name, str(v)) for name, v in values.items()])
        case "file":
            client.log_artifact(run_id, values["path"], values["folder"] or None)
        case "end":
            client.set_terminated(run_id, values["status"], end_time=word.at)
        case _:
            raise LeadwiseError(f"run {run_id} was told {word.kind!r}, which means nothing here")
