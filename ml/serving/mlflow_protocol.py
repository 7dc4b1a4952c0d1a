"""MLflow's scoring protocol: its four ways to send rows, and the predictions that it gives back.

https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally/#json-input
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ml.contract.faults import Fault, Rule, Severity
from ml.contract.modelling import BinaryTask, Task
from ml.contract.requests.lead_requests import Lead, LeadReader
from ml.contract.requests.problems import Problem, entry, pointer_to
from ml.core.scored_table import SCORED

SPLIT, RECORDS, INSTANCES, INPUTS = SHAPES = (
    "dataframe_split", "dataframe_records", "instances", "inputs",
)  # fmt: skip
_SPLIT_KEYS = {"columns", "data", "index"}
_MOST_ERRORS = 100
#: A row of the body: where it is, and its cells if they could be told apart.
_Row = tuple[tuple[str | int, ...], object]


def shape_of(document: object) -> str | None:
    """Which of the four ways a document is sent in; None for any other JSON."""
    if not isinstance(document, dict):
        return None
    return next((shape for shape in SHAPES if shape in document), None)


def leads_of(document: Mapping[str, Any], shape: str, reader: LeadReader) -> list[Lead]:
    """The leads of a document, in order; a row without an id is named by its place.

    Parameters
    ----------
    document : mapping
        As its sender wrote it.
    shape : str
        As `shape_of` says.
    reader : LeadReader

    Raises
    ------
    Problem
        422 with a JSON pointer for what is not the shape that it says.
    """
    beside = sorted(set(document) - {shape})
    if beside:
        raise _refused(f"unexpected keys beside {shape!r}: {beside[:5]}", "send one shape alone")
    rows = list(_rows(document[shape], shape))
    if not rows:
        hint = "send one row per lead"
        raise Problem.of(422, Rule.NO_ROWS, f"{shape!r} holds no rows", hint, pointer_to(shape))
    named = (_named(row, number, reader) for number, (_, row) in enumerate(rows))
    return [reader.lead(row, path) for row, (path, _) in zip(named, rows, strict=True)]


def predictions_of(
    results: Sequence[Mapping[str, Any]], task: Task, document: Mapping[str, Any]
) -> dict[str, Any]:
    """What MLflow's own server answers for the registered pipeline.

    That is `predict_proba` of a binary task, one pair of probabilities per row, and `predict` of
    any other.

    Raises
    ------
    Problem
        422 if a row could not be scored: the protocol has no place for a row's own fault.

    Examples
    --------
    >>> from ml.contract.modelling import BinaryTask
    >>> scored = {"status": "scored", "probability": 0.25}
    >>> predictions_of([scored], BinaryTask(), {"instances": [{}]})
    {'predictions': [[0.75, 0.25]]}
    """
    errors = [error for result in results for error in result.get("errors", ())]
    if errors:
        rows = sum(result["status"] != SCORED for result in results)
        title = f"{rows} of {len(results)} rows need attention"
        raise Problem(422, title, [_placed(error, document) for error in errors[:_MOST_ERRORS]])
    if isinstance(task, BinaryTask):
        chances = [result["probability"] for result in results]
        return {"predictions": [[1 - chance, chance] for chance in chances]}
    return {"predictions": [result["prediction"] for result in results]}


def _placed(error: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """The error with its pointer into the document as it was sent, not into the row made of it."""
    shape, *steps = error["pointer"].split("/")[1:]
    if shape == SPLIT and len(steps) > len(("data", "row")):
        names = [pointer_to(name)[1:] for name in document[SPLIT]["columns"]]
        key = steps.pop()
        steps += [str(names.index(key))] if key in names else []
    elif shape == INPUTS and isinstance(document[INPUTS], dict):
        steps = [*steps[1:], steps[0]]
    return {**error, "pointer": "/".join(("", shape, *steps))}


def _rows(value: Any, shape: str) -> Iterator[_Row]:
    if shape == SPLIT:
        return _split_rows(value)
    if shape == INPUTS and isinstance(value, dict):
        return _column_rows(value)
    if not isinstance(value, list):
        raise _refused(f"{shape!r} is not a list of rows", "send a list of objects", shape)
    return (((shape, position), row) for position, row in enumerate(value))


def _split_rows(value: Any) -> Iterator[_Row]:
    if not isinstance(value, dict) or set(value) - _SPLIT_KEYS:
        raise _refused(
            f"{SPLIT!r} is not an object of 'columns' and 'data'",
            'send {"columns": [...], "data": [[...]]}',
            SPLIT,
        )
    columns, data = value.get("columns"), value.get("data")
    if not isinstance(columns, list) or not all(isinstance(name, str) for name in columns):
        raise _refused("'columns' is not a list of names", "name each column", SPLIT, "columns")
    if len(set(columns)) < len(columns):
        raise _refused("a column is named twice", "name each column once", SPLIT, "columns")
    if not isinstance(data, list):
        raise _refused("'data' is not a list of rows", "send one list per row", SPLIT, "data")
    for position, row in enumerate(data):
        if not isinstance(row, list) or len(row) != len(columns):
            seen = f"{len(row)} cells" if isinstance(row, list) else "no list"
            message = f"row {position} is {seen}; expected {len(columns)}, one per column"
            raise _refused(message, "send null for an empty cell", SPLIT, "data", position)
        yield (SPLIT, "data", position), dict(zip(columns, row, strict=True))


def _column_rows(columns: Mapping[str, Any]) -> Iterator[_Row]:
    """Rows out of one list per column, each as `[1, 2]` or as `[[1], [2]]`."""
    lists = {name: _flat(name, cells) for name, cells in columns.items()}
    lengths = {len(cells) for cells in lists.values()}
    if len(lengths) > 1:
        raise _refused(f"columns have {sorted(lengths)} cells", "send as many for each", INPUTS)
    for position in range(max(lengths, default=0)):
        yield (INPUTS, position), {name: cells[position] for name, cells in lists.items()}


def _flat(name: str, cells: Any) -> list[Any]:
    if not isinstance(cells, list):
        raise _refused("a column is not a list of cells", "send one list per column", INPUTS, name)
    return [cell[0] if isinstance(cell, list) and len(cell) == 1 else cell for cell in cells]


def _named(row: object, number: int, reader: LeadReader) -> object:
    """The row with its place as id where it has none: tables for MLflow hold features alone."""
    if not isinstance(row, dict):
        return row
    known = any(reader.column_name(key) == reader.id.name for key in row)
    return row if known or not row else {reader.id.name: f"row-{number}", **row}


def _refused(message: str, hint: str, *path: str | int) -> Problem:
    fault = Fault(rule=Rule.JSON_VALUE, severity=Severity.FILE, message=message, hint=hint)
    return Problem(422, message, [entry(fault, pointer_to(*path))])
