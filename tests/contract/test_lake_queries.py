"""Athena's saved queries, run on DuckDB over files that lie as they do in the lake on AWS."""

from dataclasses import replace
from datetime import date, datetime

import pyarrow as pa
import pytest
import sqlglot

from ml.contract.lake_queries import QUERIED, lake_queries
from ml.contract.modelling import BinaryTask
from ml.contract.names import LINE, Kind, Role, Table, Zone
from ml.contract.schema import Column, Schema
from ml.core.columns import ARROW_TYPES
from ml.core.quarantine import QUARANTINE_SCHEMA
from ml.core.table_rows import row_schema
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.crawled_lake import CrawledLake
from tests.support.small_use_case import small_use_case

_SMALL = small_use_case(BinaryTask(), name="shop")
_DAY = Column(name="came_on", source="Came", kind=Kind.DATE, role=Role.TIME)
SHOP = replace(_SMALL, schema=Schema(columns=(*_SMALL.schema.columns, _DAY)))
OTHER = replace(SHOP, name="other")
FIRST, SECOND = "a1" * 32, "b2" * 32
MONDAY, TUESDAY = datetime.fromisoformat("2026-03-02T09:30"), datetime.fromisoformat("2026-03-03")


def clean_schema(use_case):
    columns = (*use_case.schema.columns, *use_case.schema.derived)
    return pa.schema([(LINE, pa.int64()), *((c.name, ARROW_TYPES[c.kind]) for c in columns)])


def lead(name, rating=None, **more):
    return {"order_id": name, "rating": rating, **more}


def fault(line, rule, column):
    return {LINE: line, "column": column, "rule": rule, "message": "m", "hint": "h"}


def scored(name, at, score, band, *, version="1", doubt=False):
    return {
        "order_id": name, "moment": "arrival", "model_version": version, "scored_at": at,
        "score": score, "probability": score / 100, "band": band, "low_confidence": doubt,
    }  # fmt: skip


def watched(at, state, column=None, *, psi=None, drifted=None, share=None, rows=500):
    return {
        "watched_at": at, "moment": "arrival", "state": state, "rows_watched": rows,
        "drifted_share": share, "prediction_psi": 0.05 if column else None,
        "retrain": state == "DRIFTED", "column_name": column, "test": "ks" if column else None,
        "statistic": 0.3, "p_value": 0.01, "psi": psi, "missing_change": 0.0, "drifted": drifted,
    }  # fmt: skip


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    """Two files of leads, with what was made of them; and another use case's, which never shows."""
    lake = CrawledLake(tmp_path_factory.mktemp("bucket"))
    week = {"came_on": date(2026, 3, 4)}
    leads = {
        FIRST: [
            lead("a", 1, region="North", gift=True, **week),
            lead("b", 0, region="North", **week),
            lead("c", region="South", came_on=date(2026, 3, 9)),
        ],
        SECOND: [lead("a", 1, region="North")],
    }
    faults = {
        FIRST: [
            fault(7, "RANGE", "price"), fault(7, "TYPE", "items"), fault(9, "RANGE", "price"),
        ],
        "c3" * 32: [fault(2, "TOO_FEW_CELLS", None)],
    }  # fmt: skip
    scores = {
        FIRST: [
            scored("a", MONDAY, 80, "Good"), scored("b", MONDAY, 60, "Good", doubt=True),
            scored("c", MONDAY, 10, "Poor"), scored("d", MONDAY, 30, "Poor"),
        ],
        SECOND: [scored("a", TUESDAY, 55, "Poor", version="2")],
    }  # fmt: skip
    drift = {
        FIRST: [
            watched(MONDAY, "DRIFTED", "price", psi=0.4, drifted=True, share=0.5),
            watched(MONDAY, "DRIFTED", "items", psi=0.6, drifted=True, share=0.5),
            watched(MONDAY, "DRIFTED", "gift", psi=0.01, drifted=False, share=0.5),
        ],
        SECOND: [watched(TUESDAY, "INSUFFICIENT_DATA", rows=3)],
    }
    for use_case in (SHOP, OTHER):
        written = (
            (Zone.CLEAN, leads, clean_schema(use_case)),
            (Zone.QUARANTINE, faults, QUARANTINE_SCHEMA),
            (Zone.SCORES, scores, row_schema(use_case, Table.SCORES)),
            (Zone.DRIFT, drift, row_schema(use_case, Table.DRIFT)),
        )
        for zone, rows_of, schema in written:
            for version, rows in rows_of.items():
                lake.write(zone, use_case, version, schema, rows)
    return lake


