"""Every score has a band; a band may be the best share of leads."""

from dataclasses import replace

import numpy as np
import pytest

from ml.contract.errors import InvalidUseCase
from ml.contract.modelling import Band, check_bands
from ml.contract.names import Estimator
from ml.core.scoring import Scorer
from ml.core.scoring.bands import band_names
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.packaging import small_pack
from tests.support.small_use_case import BINARY, ORDINAL, small_rows

REST = Band(name="Rest", at_least=0)
CALL, MAIL = Band(name="Call", best_share=0.1), Band(name="Mail", best_share=0.4)


def test_ranges_name_every_score():
    names = band_names(LEAD_CONVERSION.bands, np.zeros(101))
    bands = [names[score] for score in (100, 80, 79, 50, 49, 30, 29, 0)]
    assert bands == ["Hot", "Hot", "Warm", "Warm", "Cool", "Cool", "Cold", "Cold"]


def test_a_share_begins_where_it_splits_off_its_leads():
    points = np.sort(np.random.default_rng(0).beta(2, 5, 50_000) * 100)
    names = band_names((CALL, MAIL, REST), np.percentile(points, np.arange(101)))
    scores = np.floor(points + 0.5).astype(int)
    held = [np.mean([names[score] == name for score in scores]) for name in ("Call", "Mail")]
    assert held == pytest.approx([0.1, 0.3], abs=0.02)


def test_a_share_takes_precedence_over_ranges_below_it():
    low = np.linspace(0, 20, 101)
    names = band_names((CALL, Band(name="Warm", at_least=50), REST), low)
    assert (names[10], names[19], names[60]) == ("Rest", "Call", "Call")


def test_when_all_leads_score_alike_the_best_score_still_is_the_best():
    names = band_names((CALL, REST), np.full(101, 100.0))
    assert (names[100], names[99]) == ("Call", "Rest")


@pytest.mark.parametrize("case", [BINARY, ORDINAL], ids=["binary", "ordinal"])
def test_the_scorer_bands_by_the_share_of_its_package(case):
    files = small_pack(case, Estimator.LIGHTGBM).files
    shared = replace(case, bands=(CALL, MAIL, REST))
    scorer = Scorer.load(files, version="1", use_case=shared)
    rows = small_rows(case, 2_000, seed=8)
    bands = [scorer.band(score) for score in scorer.scores(scorer.predict(rows)).tolist()]
    assert np.mean([band == "Call" for band in bands]) == pytest.approx(0.1, abs=0.05)
    assert np.mean([band == "Mail" for band in bands]) == pytest.approx(0.3, abs=0.07)
    cells = {name: str(value) for name, value in rows.to_pylist()[0].items() if value is not None}
    assert scorer.score_record(cells).band == bands[0]


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({}, "either at_least or best_share"),
        ({"at_least": 5, "best_share": 0.1}, "either at_least or best_share"),
        ({"best_share": 0.0}, "expected 0.01 to below 1"),
        ({"best_share": 1.0}, "expected 0.01 to below 1"),
        ({"best_share": float("nan")}, "expected 0.01 to below 1"),
    ],
)
def test_a_band_that_begins_nowhere_is_refused(facts, says):
    with pytest.raises(InvalidUseCase, match=says):
        Band(name="Odd", **facts)


@pytest.mark.parametrize(
    ("bands", "says"),
    [
        ((), "descending scores"),
        ((CALL,), "descending scores"),
        ((Band(name="Hot", at_least=101), REST), "descending scores"),
        ((Band(name="Hot", at_least=50),), "begin at 0"),
        ((REST, CALL), "begin at 0"),
        ((MAIL, CALL, REST), "ascending shares"),
        ((CALL, replace(CALL, name="Again"), REST), "ascending shares"),
        ((CALL, replace(REST, name="Call")), "each name once"),
    ],
)
def test_bands_that_do_not_fit_together_are_refused(bands, says):
    with pytest.raises(InvalidUseCase, match=says):
        check_bands(bands)
