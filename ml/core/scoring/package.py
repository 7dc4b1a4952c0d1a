"""Makes a model package of a fitted pipeline: plain files that a scorer can check and run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ml.contract.errors import LeadwiseError
from ml.contract.moments import Moment
from ml.contract.use_case import UseCase
from ml.core.columns import Floats
from ml.core.out_of_fold import HeldOut
from ml.core.scoring import canonical
from ml.core.scoring.forest_text import boosting_text, forest_text, tree_text
from ml.core.scoring.golden import golden_of
from ml.core.scoring.manifest import (
    CALIBRATION,
    ENCODER,
    GOLDEN,
    MANIFEST,
    MODEL_FILE,
    REFERENCE,
    Manifest,
    fingerprint,
    sha256,
)
from ml.core.scoring.meaning import Meaning, meaning_of
from ml.core.scoring.models import Engine, Link, linear_text, load_model
from ml.core.scoring.plan import Plan
from ml.core.scoring.reference import reference_of
from ml.core.scoring.scorer import Scorer
from ml.core.scoring.table_encoder import TableEncoder

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from sklearn.pipeline import Pipeline

#: How far the scorer may lie from the pipeline on any training row.
TOLERANCE = 1e-9

_LIBRARIES = ("lightgbm", "numpy", "scikit-learn", "xgboost-cpu")


class _Compiled(NamedTuple):
    engine: Engine
    link: Link
    text: bytes


def package(
    pipeline: Pipeline,
    *,
    use_case: UseCase,
    moment: Moment,
    model_name: str,
    background: pd.DataFrame | pa.Table,
    facts: Mapping[str, str],
    held_out: HeldOut | None = None,
) -> dict[str, bytes]:
    """The files of a model package; equal inputs give equal bytes.

    Parameters
    ----------
    pipeline : Pipeline
        Fitted; made by `ml.core.features.feature_pipeline`.
    use_case : UseCase
    moment : Moment
        What the pipeline was made for.
    model_name : str
        Name of the registered model.
    background : DataFrame or Table
        Clean training rows: typical values, ranges and the golden rows come from them.
    facts : mapping of str to str
        Where the model comes from: run, snapshot, commit.
    held_out : HeldOut or None, default=None
        What the configuration said of rows that it had not seen: the calibrator, the intervals
        and the scores that bands of a share begin at come from them. Without, predictions are
        not calibrated, carry no interval, and such bands follow the training rows.

    Returns
    -------
    dict of str to bytes
        `manifest.json`, `encoder.json`, `golden.json`, `reference.json`, `calibration.json` and
        the model.

    Raises
    ------
    LeadwiseError
        If the family cannot be packaged, or the packaged scorer differs from the pipeline.
    UntrustedPackage
        If the model predicts the same for every golden row, or no number at all.
    """
    from ml.core.features.frame import feature_frame, model_columns
    from ml.core.scoring.compiling import compile_plan
    from ml.core.selection.fitting import predict

    encoder, model = pipeline.named_steps["encode"], pipeline.named_steps["model"]
    frame, columns = feature_frame(background, use_case, moment), model_columns(use_case, moment)
    compiled = _compile(model, encoder.transform(frame))
    plan = compile_plan(encoder, columns)
    read = tuple(column for column in columns if column.name in plan.sources)
    said = _run(compiled, plan, frame)
    _check_equal(said.predictions, predict(pipeline, frame, use_case.task))
    meaning = Meaning() if held_out is None else meaning_of(held_out, use_case.task)
    calibrated = meaning.calibrator.many(said.predictions)
    unseen = calibrated if held_out is None else meaning.calibrator.many(held_out.predicted)
    reference = reference_of(frame, read, said=calibrated, unseen=unseen, base=said.base)
    files = {
        MODEL_FILE[compiled.engine]: compiled.text,
        ENCODER: canonical.to_bytes(plan.to_json()),
        GOLDEN: canonical.to_bytes(golden_of(frame, read, calibrated).to_json()),
        REFERENCE: canonical.to_bytes(reference.to_json()),
        CALIBRATION: canonical.to_bytes(meaning.to_json()),
    }
    manifest = Manifest(
        use_case=use_case.name,
        moment=moment.name,
        task=type(use_case.task).__name__,
        model=model_name,
        estimator=type(model).__name__,
        engine=compiled.engine,
        link=compiled.link,
        features=tuple(column.name for column in read),
        fingerprint=fingerprint(use_case, moment),
        libraries={name: version(name) for name in _LIBRARIES},
        facts=dict(facts),
        files={name: sha256(content) for name, content in files.items()},
    )
    files[MANIFEST] = manifest.to_bytes()
    Scorer.load(files, version="new", use_case=use_case)
    return dict(sorted(files.items()))


class _Said(NamedTuple):
    predictions: Floats
    base: float


def _run(compiled: _Compiled, plan: Plan, frame: pd.DataFrame) -> _Said:
    """What the compiled model says; a forest in threads sums in any order, so not the pipeline."""
    import pyarrow as pa

    model = load_model(compiled.engine, compiled.text, compiled.link, threads=1)
    table, tables = pa.Table.from_pandas(frame, preserve_index=False), TableEncoder(plan)
    predictions = np.concatenate([model.predict(part) for part in tables.batches(table)])
    base = model.contributions(tables.encode(table.slice(0, 1)))[0, -1]
    return _Said(predictions, float(base))


def _check_equal(scorer: Floats, pipeline: Floats) -> None:
    gap = np.abs(scorer - pipeline).max()
    if not gap <= TOLERANCE:
        raise LeadwiseError(
            f"the packaged scorer differs from its pipeline by {gap:.3g} on training rows, "
            f"expected at most {TOLERANCE:g}; report this as a bug"
        )


def _compile(model: Any, encoded: Floats) -> _Compiled:
    compiler = _COMPILERS.get(type(model).__name__)
    if compiler is None:
        raise LeadwiseError(
            f"a {type(model).__name__} cannot be packaged; use one of {sorted(_COMPILERS)}"
        )
    return compiler(model, encoded)


def _lightgbm(model: Any, _encoded: Floats) -> _Compiled:
    link = Link.LOG_ODDS if hasattr(model, "classes_") else Link.IDENTITY
    return _Compiled(Engine.TREES, link, model.booster_.model_to_string().encode())


def _xgboost(model: Any, _encoded: Floats) -> _Compiled:
    link = Link.LOG_ODDS if hasattr(model, "classes_") else Link.IDENTITY
    return _Compiled(Engine.XGBOOST, link, bytes(model.get_booster().save_raw("json")))


def _forest(model: Any, _encoded: Floats) -> _Compiled:
    return _Compiled(Engine.FOREST, Link.IDENTITY, forest_text(model))


def _linear(model: Any, encoded: Floats) -> _Compiled:
    link = Link.LOG_ODDS if hasattr(model, "classes_") else Link.IDENTITY
    intercept = float(np.ravel(model.intercept_)[0])
    return _Compiled(
        Engine.LINEAR, link, linear_text(np.ravel(model.coef_), intercept, encoded.mean(axis=0))
    )


def _tree(model: Any, _encoded: Floats) -> _Compiled:
    return _Compiled(Engine.FOREST, Link.IDENTITY, tree_text(model))


def _gradient_boosting(model: Any, _encoded: Floats) -> _Compiled:
    link = Link.LOG_ODDS if hasattr(model, "classes_") else Link.IDENTITY
    return _Compiled(Engine.FOREST, link, boosting_text(model))


_COMPILERS: Mapping[str, Callable[[Any, Floats], _Compiled]] = {
    "DecisionTreeClassifier": _tree,
    "DecisionTreeRegressor": _tree,
    "ExtraTreesClassifier": _forest,
    "ExtraTreesRegressor": _forest,
    "GradientBoostingClassifier": _gradient_boosting,
    "GradientBoostingRegressor": _gradient_boosting,
    "LGBMClassifier": _lightgbm,
    "LGBMRegressor": _lightgbm,
    "LogisticRegression": _linear,
    "RandomForestClassifier": _forest,
    "RandomForestRegressor": _forest,
    "Ridge": _linear,
    "XGBClassifier": _xgboost,
    "XGBRegressor": _xgboost,
}
