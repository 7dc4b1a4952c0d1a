"""Plots: valid pictures, the same bytes for the same rows, and nothing left behind."""

import struct
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest

from ml.contract.modelling import BinaryTask, OrdinalTask
from ml.core.plots import contributions_plot, judging_plots

RANDOM = np.random.default_rng(0)
PREDICTED = np.round(RANDOM.beta(1, 2, 300), 2)
OUTCOME = (RANDOM.random(300) < PREDICTED).astype(float)


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert png.rstrip().endswith(b"IEND\xaeB`\x82")
    return struct.unpack(">II", png[16:24])


def test_a_binary_task_has_every_plot():
    plots = judging_plots(BinaryTask(), OUTCOME, PREDICTED)
    assert set(plots) == {
        "roc.png", "precision_recall.png", "gain.png", "lift.png", "reliability.png",
        "scores.png", "confusion.png",
    }  # fmt: skip
    assert all(min(size(png)) > 400 for png in plots.values())


def test_an_ordinal_task_has_its_own():
    ratings = RANDOM.integers(1, 6, 300).astype(float)
    plots = judging_plots(OrdinalTask(), ratings, ratings + RANDOM.normal(0, 1, 300))
    assert set(plots) == {"ratings.png", "errors.png"}
    assert all(min(size(png)) > 400 for png in plots.values())


def test_equal_rows_give_equal_bytes():
    assert judging_plots(BinaryTask(), OUTCOME, PREDICTED) == judging_plots(
        BinaryTask(), OUTCOME, PREDICTED
    )


@pytest.mark.parametrize("rows", [22, 301])
def test_few_or_odd_numbers_of_rows_can_be_drawn(rows):
    predicted = np.linspace(0, 1, rows)
    judging_plots(BinaryTask(), (predicted > 0.5).astype(float), predicted)


def test_contributions_take_missing_values_constants_and_categories():
    values = RANDOM.normal(0, 1, 200)
    values[:50] = np.nan
    png = contributions_plot(
        {
            "Visits": np.nan_to_num(values),
            "Origin": RANDOM.choice([-1.0, 1.0], 200),
            "Same": np.zeros(200),
        },
        {"Visits": values, "Same": np.ones(200)},
    )
    assert min(size(png)) > 300


def test_the_look_of_other_plots_stays():
    before = mpl.rcParams["axes.titlesize"]
    judging_plots(BinaryTask(), OUTCOME, PREDICTED)
    assert mpl.rcParams["axes.titlesize"] == before


def test_no_window_system_is_asked_for():
    code = "import sys, ml.core.plots; print('matplotlib.pyplot' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "False"
