"""The leads of a scored table, as a plan reads them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ml.contract.schema import Column, header_key
from ml.contract.use_case import UseCase
from ml.core.columns import Floats
from ml.core.planning.leads import Flags, Leads
from ml.core.scored_table import SCORED

_POINTS = 100


def scored_rows(table: pa.Table) -> pa.Table:
    """The rows of a scored table that hold a score; no lead stands there twice."""
    return table.filter(pc.equal(table["status"], SCORED))


def scored_leads(rows: pa.Table, use_case: UseCase) -> Leads:
    """Leads that were scored before, with what is known of each chance.

    Parameters
    ----------
    rows : pyarrow.Table
        Of `scored_rows`, of a binary use case.
    use_case : UseCase

    Notes
    -----
    A scored table keeps the ends of an interval as whole points, so they are half a point rough.
    """
    probability = _floats(rows["probability"])
    whole = np.floor(_POINTS * probability + 0.5)
    low, high = (_floats(rows[name], whole) for name in ("score_low", "score_high"))
    return Leads(
        ids=_objects(rows[header_of(rows, use_case.schema.id)]),
        score=_floats(rows["score"]).astype(np.int64),
        score_low=low.astype(np.int64),
        score_high=high.astype(np.int64),
        band=_objects(rows["band"]),
        probability=probability,
        low=np.minimum(low / _POINTS, probability),
        high=np.maximum(high / _POINTS, probability),
        refused={
            wish.action: _yes(rows, use_case.schema[wish.column])
            for wish in use_case.contact_wishes
        },
    )


def header_of(table: pa.Table, column: Column) -> str:
    """How a table spells a column's header; empty where it does not have the column."""
    wanted = {header_key(header) for header in column.headers}
    return next((name for name in table.column_names if header_key(name) in wanted), "")


def _floats(column: pa.ChunkedArray, missing: Floats | None = None) -> Floats:
    values = np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False))
    return values if missing is None else np.where(np.isnan(values), missing, values)


def _objects(column: pa.ChunkedArray) -> npt.NDArray[np.object_]:
    return np.array(column.to_pylist(), dtype=object)


def _yes(rows: pa.Table, column: Column) -> Flags:
    """Where a column says yes; nowhere if the file does not have it."""
    header = header_of(rows, column)
    if not header:
        return np.zeros(len(rows), dtype=bool)
    cells = rows[header].combine_chunks().dictionary_encode()
    yes = [column.clean(cell).value is True for cell in cells.dictionary.to_pylist()]
    at = cells.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return np.asarray(np.array([*yes, False])[at])
