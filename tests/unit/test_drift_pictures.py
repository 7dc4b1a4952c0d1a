"""The bins of a column in words: what the stability index is made of, and nothing that is empty."""

import numpy as np
import pyarrow as pa
import pytest

from ml.contract.modelling import DriftPolicy
from ml.contract.names import Kind
from ml.contract.schema import Column
from ml.core.drift import compare_columns
from ml.core.drift.bins import number_bins, quantile_edges
from ml.core.drift.pictures import MISSING, NEW_LEVELS, OTHERS, number_picture
from ml.core.drift.psi import psi_of_counts


def bins_of(kind, before, now):
    column = Column(name="c", source="C", kind=kind, levels=("x",) if kind is Kind.ORDINAL else ())
    tables = (pa.table({"c": side}) for side in (before, now))
    (found,) = compare_columns(*tables, [column], DriftPolicy())
    return found, {one.label: (one.reference, one.current) for one in found.bins}


def test_numbers_are_pictured_in_the_bins_of_the_index():
    random = np.random.default_rng(0)
    before, now = random.normal(size=500), random.normal(0.5, size=400)
    found, bins = bins_of(Kind.NUMBER, before, now)
    counted = number_bins(before, now)
    assert found.psi == psi_of_counts(counted)
    assert [share for share, _ in bins.values()] == (counted.reference[:-1] / 500).tolist()
    assert [share for _, share in bins.values()] == (counted.current[:-1] / 400).tolist()


def test_both_sides_add_up_to_all_rows():
    levels = [*"abcdefghijklmnopqrst"] * 30
    for kind, before, now in (
        (Kind.INTEGER, [0, 0, 5, 9, None] * 80, [3, None, 12, 0, 1] * 60),
        (Kind.CATEGORY, levels, [*levels, "new", None]),
    ):
        _, bins = bins_of(kind, before, now)
        for side in zip(*bins.values(), strict=True):
            assert sum(side) == pytest.approx(1)


def test_whole_numbers_are_said_as_whole_numbers():
    _, bins = bins_of(Kind.INTEGER, [0] * 300 + [*range(1, 101)], [0, 7, None] * 100)
    assert "0" in bins
    assert not any("." in label or "e" in label.replace("missing", "") for label in bins)
    assert bins[MISSING] == (0, pytest.approx(1 / 3))


def test_levels_are_named_by_frequency_and_the_rest_is_pooled():
    before = ["web"] * 200 + ["phone"] * 100 + [f"level {n}" for n in range(20) for _ in range(10)]
    _, bins = bins_of(Kind.CATEGORY, before, [*before, *["fair"] * 50, None])
    labels = [*bins]
    assert labels[:2] == ["web", "phone"]
    assert labels[-3:] == [OTHERS, NEW_LEVELS, MISSING]
    assert len(labels) == 13
    assert "fair" not in labels


def test_a_long_level_is_clipped():
    _, bins = bins_of(Kind.CATEGORY, ["x" * 5_000] * 300, ["x" * 5_000] * 300)
    assert [len(label) for label in bins] == [60]


@pytest.mark.parametrize("kind", [Kind.NUMBER, Kind.INTEGER, Kind.DATE])
@pytest.mark.parametrize("value", [0.0, 20_000.0, 1e300, np.finfo(float).max, -np.inf])
def test_every_bin_of_every_number_has_words(kind, value):
    values = np.array([value] * 9 + [1.0])
    edges = quantile_edges(values)
    picture = number_picture(number_bins(values, values), edges, kind)
    assert all(one.label for one in picture)
    assert sum(one.reference for one in picture) == pytest.approx(1)


def test_days_are_said_as_days():
    days = np.array([20_000.0, 20_001.0, 20_002.0] * 50)
    picture = number_picture(number_bins(days, days), quantile_edges(days), Kind.DATE)
    assert [one.label for one in picture] == ["2024-10-04", "2024-10-05", "2024-10-06"]
