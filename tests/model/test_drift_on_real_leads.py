"""Drift on the real file: quiet halves stay quiet, the vendor scores that vanish are seen."""

import numpy as np
import pyarrow as pa
import pytest

from ml.contract.moments import ENGAGED
from ml.contract.names import DriftState
from ml.core.drift import judge
from ml.core.drift.planting import Emptied, Scaled
from ml.core.drift.reliability import rates
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.clean_leads import clean_leads

COLUMNS = LEAD_CONVERSION.schema.features(ENGAGED)
POLICY = LEAD_CONVERSION.drift
VENDOR = {column.name for column in COLUMNS if column.name.startswith("asymmetrique_")}


@pytest.fixture(scope="module")
def leads(real_leads_csv):
    return clean_leads(real_leads_csv)


@pytest.fixture(scope="module")
def fifths(leads):
    order = np.argsort([int(number) for number in leads["lead_number"].to_pylist()])
    return [leads.take(pa.array(part)) for part in np.array_split(order, 5)]


def test_random_halves_do_not_alarm(leads):
    quiet = 0
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(leads.num_rows)
        half, other = (leads.take(pa.array(part)) for part in np.array_split(order, 2))
        quiet += judge(half, other, columns=COLUMNS, policy=POLICY).state is DriftState.OK
    assert quiet >= 19


def seen(before, now):
    found = judge(before, now, columns=COLUMNS, policy=POLICY)
    return found, {column.column: column for column in found.columns if column.drifted}


@pytest.mark.parametrize("fifth", [1, 2, 3])
def test_the_vendors_scores_that_vanish_are_seen(fifths, fifth):
    _, drifted = seen(fifths[0], fifths[fifth])
    assert set(drifted) >= VENDOR
    assert min(drifted[name].psi for name in VENDOR) > 0.5


def test_the_figures_say_that_the_scores_went_missing(fifths):
    found, drifted = seen(fifths[0], fifths[2])
    assert drifted["asymmetrique_activity_score"].missing_change == pytest.approx(0.92, abs=0.02)
    assert any("asymmetrique_activity_score" in words for words in found.reasons + found.notes)


@pytest.mark.parametrize("rows", [POLICY.minimum_rows, 1_000])
def test_windows_of_the_file_raise_no_false_alarm(leads, rows):
    found = rates(leads, POLICY, columns=COLUMNS, rows=rows, repetitions=40, seed=0)
    assert (found.asked, found.noticed) == (0.0, 0.0)


@pytest.mark.parametrize(
    "plant",
    [
        Scaled(column="total_time_on_website", factor=0.5),
        Emptied(column="lead_source", share=0.3),
        Emptied(column="asymmetrique_activity_score", share=1.0),
    ],
    ids=lambda plant: plant.column,
)
def test_planted_shifts_are_noticed_in_windows_of_500(leads, plant):
    found = rates(leads, POLICY, columns=COLUMNS, rows=500, repetitions=40, seed=0, plants=[plant])
    assert found.noticed >= 0.95
