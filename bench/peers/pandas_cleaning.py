"""Cleaning as tutorials do it: whole columns in pandas; nothing is refused, nothing quarantined."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ml.contract.cleaning import NO_WORDS, YES_WORDS
from ml.contract.moments import Moment
from ml.contract.names import Kind
from ml.contract.schema import Column
from ml.contract.use_case import UseCase
from ml.core.features.frame import LEVEL_KINDS, model_columns

_ANSWERS = dict.fromkeys(YES_WORDS, 1.0) | dict.fromkeys(NO_WORDS, 0.0)


def pandas_frame(source: Path, use_case: UseCase, moment: Moment) -> pd.DataFrame:
    """The frame that a pipeline takes, of a raw CSV."""
    raw = pd.read_csv(source, dtype=str, keep_default_na=False)
    clean = {c.name: _cleaned(raw[c.source], c) for c in use_case.schema.features(moment)}
    for column in use_case.schema.features(moment):
        if column.grouping:
            groups = clean[column.name].map(column.grouping.apply, na_action="ignore")
            clean[f"{column.name}_group"] = groups
    return pd.DataFrame({c.name: clean[c.name] for c in model_columns(use_case, moment)})


def _cleaned(cells: pd.Series, column: Column) -> pd.Series:
    text = cells.str.strip().str.replace(r"\s+", " ", regex=True)
    key = text.str.lower()
    there = ~key.isin(column.missing)
    if column.kind in LEVEL_KINDS:
        level = key.map({spelt.lower(): to for spelt, to in _spellings(column)})
        return level.fillna(text).astype(object).where(there, None)
    if column.kind is Kind.YES_NO:
        return key.map(_ANSWERS).astype(np.float64)
    return pd.to_numeric(text.where(there), errors="coerce").astype(np.float64)


def _spellings(column: Column) -> list[tuple[str, str]]:
    return [*((level, level) for level in column.levels), *column.spellings]
