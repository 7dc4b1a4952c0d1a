"""Figures over time and distributions as shapes: in bounds, with gaps, for any figure."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.contract.records import ScoreBin
from ml.serving.console.score_shapes import score_chart
from ml.serving.console.time_charts import HEIGHT, WIDTH, Reading, time_chart

DAY = datetime(2026, 11, 22, tzinfo=UTC)


def readings(*values, raised=()):
    return [
        Reading(at=DAY + timedelta(days=n), value=value, raised=n in raised)
        for n, value in enumerate(values)
    ]


def test_readings_stand_in_the_order_of_time_and_the_threshold_between_them():
    chart = time_chart([*reversed(readings(0.1, 0.2, 0.4, raised=(2,)))], bound=0.3)
    assert [mark.reading.value for mark in chart.marks] == [0.1, 0.2, 0.4]
    assert [mark.x for mark in chart.marks] == [0, WIDTH / 2, WIDTH]
    assert chart.marks[2].y < chart.bound < chart.marks[1].y < chart.marks[0].y < HEIGHT
    assert chart.bound_words == "0.3"


def test_what_could_not_be_told_is_a_gap_and_never_nothing():
    chart = time_chart(readings(0.1, 0.2, None, 0.2, 0.1))
    assert len(chart.lines) == 2
    assert chart.marks[2].y is None
    assert time_chart(readings(None, None), bound=0.2) is None
    assert time_chart([]) is None


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300])
def test_what_is_no_figure_counts_as_none(value):
    chart = time_chart(readings(0.1, value), bound=0.2)
    assert chart.marks[1].y is None
    assert chart.up[-1].words == "0.2"


@given(
    st.lists(st.floats(0, 1e9) | st.none(), min_size=1, max_size=30),
    st.floats(1e-12, 1e9) | st.none(),
)
def test_every_shape_lies_within_the_drawing(values, bound):
    chart = time_chart(readings(*values), bound=bound)
    if chart is None:
        assert all(value is None for value in values)
        return
    heights = [mark.y for mark in chart.marks if mark.y is not None]
    heights += [tick.at for tick in chart.up] + ([] if chart.bound is None else [chart.bound])
    assert all(0 <= height <= HEIGHT for height in heights)
    assert all(0 <= mark.x <= WIDTH for mark in chart.marks)
    assert 1 <= len(chart.up) <= 6


def test_one_look_stands_in_the_middle_with_its_time():
    chart = time_chart(readings(0.1))
    assert [mark.x for mark in chart.marks] == [WIDTH / 2]
    assert [tick.words for tick in chart.across] == ["22 Nov, 00:00"]


def test_bars_are_as_high_as_their_share():
    bins = [
        ScoreBin(low=0, high=0.5, reference=0.2, current=0.8),
        ScoreBin(low=0.5, high=1, reference=0.8, current=0.2),
    ]
    chart = score_chart(bins)
    assert chart.bars[0].height == pytest.approx(4 * chart.bars[1].height, abs=0.1)
    assert all(bar.y + bar.height == HEIGHT for bar in chart.bars)
    assert len(chart.line.split()) == 4


@pytest.mark.parametrize("share", [math.nan, math.inf, -1, 2])
def test_a_bin_that_holds_no_share_is_left_out(share):
    assert score_chart([ScoreBin(low=0, high=1, reference=share, current=0.5)]) is None
    assert score_chart([]) is None
