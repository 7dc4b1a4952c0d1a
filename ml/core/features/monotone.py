"""Holds a model to directions that a use case declares: asking for no e-mail never raises a score.

Trees keep to them while they grow (scikit-learn's `monotonic_cst`, LightGBM's and XGBoost's
`monotone_constraints`); a linear model does by the sign of its coefficients. A family that can
do neither, such as scikit-learn's gradient boosting, learns without those columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer

from ml.contract.schema import Column

Floats = NDArray[np.float64]
Fitted = TypeVar("Fitted")

#: Parts of the encoders that keep the order of a column's values.
_ORDERED = ("numbers", "yes_no")


def fit_held(
    model: Any,
    fit: Callable[[Floats], Fitted],
    encoded: Floats,
    encoder: ColumnTransformer,
    columns: Sequence[Column],
) -> Fitted:
    """Fit a model so that it keeps to the directions of its columns.

    Parameters
    ----------
    model : object
        Unfitted.
    fit : callable
        Fits it on an encoded matrix; perhaps twice.
    encoded : ndarray of shape (n_rows, n_positions)
        Rows to learn from.
    encoder : ColumnTransformer
        Fitted: it made the matrix.
    columns : sequence of Column
        Columns of which some may be monotone.

    Returns
    -------
    object
        What `fit` returned last.
    """
    directions = _directions(encoder, columns)
    parameter = _parameter(model)
    if not directions.any():
        return fit(encoded)
    if parameter is not None:
        model.set_params(**{parameter: tuple(directions.tolist())})
        return fit(encoded)
    if not type(model).__module__.startswith("sklearn.linear_model."):
        return fit(_without(encoded, directions != 0))
    done = fit(encoded)
    contrary = np.ravel(model.coef_) * directions < 0
    # Of all fits that keep to a direction which the best one does not, the best has no slope.
    return fit(_without(encoded, contrary)) if contrary.any() else done


def _directions(encoder: ColumnTransformer, columns: Sequence[Column]) -> NDArray[np.int64]:
    """A direction for every encoded position; 0 for none."""
    declared = {f"{part}__{c.name}": c.monotone for c in columns for part in _ORDERED}
    return np.array([declared.get(str(name), 0) for name in encoder.get_feature_names_out()])


def _parameter(model: Any) -> str | None:
    """What the model calls its constraint, if it knows any."""
    if not type(model).__module__.startswith("sklearn."):
        return "monotone_constraints"
    return "monotonic_cst" if "monotonic_cst" in model.get_params() else None


def _without(encoded: Floats, positions: NDArray[np.bool_]) -> Floats:
    """The matrix with nothing to learn in some positions."""
    return np.where(positions, 0.0, encoded)
