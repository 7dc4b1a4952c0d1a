"""Each switch of the generator does what it says, and nothing else."""

import re
from datetime import date
from io import BytesIO, StringIO
from uuid import UUID

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from bench.generator_rules import MIN_CELL, smooth
from ml.contract.errors import UsageError
from ml.contract.names import Purpose
from ml.core.generator import Scenario, block, generate_leads, known_truth
from ml.core.generator.columns import (
    ARRIVAL_DATE,
    CONVERTED,
    FOLLOW_UP_CODE,
    ID_COLUMNS,
    LEAD_NUMBER,
    OUTCOME_DATE,
    PAGE_VIEWS,
    SOURCE_COLUMNS,
    VISITS,
    WEB_TIME,
    WHAT_MATTERS,
)
from ml.core.generator.scenario import BREAKABLE
from ml.core.intake.gate import admit
from ml.use_cases.lead_conversion import LEAD_CONVERSION

ROWS = 2_000
DATED = Scenario(arrival_weeks=10)
ASYMMETRIQUE = [name for name in SOURCE_COLUMNS if name.startswith("Asymmetrique")]


ORDINARY = Scenario()


def leads(scenario: Scenario = ORDINARY, rows: int = ROWS, seed: int = 7) -> pd.DataFrame:
    return next(generate_leads(rows=rows, seed=seed, scenario=scenario, chunk_rows=rows))


def text(frame: pd.DataFrame) -> str:
    return frame.to_csv(index=False)


@pytest.fixture(scope="module")
def plain() -> pd.DataFrame:
    return leads()


def test_columns_are_those_of_the_file_in_its_order(plain):
    assert tuple(plain.columns) == SOURCE_COLUMNS
    assert len(plain.columns) == 37


def test_same_seed_same_bytes_and_another_seed_others(plain):
    assert text(leads()) == text(plain)
    assert text(leads(seed=8)) != text(plain)


def test_chunk_size_leaves_the_leads_alone(monkeypatch):
    monkeypatch.setattr(block, "BLOCK_ROWS", 200)
    whole = leads(rows=700)
    for chunk_rows in (1_000, 200, 90):
        chunks = list(generate_leads(rows=700, seed=7, chunk_rows=chunk_rows))
        assert [len(chunk) for chunk in chunks[:-1]] == [chunk_rows] * (len(chunks) - 1)
        assert text(pd.concat(chunks)) == text(whole)


def test_string_storage_of_pandas_leaves_the_leads_alone(plain):
    with pd.option_context("mode.string_storage", "python"):
        other = leads()
    pd.testing.assert_frame_equal(other, plain, check_column_type=False)
    assert not any(dtype == "str" for dtype in plain.dtypes)


def test_ids_are_unique_and_ascend_by_arrival(monkeypatch):
    monkeypatch.setattr(block, "BLOCK_ROWS", 500)
    frame = leads(rows=1_200)
    assert frame["Prospect ID"].is_unique
    assert all(str(UUID(value)) == value for value in frame["Prospect ID"][:50])
    assert (frame[LEAD_NUMBER].diff().dropna() > 0).all()


def test_numbers_print_as_in_the_file(plain):
    printed = pd.read_csv(StringIO(text(plain)), dtype=str, keep_default_na=False)
    whole = re.compile(r"\d*")
    for name in (VISITS, WEB_TIME, LEAD_NUMBER, CONVERTED, *ASYMMETRIQUE[2:]):
        assert all(whole.fullmatch(value) for value in printed[name]), name
    views = re.compile(r"(\d+(\.\d{1,2})?)?")
    assert all(views.fullmatch(v) and not v.endswith(".0") for v in printed[PAGE_VIEWS])


def test_the_intake_lets_them_in_without_a_word(plain):
    admission = admit(
        BytesIO(text(plain).encode()),
        use_case=LEAD_CONVERSION,
        purpose=Purpose.TRAIN,
        moment=LEAD_CONVERSION.moments[-1],
    )
    assert sum(part.batch.num_rows for part in admission.parts()) == ROWS
    assert admission.warnings == []


