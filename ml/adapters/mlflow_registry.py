"""Model versions in MLflow's registry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ml.adapters.code_environment import code_environment, library_version
from ml.adapters.mlflow_connection import MlflowConnection
from ml.contract.errors import DependencyUnavailable, LeadwiseError, StaleAlias
from ml.contract.names import Alias
from ml.ports import ANYTHING, ModelVersion, Run

if TYPE_CHECKING:
    from mlflow import MlflowClient

#: Folder of a run that holds the packaged scorer.
SCORER = "scorer"

#: Whoever loads the pipeline from MLflow also needs Leadwise itself, which is on no index.
_REQUIREMENTS = ("scikit-learn", "lightgbm", "xgboost-cpu", "skops", "pandas", "numpy", "scipy")

#: Packages whose types skops may restore; a pipeline of anything else is refused here, before
#: it is stored, rather than by whoever loads it.
_TRUSTED = ("ml.", "sklearn.", "lightgbm.", "xgboost.", "numpy.", "scipy.", "pandas.")
_TRUSTED_TYPES = {"collections.OrderedDict", "collections.defaultdict", "builtins.bytearray"}


class MlflowRegistry:
    """Remembers model versions, their packages and their aliases.

    Parameters
    ----------
    uri : str
        Tracking URI: `sqlite:///...` or `https://...`.
    artifacts : Path or None, default=None
        As the tracker's of the same home.
    """

    def __init__(self, uri: str, artifacts: Path | None = None) -> None:
        self.connection = MlflowConnection(uri=uri, artifacts=artifacts)

    def register(
        self,
        model: str,
        *,
        run: Run,
        package: Path,
        pipeline: Any,
        example: Any,
        tags: Mapping[str, str],
    ) -> ModelVersion:
        """Store package and pipeline with the run, and the pair as the next version.

        Raises
        ------
        LeadwiseError
            If the run already holds a package, or the pipeline holds a type that is not trusted.
        """
        with self.connection.client() as client:
            if client.list_artifacts(run.id, SCORER):
                raise LeadwiseError(f"run {run.id} already holds a package; open a run of its own")
            client.log_artifacts(run.id, str(package), SCORER)
            logged = _log_pipeline(client, run.id, pipeline, example)
            _ensure_model(client, model)
            made = client.create_model_version(
                model,
                source=logged.artifact_location,
                run_id=run.id,
                model_id=logged.model_id,
                tags={**code_environment(), "logged_model": logged.model_id, **tags},
            )
            return _version(made)

    def get(self, model: str, version: str) -> ModelVersion | None:
        """One version, if it exists."""
        with self.connection.client() as client:
            return _found(lambda: client.get_model_version(model, version))

    def aliased(self, model: str, alias: Alias) -> ModelVersion | None:
        """The version that an alias points to, if any."""
        with self.connection.client() as client:
            return _found(lambda: client.get_model_version_by_alias(model, alias.value))

    def point(
        self, model: str, alias: Alias, version: str, *, expected: str | None = ANYTHING
    ) -> None:
        """Let an alias point to a version, if it points where the caller thinks.

        Raises
        ------
        StaleAlias
            If the alias has moved from `expected`.
        """
        with self.connection.client() as client, self.connection.exclusive():
            found = _found(lambda: client.get_model_version_by_alias(model, alias.value))
            now = found.version if found else None
            if expected not in (ANYTHING, now):
                raise StaleAlias(model, alias, expected, now)
            client.set_registered_model_alias(model, alias.value, version)

    def tag(self, model: str, version: str, name: str, value: str) -> None:
        """Set a tag of a version, whatever it was."""
        with self.connection.client() as client:
            client.set_model_version_tag(model, version, name, value)

    def package(self, version: ModelVersion) -> dict[str, bytes]:
        """The packaged scorer's files by name.

        Raises
        ------
        DependencyUnavailable
            If the run no longer holds its package.
        """
        with self.connection.client() as client, TemporaryDirectory() as folder:
            if not client.list_artifacts(version.run_id, SCORER):
                raise DependencyUnavailable(
                    f"version {version.version} of {version.model} has lost its package: MLflow at "
                    f"{self.connection.shown} holds no {SCORER}/ for run {version.run_id}; "
                    "train again"
                )
            root = Path(client.download_artifacts(version.run_id, SCORER, folder))
            files = sorted(path for path in root.rglob("*") if path.is_file())
            return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def _log_pipeline(client: MlflowClient, run_id: str, pipeline: Any, example: Any) -> Any:
    """The pipeline as an MLflow model of the run: skops, so that loading it runs no code."""
    from mlflow.entities import LoggedModelOutput, LoggedModelStatus

    experiment = client.get_run(run_id).info.experiment_id
    logged = client.create_logged_model(experiment, name="pipeline", source_run_id=run_id)
    with TemporaryDirectory() as folder:
        _save(pipeline, example, Path(folder) / "model", run_id, logged.model_id)
        client.log_model_artifacts(logged.model_id, str(Path(folder) / "model"))
    client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step=0)])
    return client.finalize_logged_model(logged.model_id, LoggedModelStatus.READY)


def _save(pipeline: Any, example: Any, to: Path, run_id: str, model_id: str) -> None:
    import mlflow.sklearn
    from mlflow.models import Model, infer_signature

    predict = "predict_proba" if hasattr(pipeline, "predict_proba") else "predict"
    mlflow.sklearn.save_model(
        pipeline,
        str(to),
        mlflow_model=Model(run_id=run_id, model_id=model_id),
        signature=infer_signature(example, getattr(pipeline, predict)(example)),
        input_example=example,
        pyfunc_predict_fn=predict,
        # Named here, or MLflow would start a second process to find them out.
        pip_requirements=[
            f"{name}=={found}" for name in _REQUIREMENTS if (found := library_version(name))
        ],
        serialization_format="skops",
        skops_trusted_types=_trusted(pipeline),
    )


def _trusted(pipeline: Any) -> list[str]:
    from skops import io

    asked: list[str] = io.get_untrusted_types(data=io.dumps(pipeline))
    strange = [
        name for name in asked if name not in _TRUSTED_TYPES and not name.startswith(_TRUSTED)
    ]
    if strange:
        raise LeadwiseError(
            f"the pipeline holds types {strange} of packages that Leadwise does not trust; "
            f"build it from {', '.join(prefix.rstrip('.') for prefix in _TRUSTED)}"
        )
    return asked


def _ensure_model(client: MlflowClient, model: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(model)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _found(ask: Callable[[], Any]) -> ModelVersion | None:
    from mlflow.exceptions import MlflowException

    try:
        return _version(ask())
    except MlflowException as error:
        # MLflow calls an alias that does not exist an invalid parameter.
        absent = error.error_code == "RESOURCE_DOES_NOT_EXIST" or (
            error.error_code == "INVALID_PARAMETER_VALUE" and "not found" in str(error)
        )
        if absent:
            return None
        raise


def _version(found: Any) -> ModelVersion:
    return ModelVersion(
        model=found.name,
        version=str(found.version),
        run_id=found.run_id,
        tags=dict(found.tags),
    )
