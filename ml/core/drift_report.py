"""Evidently's drift report: pictures for people, and the same figures for machines.

The decision to retrain is not made here but in `ml.core.drift`: Evidently leaves missing numbers
out of its distances and knows nothing of false alarms over many columns.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from ml.contract.schema import Column
from ml.core.drift.tables import is_number, number_values, sample_rows

REPORT_ROWS = 5_000
"""Rows per side that the report shows; more cost seconds and change no picture."""

_NO_LEVEL = "(missing)"
"""Shown as a level, since Evidently would leave the row out."""

_THRESHOLD = 0.1
"""Distance from which Evidently calls a column drifted (its own default for large samples)."""


@dataclass(frozen=True, kw_only=True)
class DriftReport:
    """A finished report.

    Parameters
    ----------
    html : bytes
        A page that stands by itself.
    figures : dict
        Evidently's own JSON object.
    metrics : dict of str to float
        `evidently_drifted_share`, and `evidently_<column>`: the distance of each column, 0 for
        equal distributions. Wasserstein's for numbers, in standard deviations of the reference;
        Jensen-Shannon's for categories.
    left_out : tuple of str
        Numbers without any value on one side, which Evidently cannot compare.
    """

    html: bytes
    figures: dict[str, Any]
    metrics: dict[str, float]
    left_out: tuple[str, ...] = ()

    def json(self) -> bytes:
        """The figures as text."""
        return json.dumps(self.figures, indent=1, sort_keys=True, default=str).encode()


def drift_report(
    reference: pa.Table,
    current: pa.Table,
    columns: Sequence[Column],
    *,
    rows: int = REPORT_ROWS,
    seed: int = 0,
) -> DriftReport | None:
    """Evidently's report on samples of both sides.

    Parameters
    ----------
    reference, current : Table
        Cleaned rows, at least one each.
    columns : sequence of Column
        Columns to compare.
    rows : int, default=5000
        Most rows of each side; more make smoother pictures and a slower, larger page.
    seed : int, default=0
        Seed of the samples.

    Returns
    -------
    DriftReport or None
        None where no column has values on both sides.
    """
    sides = [sample_rows(side, rows, seed) for side in (reference, current)]
    before, now = (_frame(side, columns) for side in sides)
    empty = before.isna().all() | now.isna().all()
    shown = [column for column in columns if not empty[column.name]]
    if not shown:
        return None
    kept = [column.name for column in shown]
    html, figures = _evidently(before[kept], now[kept], shown)
    left_out = tuple(column.name for column in columns if empty[column.name])
    return DriftReport(html=html, figures=figures, metrics=_metrics(figures), left_out=left_out)


def _frame(table: pa.Table, columns: Sequence[Column]) -> pd.DataFrame:
    return pd.DataFrame({column.name: _values(table, column) for column in columns})


def _values(table: pa.Table, column: Column) -> Any:
    if is_number(column):
        return number_values(table, column)
    if column.name not in table.column_names:
        return np.full(table.num_rows, _NO_LEVEL, object)
    levels = table[column.name].to_pylist()
    return np.array([_NO_LEVEL if level is None else str(level) for level in levels], object)


def _evidently(
    reference: pd.DataFrame, current: pd.DataFrame, columns: Sequence[Column]
) -> tuple[bytes, dict[str, Any]]:
    with _quiet():
        from evidently import DataDefinition, Dataset, Report
        from evidently.presets import DataDriftPreset

        definition = DataDefinition(
            numerical_columns=[column.name for column in columns if is_number(column)],
            categorical_columns=[column.name for column in columns if not is_number(column)],
        )
        # Named methods: by default Evidently turns from p-values to distances at 1,000 rows.
        preset = DataDriftPreset(
            num_method="wasserstein", cat_method="jensenshannon",
            num_threshold=_THRESHOLD, cat_threshold=_THRESHOLD,
        )  # fmt: skip
        sides = (Dataset.from_pandas(side, definition) for side in (current, reference))
        snapshot = Report([preset]).run(*sides)
        return snapshot.get_html_str(as_iframe=False).encode(), snapshot.dict()


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence what Evidently's own imports and arithmetic on constant columns complain about."""
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", category=FutureWarning)
        warnings.filterwarnings("ignore", category=SyntaxWarning)
        for sum_of_none in (".*divide.*", "Degrees of freedom <= 0", "Mean of empty slice"):
            warnings.filterwarnings("ignore", message=sum_of_none, category=RuntimeWarning)
        yield


def _metrics(figures: dict[str, Any]) -> dict[str, float]:
    found = {}
    for metric in figures["metrics"]:
        kind, value = metric["config"]["type"], metric["value"]
        if kind.endswith("DriftedColumnsCount"):
            found["evidently_drifted_share"] = float(value["share"])
        elif kind.endswith("ValueDrift"):
            found[f"evidently_{metric['config']['column']}"] = float(value)
    return found
