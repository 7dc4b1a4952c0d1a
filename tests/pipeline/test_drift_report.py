"""Evidently's report: finite figures on hostile columns, a page that needs no network."""

import json
import math
import re
import socket

import numpy as np
import pyarrow as pa
import pytest

from ml.contract.names import Kind
from ml.contract.schema import Column
from ml.core.drift_report import drift_report

NUMBER = Column(name="number", source="number", kind=Kind.NUMBER)
WORD = Column(name="word", source="word", kind=Kind.CATEGORY)
ROWS = 300


def rows(number=None, word=None, *, shift=0.0, count=ROWS):
    values = np.random.default_rng(0).normal(shift, size=count)
    return pa.table(
        {
            "number": pa.array(values) if number is None else number,
            "word": pa.array(["a", "b", None] * (count // 3)) if word is None else word,
        }
    )


def test_figures_grow_with_the_shift_and_are_zero_for_equal_sides():
    same, near, far = (drift_report(rows(), rows(shift=by), [NUMBER, WORD]) for by in (0, 0.5, 2))
    assert same.metrics == {
        "evidently_drifted_share": 0.0, "evidently_number": 0.0, "evidently_word": 0.0
    }  # fmt: skip
    assert 0 < near.metrics["evidently_number"] < far.metrics["evidently_number"]
    assert far.metrics["evidently_drifted_share"] == 0.5


def test_missing_levels_are_a_level():
    found = drift_report(rows(), rows(word=pa.nulls(ROWS, pa.string())), [NUMBER, WORD])
    assert found.metrics["evidently_word"] > 0.5


HOSTILE = {
    "constant": rows(pa.array([1.0] * ROWS)),
    "constant word": rows(word=pa.array(["a"] * ROWS)),
    "all null": rows(pa.nulls(ROWS, pa.float64()), pa.nulls(ROWS, pa.string())),
    "one row": rows(pa.array([1.0]), pa.array(["a"])),
    "far outside": rows(pa.array([1e12] * ROWS)),
    "new word": rows(word=pa.array(["<script>alert(1)</script>"] * ROWS)),
    "only words": pa.table({"word": ["a"] * ROWS}),
}


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("turned", [False, True])
def test_hostile_columns_give_finite_figures(case, turned):
    sides = (rows(), HOSTILE[case])
    found = drift_report(*(sides[::-1] if turned else sides), [NUMBER, WORD])
    assert all(math.isfinite(figure) for figure in found.metrics.values())
    assert ("number" in found.left_out) == (case in {"all null", "only words"})


def test_nothing_to_compare_is_no_report():
    empty = rows(pa.nulls(ROWS, pa.float64()))
    assert drift_report(rows(), empty, [NUMBER]) is None


def test_large_sides_are_sampled_alike_each_time():
    before, now = rows(count=9_000), rows(count=9_000, shift=1)
    first, again = (drift_report(before, now, [NUMBER, WORD], rows=500) for _ in range(2))
    assert first.metrics == again.metrics


def test_the_page_and_the_making_of_it_need_no_network(monkeypatch):
    def refuse(*args):
        raise AssertionError(f"a connection to {args[1:]} was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    page = drift_report(rows(), rows(shift=1), [NUMBER, WORD]).html.decode()
    assert "<html" in page
    assert not re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=[\"']?(?:https?:)?//", page)


def test_the_json_is_plain_and_says_what_the_metrics_say():
    found = drift_report(rows(), rows(shift=1), [NUMBER, WORD])
    values = {m["config"].get("column"): m["value"] for m in json.loads(found.json())["metrics"]}
    assert values["number"] == found.metrics["evidently_number"]