def test_leads_per_file(lake):
    assert lake.ask(SHOP, "leads per file") == [
        {"version": FIRST, "leads": 3, "with_outcome": 2, "mean_outcome": 0.5},
        {"version": SECOND, "leads": 1, "with_outcome": 1, "mean_outcome": 1.0},
    ]


def test_outcome_by_level(lake):
    rows = lake.ask(SHOP, "outcome by level")
    assert {row["column_name"] for row in rows} == {"gift", "region", "size", "shop"}
    assert [tuple(row.values()) for row in rows if row["column_name"] == "region"] == [
        (FIRST, "region", "North", 2, 2, 0.5),
        (FIRST, "region", "South", 1, 0, None),
        (SECOND, "region", "North", 1, 1, 1.0),
    ]
    assert (FIRST, "gift", "true", 1, 1, 1.0) in [tuple(row.values()) for row in rows]


def test_leads_per_week(lake):
    rows = lake.ask(SHOP, "leads per week of came on")
    assert [(row["version"], row["week"], row["leads"]) for row in rows] == [
        (FIRST, date(2026, 3, 2), 2),
        (FIRST, date(2026, 3, 9), 1),
        (SECOND, None, 1),
    ]


def test_faults_in_quarantine_count_rows(lake):
    rows = lake.ask(SHOP, "faults in quarantine")
    assert [(row["version"][:2], row["rule"], row["column"], row["held_rows"]) for row in rows] == [
        ("a1", "RANGE", "price", 2),
        ("a1", "TYPE", "items", 1),
        ("c3", "TOO_FEW_CELLS", None, 1),
    ]


def test_share_in_quarantine_knows_files_of_which_all_or_nothing_was_held(lake):
    assert [tuple(row.values()) for row in lake.ask(SHOP, "share in quarantine")] == [
        ("c3" * 32, 1, 0, 1.0),
        (FIRST, 2, 3, 0.4),
        (SECOND, 0, 1, 0.0),
    ]


def test_scores_per_day(lake):
    assert [tuple(row.values()) for row in lake.ask(SHOP, "scores per day")] == [
        ("arrival", "2", date(2026, 3, 3), 1, 55.0, 0.0),
        ("arrival", "1", date(2026, 3, 2), 4, 45.0, 0.25),
    ]


def test_bands_per_day(lake):
    rows = lake.ask(SHOP, "bands per day")
    assert [
        (r["model_version"], r["band"], r["leads"], r["share"], r["lowest_score"]) for r in rows
    ] == [("2", "Poor", 1, 1.0, 55), ("1", "Good", 2, 0.5, 60), ("1", "Poor", 2, 0.5, 10)]


def test_latest_scores(lake):
    rows = lake.ask(SHOP, "latest scores")
    assert [(row["order_id"], row["score"], row["model_version"]) for row in rows] == [
        ("b", 60, "1"), ("a", 55, "2"), ("d", 30, "1"), ("c", 10, "1"),
    ]  # fmt: skip


def test_drift_over_time(lake):
    rows = lake.ask(SHOP, "drift over time")
    assert [
        (r["watched_at"], r["state"], r["rows_watched"], r["drifted_share"], r["retrain"],
         r["judged_columns"], r["drifted_columns"])
        for r in rows
    ] == [
        (TUESDAY, "INSUFFICIENT_DATA", 3, None, False, 0, 0),
        (MONDAY, "DRIFTED", 500, 0.5, True, 3, 2),
    ]  # fmt: skip


def test_drifted_columns(lake):
    rows = lake.ask(SHOP, "drifted columns")
    assert [(r["watched_at"], r["column_name"], r["psi"]) for r in rows] == [
        (MONDAY, "items", 0.6),
        (MONDAY, "price", 0.4),
    ]


def test_every_query_of_the_real_use_case_runs_on_its_columns(tmp_path):
    lake = CrawledLake(tmp_path)
    schemas = {
        Zone.CLEAN: clean_schema(LEAD_CONVERSION),
        Zone.QUARANTINE: QUARANTINE_SCHEMA,
        Zone.SCORES: row_schema(LEAD_CONVERSION, Table.SCORES),
        Zone.DRIFT: row_schema(LEAD_CONVERSION, Table.DRIFT),
    }
    for zone, schema in schemas.items():
        lake.write(zone, LEAD_CONVERSION, FIRST, schema, [])
    for query in lake_queries(LEAD_CONVERSION):
        assert lake.ask(LEAD_CONVERSION, query.title) == []


def test_titles_and_what_is_read_are_told_apart():
    queries = lake_queries(SHOP)
    assert len({query.title for query in queries}) == len(queries)
    for query in queries:
        read = {
            t.name for t in sqlglot.parse_one(query.sql, read="athena").find_all(sqlglot.exp.Table)
        }
        assert read - {"held", "kept"} <= set(QUERIED)