def test_missing_values_come_in_blocks(plain):
    assert plain[ASYMMETRIQUE].isna().nunique(axis=1).eq(1).all()
    assert plain[VISITS].isna().equals(plain[PAGE_VIEWS].isna())
    assert plain[WHAT_MATTERS].isna().equals(plain["Lead Profile"].isna())
    assert plain["Specialization"].eq("Select").any()
    assert plain["Specialization"].isna().any()


def test_no_visit_no_time(plain):
    nobody = plain[VISITS].eq(0).fillna(False)
    assert plain.loc[nobody, WEB_TIME].eq(0).all()
    assert plain.loc[nobody, PAGE_VIEWS].eq(0).all()
    assert plain.loc[~nobody, WEB_TIME].gt(0).mean() > 0.99


def test_the_real_file_s_vendor_scores_come_and_go(plain):
    by_fifth = plain[ASYMMETRIQUE[0]].isna().groupby(np.arange(ROWS) * 5 // ROWS).mean()
    assert by_fifth.round(1).tolist() == pytest.approx([0.0, 0.8, 0.9, 0.5, 0.0], abs=0.11)


def test_dates_spread_evenly_and_without_drift():
    frame = leads(DATED)
    weeks = (pd.to_datetime(frame[ARRIVAL_DATE]) - pd.Timestamp(DATED.start)).dt.days // 7
    assert weeks.value_counts().tolist() == [ROWS // 10] * 10
    assert frame[ARRIVAL_DATE].is_monotonic_increasing
    shares = frame[ASYMMETRIQUE[0]].isna().groupby(weeks // 5).mean()
    assert shares[0] == pytest.approx(shares[1], abs=0.06)


def test_drift_starts_in_its_week():
    scenario = Scenario(arrival_weeks=10, drift_week=6)
    calm, drifted = leads(DATED), leads(scenario)
    truth = known_truth(rows=ROWS, seed=7, scenario=scenario)
    before, after = ~truth.leads["affected"], truth.leads["affected"]
    assert after.sum() == ROWS * 4 // 10
    assert truth.drift_date == date(2025, 2, 17)
    assert text(drifted[before]) == text(calm[before])
    assert drifted.loc[after, WEB_TIME].mean() < 0.75 * calm.loc[after, WEB_TIME].mean()
    for name, level in (("Lead Origin", "API"), ("Lead Source", "Olark Chat")):
        gain = drifted.loc[after, name].eq(level).mean() - calm.loc[after, name].eq(level).mean()
        assert gain > 0.05, name
    gone = [frame.loc[after, ASYMMETRIQUE[0]].isna().mean() for frame in (drifted, calm)]
    assert gone[0] > gone[1] + 0.15


def test_stronger_drift_moves_further_and_none_leaves_the_leads_alone():
    means = [
        leads(Scenario(arrival_weeks=10, drift_week=0, drift_strength=s))[WEB_TIME].mean()
        for s in (0, 1, 2)
    ]
    assert means[0] > means[1] > means[2]
    still = Scenario(arrival_weeks=10, drift_week=3, drift_strength=0)
    assert text(leads(still)) == text(leads(DATED))
    assert known_truth(rows=10, scenario=still).drifted_columns == ()


def test_base_rate_shifts_everywhere_or_from_the_week():
    base = leads(DATED)[CONVERTED]
    everywhere = leads(Scenario(arrival_weeks=10, base_rate_shift=1.0))[CONVERTED]
    assert everywhere.mean() > base.mean() + 0.08
    later = Scenario(arrival_weeks=10, drift_week=5, drift_strength=0, base_rate_shift=1.0)
    shifted, half = leads(later)[CONVERTED], ROWS // 2
    assert shifted[:half].equals(base[:half])
    assert shifted[half:].equals(everywhere[half:])


def test_labels_arrive_late():
    frame = leads(Scenario(arrival_weeks=10, label_delay=True), rows=6_000)
    dates = frame[[ARRIVAL_DATE, OUTCOME_DATE]].apply(pd.to_datetime)
    delay = (dates[OUTCOME_DATE] - dates[ARRIVAL_DATE]).dt.days
    assert delay.min() >= 0
    assert delay.median() == pytest.approx(14, abs=1)
    assert delay.quantile(0.9) == pytest.approx(160, rel=0.12)


def test_the_leak_leaks_and_changes_nothing_else(plain):
    scenario = Scenario(planted_leak=True)
    frame = leads(scenario)
    rates = frame[CONVERTED].groupby(frame[FOLLOW_UP_CODE]).mean()
    assert rates["FU-10"] < 0.05
    assert rates["FU-30"] > 0.9
    assert text(frame.drop(columns=FOLLOW_UP_CODE)) == text(plain)
    assert known_truth(rows=10, scenario=scenario).leak_column == FOLLOW_UP_CODE


@pytest.mark.parametrize("name", ["Lead Source", VISITS, PAGE_VIEWS, WEB_TIME])
def test_a_broken_field_becomes_unusable(name):
    plain = leads(rows=400)
    empty, constant, garbled = (
        leads(Scenario(broken_field=name, breakage=how), rows=400)
        for how in ("empty", "constant", "garbled")
    )
    assert empty[name].isna().all()
    assert constant[name].nunique(dropna=False) == 1
    assert not set(garbled[name].dropna()) & {str(value) for value in plain[name].dropna()}
    assert pd.to_numeric(garbled[name].dropna(), errors="coerce").isna().all()
    for broken in (empty, constant, garbled):
        assert text(broken.drop(columns=name)) == text(plain.drop(columns=name))


def test_a_field_breaks_in_the_drift_week():
    scenario = Scenario(
        arrival_weeks=10, drift_week=4, drift_strength=0, broken_field="Lead Source"
    )
    missing = leads(scenario)["Lead Source"].isna()
    assert missing[: ROWS * 4 // 10].mean() < 0.02
    assert missing[ROWS * 4 // 10 :].all()


def test_rows_repeat_apart_from_ids_and_dates():
    scenario = Scenario(arrival_weeks=10, label_delay=True, planted_leak=True, duplicate_share=0.3)
    frame, truth = leads(scenario), known_truth(rows=ROWS, seed=7, scenario=scenario).leads
    repeats = truth["repeats"] != truth[LEAD_NUMBER]
    assert repeats.mean() == pytest.approx(0.3, abs=0.03)
    fields = frame.drop(columns=["Prospect ID", ARRIVAL_DATE, OUTCOME_DATE]).set_index(LEAD_NUMBER)
    copies = fields.loc[truth.loc[repeats, LEAD_NUMBER]].reset_index(drop=True)
    originals = fields.loc[truth.loc[repeats, "repeats"]].reset_index(drop=True)
    assert text(copies) == text(originals)


def test_some_rows_repeat_by_themselves(plain):
    assert 0.04 < plain.drop(columns=list(ID_COLUMNS)).duplicated().mean() < 0.2


def test_truth_knows_every_lead_and_its_probability(plain):
    truth = known_truth(rows=ROWS, seed=7)
    assert truth.leads[LEAD_NUMBER].equals(plain[LEAD_NUMBER])
    assert truth.leads[CONVERTED].tolist() == plain[CONVERTED].tolist()
    bands = truth.leads.groupby(pd.cut(truth.leads["probability"], [0, 0.2, 0.5, 0.8, 1]))
    gaps = bands[CONVERTED].mean() - bands["probability"].mean()
    assert gaps.abs().max() < 0.05
    assert (truth.drift_week, truth.leak_column, truth.broken_field) == (None, None, None)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"arrival_weeks": -1}, r"arrival_weeks=-1 .* 0 to"),
        ({"arrival_weeks": 2.5}, r"arrival_weeks=2.5 is no whole number"),
        ({"drift_week": 3}, r"drift_week=3 needs arrival dates"),
        ({"arrival_weeks": 4, "drift_week": 4}, r"drift_week=4 .* 0 to 3"),
        ({"drift_strength": float("nan")}, r"drift_strength=nan .* 0.0 to 5.0"),
        ({"base_rate_shift": 9.0}, r"base_rate_shift=9.0 .* -6.0 to 6.0"),
        ({"label_delay": True}, r"label_delay needs arrival dates"),
        ({"broken_field": "Lead Sauce"}, r"broken_field='Lead Sauce' is unknown.*Lead Source"),
        ({"broken_field": CONVERTED}, r"broken_field='Converted' is unknown"),
        ({"breakage": "odd"}, r"breakage='odd' is unknown.*empty, constant, garbled"),
        ({"duplicate_share": 1.0}, r"duplicate_share=1.0 .* 0.0 to 0.9"),
    ],
)
def test_a_scenario_refuses_what_cannot_be(wrong, message):
    with pytest.raises(UsageError, match=message):
        Scenario(**wrong)


@pytest.mark.parametrize("wrong", [{"rows": 0}, {"rows": 5, "seed": -1}])
def test_a_request_refuses_what_cannot_be(wrong):
    with pytest.raises(UsageError, match="is out of range: expected"):
        generate_leads(**wrong)


def test_every_column_but_ids_and_target_may_break():
    assert len(BREAKABLE) == len(SOURCE_COLUMNS) - 3


def test_stored_shares_hide_cells_of_few_leads():
    shares = smooth(np.array([90, 4, 3, 0]), np.array([0.8, 0.1, 0.1, 0.0]))
    assert shares.round(3).tolist() == [0.928, 0.036, 0.036, 0.0]
    lonely = smooth(np.array([90, MIN_CELL - 1, 0, 0]), None)
    assert lonely.tolist() == [1.0, 0.0, 0.0, 0.0]


FLAT = Scenario(arrival_weeks=10, drift_week=5, drift_strength=0, odds_power=0.3)


def test_other_odds_keep_the_order_and_the_rate_of_conversion():
    before, after = (known_truth(rows=4_000, seed=7, scenario=s).leads for s in (DATED, FLAT))
    touched = after["affected"]
    assert touched.sum() == 2_000
    assert (
        after[~touched].drop(columns="affected").equals(before[~touched].drop(columns="affected"))
    )
    told, true = before.loc[touched, "probability"], after.loc[touched, "probability"]
    assert true.corr(told, method="spearman") > 0.999
    assert true.std() < 0.6 * told.std()
    assert true.mean() == pytest.approx(told.mean(), abs=0.001)


def test_other_odds_leave_what_is_known_at_arrival_alone():
    plain, flat = leads(DATED), leads(FLAT)
    for name in ("Lead Origin", "Lead Source", VISITS, WEB_TIME, ARRIVAL_DATE):
        assert flat[name].astype(str).equals(plain[name].astype(str)), name


def turned(strength: float, **more: object) -> Scenario:
    facts = {"arrival_weeks": 10, "drift_week": 5, "drift_strength": 0} | more
    return Scenario(**facts, concept_strength=strength)


def test_concept_drift_leaves_what_is_known_at_arrival_and_the_weeks_before_alone():
    plain, other = leads(DATED, rows=4_000), leads(turned(1.0), rows=4_000)
    assert text(other[:2_000]) == text(plain[:2_000])
    for name in ("Lead Origin", "Lead Source", "City", VISITS, WEB_TIME, ARRIVAL_DATE):
        assert other[name].astype(str).equals(plain[name].astype(str)), name
    rates = [frame.loc[2_000:, CONVERTED].mean() for frame in (plain, other)]
    assert rates[1] == pytest.approx(rates[0], abs=0.02)


def test_who_knew_the_odds_ranks_worse_the_more_fields_say_another_thing():
    told = known_truth(rows=6_000, seed=7, scenario=DATED).leads["probability"][3_000:]
    true = [
        known_truth(rows=6_000, seed=7, scenario=turned(s)).leads[3_000:] for s in (0, 0.25, 0.5, 1)
    ]
    aucs = [roc_auc_score(leads[CONVERTED], told) for leads in true]
    assert aucs[0] > 0.84
    assert aucs == sorted(aucs, reverse=True)
    assert aucs[0] - aucs[1] > 0.05
    assert aucs[3] < 0.45
    assert roc_auc_score(true[3][CONVERTED], true[3]["probability"]) > 0.75


def test_concept_drift_of_no_strength_changes_no_byte_and_truth_names_the_columns():
    assert text(leads(turned(0.0))) == text(leads(DATED))
    assert known_truth(rows=10, scenario=turned(0.0)).turned_columns == ()
    assert known_truth(rows=10, scenario=turned(0.4)).turned_columns == ("Lead Source", WEB_TIME)
    assert text(leads(turned(0.4))) == text(leads(turned(0.4)))


def test_concept_drift_leaves_no_field_that_is_half_way_anything_to_tell():
    half = known_truth(rows=6_000, seed=7, scenario=turned(0.5, drift_week=0)).leads
    frame = leads(turned(0.5, drift_week=0), rows=6_000)
    alike = frame["Lead Origin"].eq("Landing Page Submission")
    long, short = (alike & frame[WEB_TIME].gt(1_000)), (alike & frame[WEB_TIME].lt(100))
    told = half["probability"]
    assert told[long].mean() == pytest.approx(told[short].mean(), abs=0.06)


def test_a_feed_that_stops_has_the_same_leads_on_earlier_days():
    plain, stale = leads(DATED), leads(Scenario(arrival_weeks=10, stale_weeks=3))
    days = pd.to_datetime(stale[ARRIVAL_DATE])
    assert days.max() == pd.Timestamp(DATED.start) + pd.Timedelta(days=7 * 7 - 1)
    assert text(stale.drop(columns=ARRIVAL_DATE)) == text(plain.drop(columns=ARRIVAL_DATE))


def test_lost_outcomes_are_empty_and_change_nothing_else():
    kept = leads(Scenario(arrival_weeks=10, label_delay=True))
    lossy = leads(
        Scenario(arrival_weeks=10, drift_week=5, drift_strength=0, label_delay=True,
                 lost_outcomes=0.6)
    )  # fmt: skip
    lost = lossy[CONVERTED].isna()
    assert not lost[: ROWS // 2].any()
    assert lost[ROWS // 2 :].mean() == pytest.approx(0.6, abs=0.05)
    assert lossy[OUTCOME_DATE].isna().equals(lost)
    assert lossy.loc[~lost, CONVERTED].tolist() == kept.loc[~lost, CONVERTED].tolist()
    assert text(lossy.drop(columns=[CONVERTED, OUTCOME_DATE])) == text(
        kept.drop(columns=[CONVERTED, OUTCOME_DATE])
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"odds_power": 0.0}, r"odds_power=0.0 .* 0.1 to"),
        ({"concept_strength": 1.1}, r"concept_strength=1.1 .* 0.0 to 1.0"),
        ({"concept_strength": float("nan")}, r"concept_strength=nan"),
        ({"stale_weeks": 2}, r"stale_weeks=2 needs weeks in which leads arrive"),
        ({"arrival_weeks": 4, "stale_weeks": 4}, r"set arrival_weeks above it"),
        ({"arrival_weeks": 4, "stale_weeks": -1}, r"stale_weeks=-1 .* 0 to 3"),
        ({"arrival_weeks": 4, "stale_weeks": 2, "drift_week": 2}, r"drift_week=2 .* 0 to 1"),
        ({"lost_outcomes": 1.5}, r"lost_outcomes=1.5 .* 0.0 to 1.0"),
    ],
)
def test_what_is_planted_later_in_a_lead_is_refused_too(wrong, message):
    with pytest.raises(UsageError, match=message):
        Scenario(**wrong)
