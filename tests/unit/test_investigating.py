"""Each layer sees what is wrong there, says what it could not see, and never stops the others."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from ml.contract.investigation import Cause, FindingState, Layer, Look
from ml.contract.modelling import Band, BinaryTask, OrdinalTask
from ml.contract.names import Kind
from ml.contract.schema import Column
from ml.core.investigating import Answered, Serving, Told, beside, investigate
from ml.core.investigating import data_layer as data
from ml.core.investigating.investigate import LAYERS
from ml.core.investigating.odds import odds_of
from tests.support.investigating import (
    CASE,
    NOW,
    SERVING,
    causes,
    chances,
    decided,
    evidence,
    finding,
    findings,
    outcomes,
    visits,
)


def changed(name, values):
    """Spoils one column."""

    def spoil(table):
        return table.set_column(table.column_names.index(name), name, pa.array(values(table)))

    return spoil


def a_year_before(days):
    return [day.replace(year=day.year - 1) for day in days.to_pylist()]


def flatter(true):
    logit = 0.3 * np.log(true / (1 - true))
    return 1 / (1 + np.exp(-logit + 0.35))


def likelier(true):
    return 1 / (1 + np.exp(-np.log(true / (1 - true)) - 1))


def test_every_check_is_made_once_and_in_the_order_of_the_layers():
    made = [look for checks in LAYERS.values() for look in checks]
    assert sorted(made) == sorted(Look)
    assert list(LAYERS) == list(Layer)
    seen = [one.layer for one in investigate(evidence()).findings]
    assert seen == sorted(seen, key=list(Layer).index)


def test_sound_leads_and_a_sound_model_leave_nothing_to_find():
    found = investigate(evidence())
    assert found.raised == ()
    assert found.root_cause is Cause.NOTHING_FOUND
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["root_cause"] == "NOTHING_FOUND"


@pytest.mark.parametrize("seed", range(10, 16))
def test_chance_alone_raises_nothing(seed):
    assert causes(seed=seed) == [Cause.NOTHING_FOUND]


PLANTED = {
    "an export that stopped": (
        {"spoil": changed("arrived_on", lambda t: a_year_before(t["arrived_on"]))},
        Cause.STALE_DATA,
    ),
    "a column that went empty": (
        {"spoil": changed("minutes", lambda t: pa.nulls(t.num_rows, pa.float64()))},
        Cause.BROKEN_FIELD,
    ),
    "a column that is stuck": (
        {"spoil": changed("origin", lambda t: ["Web"] * t.num_rows)},
        Cause.BROKEN_FIELD,
    ),
    "words that nobody knows": (
        {"spoil": changed("origin", lambda t: ["Other"] * (t.num_rows - 1) + ["Web"])},
        Cause.BROKEN_FIELD,
    ),
    "longer visits": (
        {"spoil": changed("minutes", lambda t: t["minutes"].to_numpy() * 2)},
        Cause.DATA_DRIFT,
    ),
    "more that convert": ({"chance": likelier}, Cause.BASE_RATE_SHIFT),
    "odds that are flatter": ({"chance": flatter}, Cause.CALIBRATION_LOSS),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_named_first(name):
    changes, cause = PLANTED[name]
    assert causes(**changes)[0] == cause


def test_a_changed_world_is_one_that_a_new_model_would_rank_better():
    table = visits(4_000, 5)
    swapped = 1 / (1 + np.exp(-0.4 * (table["pages"].to_numpy() - 4.5)))
    assert causes(chance=lambda true: swapped)[0] == Cause.CONCEPT_CHANGE


def test_leads_that_the_model_learnt_from_are_stale():
    found = evidence()
    again = replace(found, known_leads=frozenset(found.current.table["visit"].to_pylist()))
    assert finding(Look.NEW_LEADS, again).value == 1.0
    assert investigate(again).root_cause is Cause.STALE_DATA


def test_a_new_column_that_knows_the_end_is_a_leak_and_names_itself():
    found = evidence()
    happened = found.outcomes.outcome
    table = found.current.table.append_column("undeclared_1", pa.array(happened.astype(str)))
    column = Column(name="undeclared_1", source="Closed By", kind=Kind.CATEGORY, required=False)
    leaky = replace(found, current=replace(found.current, table=table, undeclared=(column,)))
    (seen,) = [one for one in investigate(leaky).findings if one.check == Look.LEAKS]
    assert (seen.subject, seen.state) == ("Closed By", FindingState.RAISED)
    assert investigate(leaky).root_cause is Cause.LEAK


def test_a_declared_column_that_suddenly_ranks_is_a_leak():
    def told(table):
        happened = decided(table, 5)
        return np.where(happened == 1, 8, 0)

    found = evidence(spoil=changed("pages", told))
    assert findings(Look.LEAKS, found)[0].subject == "pages"


def test_a_column_that_the_file_lacks_breaks_the_schema():
    found = evidence()
    table = found.current.table.drop(["pages"])
    lacking = replace(found, current=replace(found.current, table=table, absent=("Pages",)))
    assert finding(Look.SCHEMA, lacking).subject == "Pages"
    assert finding(Look.DRIFT, lacking).state == FindingState.OK
    assert finding(Look.MISSING, lacking).state == FindingState.OK
    assert investigate(lacking).root_cause is Cause.BROKEN_FIELD


def test_rows_that_cannot_be_read_are_laid_to_their_column():
    found = evidence()
    held = replace(found.current, received=6_000, held={"Minutes": 2_000, "": 3})
    seen = finding(Look.HELD_BACK, replace(found, current=held))
    assert (seen.state, seen.subject) == (FindingState.RAISED, "Minutes")


def test_dates_ahead_of_the_clock_hide_no_staleness():
    def ahead(table):
        return [*a_year_before(table["arrived_on"])[:-40], *[NOW.date().replace(year=2031)] * 40]

    found = evidence(spoil=changed("arrived_on", ahead))
    assert finding(Look.DAYS, found).state == FindingState.RAISED
    assert finding(Look.FRESHNESS, found).state == FindingState.RAISED


def test_without_days_freshness_is_not_kept_and_all_leads_are_judged():
    found = evidence()
    bare = replace(found, current=replace(found.current, day_column=None))
    assert finding(Look.FRESHNESS, bare).state == FindingState.NOT_KEPT
    assert finding(Look.LABEL_DELAY, bare).state == FindingState.NOT_KEPT
    assert bare.judged.all()


def test_young_leads_are_not_judged_by_outcomes():
    found = evidence()
    assert 0.8 < found.judged.mean() < 0.9  # 30 of 200 days are too young


@pytest.mark.parametrize("rows", [0, 1, 199])
def test_few_rows_are_insufficient_whatever_they_hold(rows):
    found = investigate(evidence(rows=rows))
    assert found.root_cause is Cause.INSUFFICIENT_DATA
    states = {one.check: one.state for one in found.findings}
    assert states[Look.ARRIVES] == FindingState.INSUFFICIENT_DATA
    assert states[Look.DRIFT] == FindingState.INSUFFICIENT_DATA
    assert FindingState.FAILED not in states.values()


def test_without_outcomes_what_needs_them_says_so_and_nothing_is_called_fine():
    found = investigate(evidence(outcomes=None))
    states = {one.check: one.state for one in found.findings}
    for look in (
        Look.LEAKS,
        Look.PERFORMANCE,
        Look.SPREAD_OF_ODDS,
        Look.BASE_RATE,
        Look.OUTCOMES_RETURN,
    ):
        assert states[look] == FindingState.NO_OUTCOMES, look
    assert states[Look.DRIFT] == FindingState.OK
    assert found.root_cause is Cause.INSUFFICIENT_DATA
    assert "Not looked for: calibration loss." in found.causes[0].why


def test_outcomes_to_come_are_pending():
    known = np.full(4_000, np.nan)
    known[:150] = decided(visits(4_000, 5), 5)[:150]
    assert finding(Look.PERFORMANCE, evidence(outcomes=outcomes(known))).state == "LABELS_PENDING"


def test_without_a_model_the_data_is_judged_all_the_same():
    found = investigate(evidence(scored=None, serving=Serving()))
    states = {one.check: one.state for one in found.findings}
    for look in (
        Look.SERVED,
        Look.PACKAGE,
        Look.SCORES,
        Look.PERFORMANCE,
        Look.RELEARNT,
        Look.BANDS,
    ):
        assert states[look] == FindingState.NO_MODEL, look
    assert states[Look.BROKEN_FIELDS] == FindingState.OK


def test_without_a_reference_nothing_is_said_to_be_as_before():
    found = investigate(evidence(learnt=None, unlearnt=None, known_leads=frozenset()))
    states = {one.check: one.state for one in found.findings}
    for look in (Look.NEW_LEADS, Look.BROKEN_FIELDS, Look.MISSING, Look.DRIFT, Look.BASE_RATE):
        assert states[look] == FindingState.NO_REFERENCE, look
    assert found.root_cause is Cause.INSUFFICIENT_DATA


def test_one_kind_of_outcome_judges_nothing():
    found = investigate(evidence(outcomes=outcomes(np.zeros(4_000))))
    states = {one.check: one.state for one in found.findings}
    assert states[Look.PERFORMANCE] == FindingState.INSUFFICIENT_DATA
    assert FindingState.FAILED not in states.values()


def test_ratings_have_no_odds():
    found = evidence()
    rated = replace(found, use_case=replace(CASE, task=OrdinalTask(), select_by="mae", gates=()))
    states = {one.check: one.state for one in investigate(rated).findings}
    assert states[Look.SPREAD_OF_ODDS] == FindingState.NOT_MEANT
    assert FindingState.FAILED not in states.values()


def test_a_check_that_comes_to_grief_says_so_and_the_others_go_on(monkeypatch):
    def broken(_):
        raise ZeroDivisionError("by nothing")

    monkeypatch.setitem(data.CHECKS, Look.DRIFT, broken)
    found = investigate(evidence())
    (seen,) = [one for one in found.findings if one.check == Look.DRIFT]
    assert seen.state == FindingState.FAILED
    assert "ZeroDivisionError: by nothing" in seen.says
    assert found.root_cause is Cause.INSUFFICIENT_DATA
    assert len(found.findings) == len(investigate(evidence()).findings)


WRONG = {
    "another version serves": {"disagreements": ("version 2 serves, and version 3 is champion",)},
    "the package was changed": {"package_fault": "model.txt has another hash"},
    "the ledger was changed": {"ledger_faults": ("entry 2 is missing",)},
}


@pytest.mark.parametrize("how", WRONG)
def test_not_the_model_that_was_decided_on(how):
    assert causes(serving=replace(SERVING, **WRONG[how])) == [Cause.WRONG_MODEL]


def test_a_registry_that_is_away_is_raised_and_no_cause_by_itself():
    found = investigate(evidence(serving=replace(SERVING, registry_away="no route")))
    assert found.root_cause is Cause.UNCLEAR
    assert found.raised[0].says == "The registry could not be asked: no route."


@pytest.mark.parametrize(
    ("answered", "look", "state"),
    [
        (None, Look.RECEIPTS, "NOT_KEPT"),
        (Answered(by_day=(0,) * 8), Look.RECEIPTS, "NOT_KEPT"),
        (Answered(by_day=(0, 0, 0, 0, 0, 0, 0, 9)), Look.RECEIPTS, "INSUFFICIENT_DATA"),
        (Answered(by_day=(90,) * 7 + (80,)), Look.RECEIPTS, "OK"),
        (Answered(by_day=(90,) * 7 + (0,)), Look.RECEIPTS, "RAISED"),
        (Answered(by_day=(2,) * 7 + (0,)), Look.RECEIPTS, "OK"),
        (Answered(by_day=(90,) * 8), Look.REPLAY, "NOT_KEPT"),
        (Answered(by_day=(90,) * 8, replayed=100), Look.REPLAY, "OK"),
        (Answered(by_day=(90,) * 8, replayed=100, other_score=1), Look.REPLAY, "RAISED"),
    ],
)
def test_receipts_flow_and_come_out_again(answered, look, state):
    assert finding(look, evidence(answered=answered)).state == state


def test_receipts_of_the_future_are_a_clock_that_is_wrong():
    seen = findings(Look.RECEIPTS, evidence(answered=Answered(by_day=(90,) * 8, ahead=3)))
    assert [one.severity for one in seen] == ["low", None]


def test_outcomes_that_do_not_come_back_are_a_broken_sync():
    found = evidence()
    lost = found.outcomes.outcome.copy()
    lost[np.random.default_rng(0).random(len(lost)) < 0.7] = np.nan
    assert investigate(replace(found, outcomes=outcomes(lost))).root_cause is Cause.BROKEN_SYNC


def test_contradictions_are_a_broken_sync_and_strange_ids_alone_are_not():
    happened = evidence().outcomes.outcome
    assert causes(outcomes=outcomes(happened, contradicted=400)) == [Cause.BROKEN_SYNC]
    assert causes(outcomes=outcomes(happened, unreadable=400)) == [Cause.BROKEN_SYNC]
    assert causes(outcomes=outcomes(happened, strange=900)) == [Cause.NOTHING_FOUND]


def test_outcomes_before_their_leads_are_a_clock_that_is_wrong():
    found = evidence()
    early = NOW.timestamp() // 86_400 - found.ages - 3
    told = outcomes(found.outcomes.outcome, known=early, future=2)
    usual, odd = findings(Look.LABEL_DELAY, evidence(outcomes=told))
    assert (usual.state, usual.value) == ("OK", -3.0)
    assert (odd.severity, odd.value) == ("low", 4_002)


def test_outcomes_of_days_to_come_are_still_to_come():
    today = NOW.date()
    lines = [
        Told(lead="a", outcome=1.0, known_at=today),
        Told(lead="b", outcome=1.0, known_at=today + timedelta(days=1)),
        Told(lead="c", outcome=None),
        Told(lead="a", outcome=1.0, known_at=today - timedelta(days=9)),
    ]
    found = beside(["a", "b", "c", "d"], lines, today=today)
    assert np.isnan(found.outcome).tolist() == [False, True, True, True]
    assert (found.future, found.named, found.contradicted, found.strange) == (1, 3, 0, 0)


def test_leads_without_a_readable_day_are_judged():
    def unreadable(table):
        return [None] * 500 + table["arrived_on"].to_pylist()[500:]

    found = evidence(spoil=changed("arrived_on", unreadable))
    assert found.ripe[:500].all()


def test_odds_are_told_with_their_errors():
    table = visits(20_000, 3)
    true = chances(table)
    happened = decided(table, 3)
    sound, flat = odds_of(happened, true), odds_of(decided(table, 3, flatter(true)), true)
    assert sound.spread == pytest.approx(1, abs=4 * sound.spread_error)
    assert sound.level == pytest.approx(0, abs=4 * sound.level_error)
    assert flat.spread == pytest.approx(0.3, abs=4 * flat.spread_error)


@pytest.mark.parametrize(
    ("happened", "told"),
    [
        (np.zeros(50), np.linspace(0.1, 0.9, 50)),
        (np.tile([0.0, 1.0], 25), np.full(50, 0.5)),
        ((np.linspace(0, 1, 50) > 0.5).astype(float), np.linspace(0.0, 1.0, 50)),
        (np.empty(0), np.empty(0)),
    ],
)
def test_odds_that_cannot_be_told_are_none(happened, told):
    assert odds_of(happened, told) is None


def test_findings_speak_of_the_use_case_s_own_event():
    case = replace(CASE, entity="order", task=BinaryTask(event="comes back"))
    likely = evidence(use_case=case, chance=likelier)
    (rate,) = findings(Look.BASE_RATE, likely)
    assert re.match(r"The order comes back in \d+\.\d% of 3,400 cases; before, ", rate.says)
    best = findings(Look.BANDS, likely)[0]
    assert "the order comes back in" in best.says
    (level,) = findings(Look.LEVEL_OF_ODDS, likely)
    assert level.says.endswith(": the order comes back more often than the scores say.")
    said = " ".join(one.says for one in investigate(likely).findings)
    assert "convert" not in said


def test_bands_with_too_few_leads_say_so_in_the_use_case_s_words():
    rare = (Band(name="Top", at_least=99), Band(name="Rest", at_least=0))
    few = findings(Look.BANDS, evidence(use_case=replace(CASE, bands=rare), rows=400))
    says = [one.says for one in few if one.subject == "Top"]
    assert says == ["Too few visits are Top to say how often the visit converts."]
