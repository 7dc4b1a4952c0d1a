"""SageMaker Model Monitor's own files: baselines that it compares with, violations that it found.

Formats: "Schema for Statistics", "Schema for Constraints" and "Schema for Violations" of the
SageMaker developer guide.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from ml.contract.errors import UsageError
from ml.contract.names import Kind
from ml.contract.schema import Column, Schema, header_key
from ml.contract.watching import Severity, Signal, Watched
from ml.core.columns import Floats
from ml.core.drift.tables import level_counts, number_values
from ml.core.watching.saying import told

#: Buckets of a distribution; Model Monitor knows no other number.
_BUCKETS = 10
#: Size of a KLL sketch, and by how much its levels shrink: Model Monitor's own.
_SKETCH_SIZE, _SKETCH_SHRINK = 2_048, 0.64
#: Distinct levels up to which a column's levels are a domain that others violate.
_DOMAIN = 100
_YES_NO = {"1": "Yes", "0": "No", "true": "Yes", "false": "No"}
_NUMBERS = {Kind.NUMBER: "Fractional", Kind.INTEGER: "Integral"}

#: What Model Monitor's own baseline job suggests.
_CONFIG = {
    "evaluate_constraints": "Enabled",
    "emit_metrics": "Enabled",
    "datatype_check_threshold": 1.0,
    "domain_content_threshold": 1.0,
    "distribution_constraints": {
        "perform_comparison": "Enabled",
        "comparison_threshold": 0.1,
        "comparison_method": "Robust",
        "categorical_comparison_threshold": 0.1,
        "categorical_drift_method": "LInfinity",
    },
}

#: How much a violation matters, by its check.
_CHECKS = {
    "data_type_check": Severity.HIGH,
    "missing_column_check": Severity.HIGH,
    "completeness_check": Severity.MEDIUM,
    "baseline_drift_check": Severity.MEDIUM,
    "categorical_values_check": Severity.MEDIUM,
    "extra_column_check": Severity.LOW,
}

Json = dict[str, Any]


def baseline_statistics(table: pa.Table, columns: Sequence[Column]) -> Json:
    """Content of ``statistics.json`` of training rows.

    Parameters
    ----------
    table : Table
        Clean rows that the model was made of.
    columns : sequence of Column
        Columns that a request may have; they are called by their source headers, as requests do.

    Returns
    -------
    dict
        JSON-ready, without NaN.
    """
    features = [_statistics(table, column) for column in columns]
    return {"version": 0.0, "dataset": {"item_count": table.num_rows}, "features": features}


def baseline_constraints(table: pa.Table, columns: Sequence[Column]) -> Json:
    """Content of ``constraints.json`` of training rows; as `baseline_statistics`."""
    features = [_constraints(table, column) for column in columns]
    return {"version": 0.0, "features": features, "monitoring_config": _CONFIG}


def _statistics(table: pa.Table, column: Column) -> Json:
    if column.kind in _NUMBERS:
        return _named(column, "numerical_statistics", _of_numbers(_known(table, column), table))
    return _named(column, "string_statistics", _of_levels(_levels(table, column), table))


def _named(column: Column, kind: str, figures: Json) -> Json:
    return {"name": column.source, "inferred_type": _type(column), kind: figures}


def _type(column: Column) -> str:
    return _NUMBERS.get(column.kind, "String")


def _known(table: pa.Table, column: Column) -> Floats:
    values = number_values(table, column)
    return np.sort(values[np.isfinite(values)])


def _levels(table: pa.Table, column: Column) -> dict[str, int]:
    """Rows per level, as a request spells it, the frequent ones first."""
    if column.kind is Kind.DATE and column.name in table.column_names:
        table = table.select([column.name]).cast(pa.schema([(column.name, pa.string())]))
    counted = [(level, n) for level, n in level_counts(table, column).items() if level is not None]
    spelt = _YES_NO if column.kind is Kind.YES_NO else {}
    counted.sort(key=lambda pair: (-pair[1], pair[0]))
    return {spelt.get(level.lower(), level): n for level, n in counted}


def _common(present: int, table: pa.Table) -> Json:
    return {"num_present": present, "num_missing": table.num_rows - present}


def _of_numbers(known: Floats, table: pa.Table) -> Json:
    common = {"common": _common(known.size, table)}
    if not known.size:
        return common
    return common | {
        "mean": float(known.mean()),
        "sum": float(known.sum()),
        "std_dev": float(known.std()),
        "min": float(known[0]),
        "max": float(known[-1]),
        "distribution": {"kll": {"buckets": _buckets(known), "sketch": _sketch(known)}},
    }


def _buckets(known: Floats) -> list[Json]:
    """Ten buckets of equal width; where all values are one, all lie in the last."""
    counts, edges = np.histogram(known, np.linspace(known[0], known[-1], _BUCKETS + 1))
    return [
        {"lower_bound": float(low), "upper_bound": float(high), "count": float(count)}
        for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
    ]


def _sketch(known: Floats) -> Json:
    """The values as a KLL sketch: an item of level n stands for 2**n rows.

    Of sorted values the middle one of each run of 2**n stands for it, so no rank is off by more
    than half a run; what is left over is kept at lower levels. See Z. Karnin, K. Lang,
    E. Liberty, Optimal Quantile Approximation in Streams, FOCS 2016.
    """
    top = max(0, int(np.ceil(np.log2(known.size / _SKETCH_SIZE))))
    levels, begin = [], 0
    for level in range(top, -1, -1):
        run = 2**level
        count = (known.size - begin) // run
        levels.append(known[begin + run // 2 : begin + count * run : run][:count].tolist())
        begin += count * run
    parameters = {"c": _SKETCH_SHRINK, "k": float(_SKETCH_SIZE)}
    return {"parameters": parameters, "data": levels[::-1]}


def _of_levels(counts: Mapping[str, int], table: pa.Table) -> Json:
    buckets = [{"value": level, "count": count} for level, count in counts.items()]
    return {
        "common": _common(sum(counts.values()), table),
        "distinct_count": float(len(counts)),
        "distribution": {"categorical": {"buckets": buckets}},
    }


def _constraints(table: pa.Table, column: Column) -> Json:
    rows = max(1, table.num_rows)
    head: Json = {"name": column.source, "inferred_type": _type(column)}
    if column.kind in _NUMBERS:
        known = _known(table, column)
        positive = bool(known.size and known[0] >= 0)
        return head | {
            "completeness": known.size / rows,
            "num_constraints": {"is_non_negative": positive},
        }
    counts = _levels(table, column)
    head["completeness"] = sum(counts.values()) / rows
    if 0 < len(counts) <= _DOMAIN:
        return head | {"string_constraints": {"domains": sorted(counts)}}
    return head


def violation_signals(
    text: str | bytes, schema: Schema, *, name: str = "the file"
) -> tuple[Signal, ...]:
    """What a ``constraint_violations.json`` says, as raised signals.

    Parameters
    ----------
    text : str or bytes
        Content of the file.
    schema : Schema
        Tells which column a header means.
    name : str, default='the file'
        What a refusal calls it.

    Returns
    -------
    tuple of Signal
        One for each violation; one that says that there is none where the list is empty.

    Raises
    ------
    UsageError
        If the file is none of Model Monitor.

    Examples
    --------
    >>> from ml.use_cases.lead_conversion import LEAD_CONVERSION
    >>> said = '{"violations": [{"feature_name": "TotalVisits", "description": "gone",'
    >>> said += '"constraint_check_type": "missing_column_check"}]}'
    >>> [(s.name, s.subject, s.severity) for s in violation_signals(said, LEAD_CONVERSION.schema)]
    [('missing_column_check', 'total_visits', 'high')]
    """
    found = _violations(text, name)
    if not found:
        says = "Model Monitor found no violation of the baseline."
        return (told(Watched.DATA, "violations", 0, expected=0, bound=1, says=says),)
    # One column may break one check twice, in two ways.
    unique = {(signal.key, signal.says): signal for signal in (_raised(v, schema) for v in found)}
    return tuple(unique.values())


def _violations(text: str | bytes, name: str) -> list[Mapping[str, Any]]:
    try:
        found = json.loads(text)["violations"]
    except (ValueError, KeyError, TypeError):
        found = None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise UsageError(
            f"{name} holds no list of violations; expected a constraint_violations.json of "
            "SageMaker Model Monitor"
        )
    return found


def _raised(violation: Mapping[str, Any], schema: Schema) -> Signal:
    check = str(violation.get("constraint_check_type") or "violation")
    feature = str(violation.get("feature_name") or "")
    column = schema.by_header.get(header_key(feature))
    words = str(violation.get("description") or "").strip().rstrip(".")
    return told(
        Watched.DATA,
        check,
        1,
        subject=column.name if column else feature,
        expected=0,
        bound=1,
        severity=_CHECKS.get(check, Severity.MEDIUM),
        says=f"Model Monitor, {feature or 'data'}: {check.replace('_', ' ')}"
        + (f" ({words})." if words else "."),
    )
