"""Synthetic leads as records: raw cells as a caller has them, and cleaned ones for peers."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from bench.context import Context
from ml.contract.names import Purpose
from ml.core.cleaning.sql import judged_columns
from ml.core.features import feature_frame

_SEED = 11


def raw_records(context: Context, count: int) -> list[dict[str, Any]]:
    """Leads under their source headers, without columns that are not known yet."""
    leads = pd.read_csv(context.csv(count, _SEED), dtype=str, keep_default_na=False, na_values=[])
    case = context.use_case
    known = judged_columns(case.schema, Purpose.SCORE, case.default_moment)
    headers = [column.source for column in known if column.source in leads.columns]
    return [{str(k): v for k, v in lead.items()} for lead in leads[headers].to_dict("records")]


def clean_records(context: Context, count: int) -> list[dict[str, Any]]:
    """Leads as the pipeline takes them: cleaned, typed, nothing left to do but to encode."""
    table = context.clean(context.csv(count, _SEED))
    frame = feature_frame(table, context.use_case, context.use_case.default_moment)
    records: list[dict[str, Any]] = json.loads(frame.to_json(orient="records"))
    return records
