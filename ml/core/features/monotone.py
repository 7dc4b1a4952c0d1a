"""Holds a model to directions that a use case declares: asking for no e-mail never raises a score.

Trees keep to it while they grow (scikit-learn's `monotonic_cst`, LightGBM's and XGBoost's
`monotone_constraints`). The linear family and scikit-learn's gradient boosting know no such
constraint; what they do shows in `ml.core.invariance`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sklearn.compose import ColumnTransformer

from ml.contract.schema import Column

#: Parts of the encoders that keep the order of a column's values.
_ORDERED = ("numbers", "yes_no")

#: What each library calls the parameter: a direction for every encoded position.
_PARAMETER = {
    "lightgbm": "monotone_constraints",
    "sklearn": "monotonic_cst",
    "xgboost": "monotone_constraints",
}


def hold_monotone(model: Any, encoder: ColumnTransformer, columns: Sequence[Column]) -> None:
    """Give an unfitted model the directions of the columns that it reads, if it can keep them.

    Parameters
    ----------
    model : object
        Unfitted; its parameter is set.
    encoder : ColumnTransformer
        Fitted: its positions are those that the model will see.
    columns : sequence of Column
        Columns of which some may be monotone.
    """
    declared = {
        f"{part}__{column.name}": column.monotone
        for column in columns
        for part in _ORDERED
        if column.monotone
    }
    if not declared:
        return
    library = type(model).__module__.partition(".")[0]
    parameter = _PARAMETER[library]
    if library != "sklearn" or parameter in model.get_params():
        directions = tuple(declared.get(str(name), 0) for name in encoder.get_feature_names_out())
        model.set_params(**{parameter: directions})
