"""Encoders: native codes for boosting, imputed, scaled and one-hot columns for the others.

Every number that an encoder learns (medians, lambdas, scales, the levels of open columns)
is fitted once, inside the pipeline, on training rows only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    StandardScaler,
)

from ml.contract.names import OTHER, Kind
from ml.contract.schema import Column

#: Levels of an open column that get a code of their own; rarer ones share one.
OPEN_LEVELS = 100

#: Training rows below which a level shares the column of rare levels when one-hot encoded.
RARE_ROWS = 10

_NUMBERS = (Kind.NUMBER, Kind.INTEGER, Kind.DATE)


def native_encoder(columns: Sequence[Column]) -> ColumnTransformer:
    """Integer codes for levels, ranks for ordinals, everything else as it is.

    Missing and unknown levels get codes of their own behind those of the known levels, so
    neither can be taken for a level that training saw. An unknown rank is missing (NaN).
    """
    known = [c for c in columns if c.kind is Kind.CATEGORY and c.levels]
    most = max((len(c.levels) for c in known), default=0)
    codes = OrdinalEncoder(
        categories=[_with_missing(c.levels) for c in known],  # None, last, is a level to it
        handle_unknown="use_encoded_value",
        unknown_value=most + 1,
    )
    open_codes = OrdinalEncoder(
        max_categories=OPEN_LEVELS,
        handle_unknown="use_encoded_value",
        unknown_value=OPEN_LEVELS + 1,
    )
    return _union(
        ("codes", codes, _names(known)),
        ("open_codes", open_codes, _open(columns)),
        ("ranks", _ranks(columns), _names(_of(columns, Kind.ORDINAL))),
        ("numbers", "passthrough", _names(_of(columns, *_NUMBERS, Kind.YES_NO))),
    )


def count_of_native_levels(columns: Sequence[Column]) -> int:
    """Columns that `native_encoder` encodes as codes; they come first."""
    return len(_of(columns, Kind.CATEGORY))


def linear_encoder(columns: Sequence[Column]) -> ColumnTransformer:
    """Imputed, Yeo-Johnson transformed and scaled numbers; one-hot levels and groups."""
    return _imputed(
        columns,
        numbers=("power", PowerTransformer(method="yeo-johnson", standardize=True)),
        ranks=("scale", StandardScaler()),
    )


def forest_encoder(columns: Sequence[Column]) -> ColumnTransformer:
    """As `linear_encoder`, without transforms that trees cannot feel: those that keep the order."""
    return _imputed(columns, numbers=None, ranks=None)


def _imputed(
    columns: Sequence[Column],
    *,
    numbers: tuple[str, Any] | None,
    ranks: tuple[str, Any] | None,
) -> ColumnTransformer:
    ordinals, levels = _of(columns, Kind.ORDINAL), _of(columns, Kind.CATEGORY)
    known = [column for column in levels if column.levels]
    flat = _of(columns, *_NUMBERS, Kind.YES_NO)
    return _union(
        ("numbers", _filled(numbers), _names(_of(columns, *_NUMBERS))),
        ("yes_no", _filled(ranks), _names(_of(columns, Kind.YES_NO))),
        ("ranks", _filled(ranks, first=("rank", _ranks(columns))), _names(ordinals)),
        ("missing", MissingIndicator(error_on_new=False), _names(flat)),
        ("levels", _one_hot(_declared(known)), _names(known)),
        ("ordinal_levels", _one_hot(_declared(ordinals)), _names(ordinals)),
        ("open_levels", _one_hot("auto"), _open(columns)),
    )


def _filled(scaling: tuple[str, Any] | None, first: tuple[str, Any] | None = None) -> Pipeline:
    fill = ("fill", SimpleImputer(strategy="median", keep_empty_features=True))
    return Pipeline([step for step in (first, fill, scaling) if step is not None])


def _one_hot(categories: Any) -> OneHotEncoder:
    return OneHotEncoder(
        categories=categories,
        handle_unknown="infrequent_if_exist",
        min_frequency=RARE_ROWS,
        max_categories=OPEN_LEVELS if categories == "auto" else None,
        sparse_output=False,
    )


def _ranks(columns: Sequence[Column]) -> OrdinalEncoder:
    ordinals = _of(columns, Kind.ORDINAL)
    return OrdinalEncoder(
        categories=[np.array(column.levels, dtype=object) for column in ordinals],
        handle_unknown="use_encoded_value",
        unknown_value=np.nan,  # missing has no rank either
    )


def _declared(columns: Sequence[Column]) -> list[Any]:
    return [_with_missing(tuple(dict.fromkeys((*c.levels, OTHER)))) for c in columns]


def _with_missing(levels: tuple[str, ...]) -> Any:
    return np.array([*levels, None], dtype=object)


def _of(columns: Sequence[Column], *kinds: Kind) -> list[Column]:
    return [column for column in columns if column.kind in kinds]


def _open(columns: Sequence[Column]) -> list[str]:
    return [c.name for c in columns if c.kind is Kind.CATEGORY and not c.levels]


def _names(columns: Sequence[Column]) -> list[str]:
    return [column.name for column in columns]


def _union(*parts: tuple[str, Any, list[str]]) -> ColumnTransformer:
    return ColumnTransformer(
        [part for part in parts if part[2]],
        remainder="drop",
        sparse_threshold=0.0,
        verbose_feature_names_out=True,
    )
