"""A model's figures in the JSON that SageMaker's registry shows beside a model package.

Source: "Model quality metrics" of Model Monitor and "Analysis results" of Clarify, in the SageMaker
developer guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ml.contract.modelling import BinaryTask, Task
from ml.contract.names import Score
from ml.contract.records import Verdict
from ml.core.columns import Floats

#: Metrics that SageMaker calls by another name; all others keep theirs.
_NAMES: Mapping[str, str] = {Score.ROC_AUC: "auc", Score.PR_AUC: "au_prc"}
#: A 95 % interval is as wide as that many standard deviations.
_WIDTH = 3.92


def quality_statistics(task: Task, verdict: Verdict) -> dict[str, Any]:
    """The test figures of a verdict as model quality statistics.

    Parameters
    ----------
    task : Task
        Decides under which heading they stand.
    verdict : Verdict
        Its intervals tell the standard deviations.

    Returns
    -------
    dict
        JSON-ready.
    """
    heading = "binary_classification" if isinstance(task, BinaryTask) else "regression"
    figures = {
        _NAMES.get(name, name): {"value": value, **_deviation(verdict, name)}
        for name, value in sorted(verdict.metrics.items())
    }
    return {"version": 0.0, f"{heading}_metrics": figures}


def _deviation(verdict: Verdict, name: str) -> dict[str, float]:
    interval = verdict.intervals.get(name)
    return {"standard_deviation": (interval.high - interval.low) / _WIDTH} if interval else {}


def explanation(contributions: Mapping[str, Floats], base: Floats) -> dict[str, Any]:
    """How far each column moves the scores, as Clarify tells it of a model.

    Parameters
    ----------
    contributions : mapping of str to ndarray of shape (n_rows,)
        SHAP values of each column.
    base : ndarray of shape (n_rows,)
        What they are added to.

    Returns
    -------
    dict
        JSON-ready; the registry reads SHAP values under `kernel_shap`, however they were found.
    """
    moved = {name: float(np.abs(values).mean()) for name, values in contributions.items()}
    label = {"global_shap_values": moved, "expected_value": float(np.mean(base))}
    return {"version": "1.0", "explanations": {"kernel_shap": {"label0": label}}}
