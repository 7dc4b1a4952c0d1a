"""Each probe of the leakage guard on columns whose truth is planted."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score
from statsmodels.stats.contingency_tables import StratifiedTable

from ml.contract.moments import ARRIVAL, CONTACTED
from ml.contract.names import Kind
from ml.contract.schema import Column
from ml.core.coding import coded
from ml.core.leakage.alone import auc, cross_fitted, folds_of
from ml.core.leakage.company import later_company, overlap
from ml.core.leakage.decided import MINIMUM_ROWS, decided_levels, decided_shares
from ml.core.leakage.event import Event
from ml.core.leakage.filling import filling, odds_ratio
from ml.core.leakage.learned import learned
from ml.core.leakage.timing import timing

ROWS = 4_000
RANDOM = np.random.default_rng(7)
CHANCE = RANDOM.random(ROWS)
HAPPENED = (RANDOM.random(ROWS) < CHANCE).astype(float)
EVENT = Event(happened=HAPPENED, words="converts")


def column_of(values, kind=Kind.CATEGORY, **named):
    return Column(name="field", source="Field", kind=kind, **named), pa.table({"field": values})


def codes_of(values, kind=Kind.CATEGORY):
    column, table = column_of(values, kind)
    return coded(table, column)


def alone_of(codes, happened=HAPPENED):
    return auc(happened, cross_fitted(codes, happened, folds_of(happened)))


def test_levels_keep_their_words_and_missing_comes_last():
    found = codes_of(pa.array(["b", None, "a", "b"]))
    assert found.labels == ("b", "a")
    assert found.codes.tolist() == [0, 2, 1, 0]
    assert found.missing.tolist() == [False, True, False, False]
    assert found.counts().tolist() == [2, 1, 1]


def test_numbers_are_cut_into_ranges_that_hold_rows():
    found = codes_of(pa.array([*[0] * 50, *range(1, 41), None], pa.int64()), Kind.INTEGER)
    assert found.labels[0] == "0"  # a value that fills ranges has one of its own
    assert found.counts()[:-1].min() >= 1
    assert found.counts()[-1] == 1
    assert found.labels[-1].endswith(" to 40")


def test_days_are_told_as_days():
    days = pa.array([date(2025, 1, 1), date(2025, 1, 1), None], pa.date32())
    assert codes_of(days, Kind.DATE).labels == ("2025-01-01",)


def test_a_column_that_the_table_lacks_is_all_missing():
    column, _ = column_of(pa.array(["a"]))
    assert coded(pa.table({"other": [1, 2]}), column).missing.all()


@pytest.mark.parametrize("kind", [Kind.NUMBER, Kind.INTEGER, Kind.CATEGORY, Kind.YES_NO, Kind.DATE])
def test_a_column_without_any_value_tells_nothing(kind):
    types = {Kind.NUMBER: pa.float64(), Kind.INTEGER: pa.int64(), Kind.CATEGORY: pa.string()}
    types |= {Kind.YES_NO: pa.bool_(), Kind.DATE: pa.date32()}
    found = codes_of(pa.nulls(ROWS, types[kind]), kind)
    assert found.missing.all()
    assert alone_of(found).value == pytest.approx(0.5, abs=0.01)


def test_folds_have_equal_shares_of_events_and_follow_the_seed():
    folds = folds_of(HAPPENED, seed=3)
    shares = [HAPPENED[folds == fold].mean() for fold in range(5)]
    assert max(shares) - min(shares) < 0.002
    assert (folds == folds_of(HAPPENED, seed=3)).all()
    assert (folds != folds_of(HAPPENED, seed=4)).any()


def test_ids_are_worthless_although_they_tell_every_row_apart():
    ids = codes_of(pa.array([f"id{row}" for row in range(ROWS)]))
    assert alone_of(ids).value == pytest.approx(0.5, abs=0.02)


def test_a_copy_of_the_outcome_is_seen_as_one():
    copy = codes_of(pa.array(["won" if won else "lost" for won in HAPPENED]))
    assert alone_of(copy).low > 0.99


def test_a_number_counts_whatever_its_shape():
    peak = codes_of(pa.array(np.where(RANDOM.random(ROWS) < 0.5, 1, -1) * CHANCE), Kind.NUMBER)
    assert alone_of(peak).value == pytest.approx(roc_auc_score(HAPPENED, CHANCE), abs=0.01)


def test_the_interval_of_an_auc_holds_the_truth_as_often_as_it_says():
    random, held = np.random.default_rng(1), 0
    truth = stats.norm.cdf(1 / np.sqrt(2))
    for _ in range(200):
        happened = (random.random(400) < 0.4).astype(float)
        found = auc(happened, random.normal(happened))
        held += found.low <= truth <= found.high
    assert held >= 180


def test_levels_that_decide_are_found_on_both_sides():
    level = np.where(HAPPENED == 1, "won", "lost").astype(object)
    level[RANDOM.random(ROWS) < 0.7] = "open"
    found = decided_levels(codes_of(pa.array(level.tolist())), EVENT)
    assert {(one.level, one.happens) for one in found} == {("won", True), ("lost", False)}
    assert all(one.low <= one.rate <= one.high for one in found)
    announcing, excluding = decided_shares(found, ROWS)
    assert announcing == pytest.approx(np.mean(level == "won"))
    assert excluding == pytest.approx(np.mean(level == "lost"))


def test_a_handful_of_rows_decides_nothing_however_clear():
    happened = np.zeros(ROWS)
    happened[: ROWS // 10] = 1  # where events are rare, fewer rows would be enough for Wilson
    event = Event(happened=happened, words="converts")
    for rows, found in ((MINIMUM_ROWS - 1, 0), (MINIMUM_ROWS, 1)):
        level = ["sure"] * rows + ["open"] * (ROWS - rows)
        assert len(decided_levels(codes_of(pa.array(level)), event)) == found


def test_where_events_are_rare_a_level_without_any_decides_nothing():
    rare = Event(happened=(RANDOM.random(ROWS) < 0.02).astype(float), words="converts")
    halves = codes_of(pa.array(["a", "b"] * (ROWS // 2)))
    assert decided_levels(halves, rare) == ()


def test_odds_are_those_of_the_library():
    exposed = RANDOM.random(ROWS) < 0.3
    expected = np.repeat(np.arange(10) / 10, ROWS // 10)
    tables = [
        np.histogram2d(
            exposed[expected == part] * 1, HAPPENED[expected == part], bins=[[-1, 0.5, 2]] * 2
        )[0]
        for part in np.unique(expected)
    ]
    theirs = StratifiedTable([table[::-1, ::-1] for table in tables])
    ours = odds_ratio(exposed, HAPPENED == 1, expected)
    assert ours.value == pytest.approx(theirs.oddsratio_pooled)
    assert (ours.low, ours.high) == pytest.approx(theirs.oddsratio_pooled_confint())


def test_a_field_that_follows_its_source_is_not_filled_in_by_the_outcome():
    source = RANDOM.random(ROWS) < 0.5
    happened = (RANDOM.random(ROWS) < np.where(source, 0.7, 0.2)).astype(float)
    empty = RANDOM.random(ROWS) < np.where(source, 0.1, 0.6)
    codes = codes_of(pa.array([None if gone else "x" for gone in empty]))
    event = Event(happened=happened, words="converts")
    seen = filling(codes, event, np.where(source, 0.7, 0.2))
    assert seen.rate_missing < seen.rate_present - 0.2
    assert seen.p_value < 1e-6
    assert seen.odds.low < 1 < seen.odds.high


def test_a_field_that_is_filled_in_once_the_outcome_is_known_shows_it():
    empty = RANDOM.random(ROWS) < np.where(HAPPENED == 1, 0.1, 0.5)
    codes = codes_of(pa.array([None if gone else "x" for gone in empty]))
    odds = filling(codes, EVENT, CHANCE).odds
    assert odds.low < (0.1 / 0.9) / (0.5 / 0.5) < odds.high


@pytest.mark.parametrize("gone", [0, 5, ROWS - 5, ROWS])
def test_too_few_missing_or_present_rows_say_nothing(gone):
    codes = codes_of(pa.array([None] * gone + ["x"] * (ROWS - gone), pa.string()))
    assert filling(codes, EVENT, CHANCE) is None


def test_odds_need_all_four_combinations():
    assert odds_ratio(HAPPENED == 1, HAPPENED == 1, CHANCE) is None


def fading(strength):
    """A field that tells the outcome, but less and emptier for the newest rows."""
    newest = np.arange(ROWS) >= 0.8 * ROWS
    tells = RANDOM.random(ROWS) < np.where(newest, 0.5 + 0.4 * (1 - strength), 0.9)
    word = np.where(tells == (HAPPENED == 1), "yes", "no").astype(object)
    word[RANDOM.random(ROWS) < np.where(newest, 0.1 + 0.5 * strength, 0.1)] = None
    return codes_of(pa.array(word.tolist()))


@pytest.mark.parametrize(("strength", "seen"), [(1.0, True), (0.0, False)])
def test_fields_filled_in_later_are_emptier_and_weaker_for_the_newest_rows(strength, seen):
    codes = fading(strength)
    alone = cross_fitted(codes, HAPPENED, folds_of(HAPPENED))
    found = timing(codes, EVENT, alone, np.arange(ROWS))
    assert (found.emptier, found.weaker) == (seen, seen)


def test_fields_that_came_into_use_lately_are_no_sign():
    codes = fading(1.0)
    alone = cross_fitted(codes, HAPPENED, folds_of(HAPPENED))
    backwards = timing(codes, EVENT, alone, np.arange(ROWS)[::-1])
    assert (backwards.emptier, backwards.weaker) == (False, False)


def test_without_an_order_or_enough_rows_time_says_nothing():
    codes = fading(1.0)
    alone = cross_fitted(codes, HAPPENED, folds_of(HAPPENED))
    assert timing(codes, EVENT, alone, None) is None
    few = Event(happened=np.where(np.arange(ROWS) < 40, 1.0, 0.0), words="converts")
    assert timing(codes, few, alone, np.arange(ROWS)) is None


def test_what_is_filled_in_together_with_a_later_field_is_told():
    gone = RANDOM.random(ROWS) < 0.3
    other = gone ^ (RANDOM.random(ROWS) < 0.2)
    columns = [
        Column(name=name, source=name, kind=Kind.CATEGORY, known_from=known_from)
        for name, known_from in (("early", ARRIVAL), ("late", CONTACTED), ("lone", CONTACTED))
    ]
    flags = {"early": gone, "late": gone, "lone": other}
    table = pa.table({n: [None if g else "x" for g in f] for n, f in flags.items()})
    codes = {column.name: coded(table, column) for column in columns}
    assert [one.name for one in later_company(columns[0], columns, codes)] == ["late"]
    assert later_company(columns[1], columns, codes) == ()
    assert overlap(codes["early"], codes["lone"]) < 0.95


def test_fields_that_are_rare_or_empty_are_no_company():
    gone = RANDOM.random((2, ROWS)) > 0.02
    rare = [codes_of(pa.array([None if x else "x" for x in flags])) for flags in gone]
    empty = codes_of(pa.nulls(ROWS, pa.string()))
    assert overlap(*rare) < 0.5
    assert overlap(rare[0], empty) == 0


def test_columns_together_tell_more_than_alone_and_no_row_teaches_itself():
    left, right = RANDOM.normal(size=(2, ROWS))
    happened = (RANDOM.random(ROWS) < 1 / (1 + np.exp(-left - right))).astype(float)
    codes = [codes_of(pa.array(values), Kind.NUMBER) for values in (left, right)]
    both = auc(happened, learned(codes, happened)).value
    assert both > max(alone_of(one, happened).value for one in codes) + 0.03
    noise = [codes_of(pa.array(RANDOM.normal(size=ROWS)), Kind.NUMBER) for _ in range(3)]
    assert auc(happened, learned(noise, happened)).value == pytest.approx(0.5, abs=0.03)
    assert np.ptp(learned([], happened)) == 0
