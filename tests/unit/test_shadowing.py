"""What a challenger's answers say beside the champion's."""

import math

import pytest

from ml.contract.shadowing import Answer, Answered
from ml.core.shadowing import compare_answers, read_answer
from ml.use_cases.lead_conversion import LEAD_CONVERSION as CASE

COLD, HOT = CASE.bands[-1].name, CASE.bands[0].name


def scored(prediction, band=COLD, ms=1.0):
    return Answer(state=Answered.SCORED, prediction=prediction, band=band, cpu_ms=ms)


def failed(state=Answered.FAILED, says="KeyError"):
    return Answer(state=state, says=says)


def compared(challenger, champion):
    return compare_answers(
        challenger, champion, version="2", champion_version="1", source="receipts"
    )


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({"prediction": 0.5, "band": COLD}, Answered.SCORED),
        ({"prediction": None, "band": None, "faults": [{"rule": "x"}]}, Answered.REFUSED),
        ({"prediction": None, "band": None, "faults": []}, Answered.OTHER_SCHEMA),
        ({"prediction": math.nan, "band": COLD}, Answered.OTHER_SCHEMA),
        ({"prediction": -0.1, "band": COLD}, Answered.OTHER_SCHEMA),
        ({"prediction": True, "band": COLD}, Answered.OTHER_SCHEMA),
        ({"prediction": "0.5", "band": COLD}, Answered.OTHER_SCHEMA),
        ({"prediction": 0.5, "band": "Tepid"}, Answered.OTHER_SCHEMA),
        ({"score": 50}, Answered.OTHER_SCHEMA),
        ([0.5], Answered.OTHER_SCHEMA),
        (None, Answered.OTHER_SCHEMA),
    ],
)
def test_only_what_scorers_say_is_a_score(said, state):
    assert read_answer(said, CASE).state is state


def test_sound_answers_are_held_beside_the_champions():
    record = compared(
        [scored(0.1), scored(0.5, HOT), scored(0.9, HOT, ms=9.0)],
        [scored(0.1), scored(0.4), scored(0.8, HOT, ms=2.0)],
    )
    assert record.passed
    assert (record.leads, record.answered, record.band_changes) == (3, 3, 1)
    assert record.mean_difference == pytest.approx(0.2 / 3)
    assert record.largest_difference == pytest.approx(0.1)
    assert record.rank_correlation == pytest.approx(1.0)
    assert (record.challenger_ms, record.champion_ms) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("answer", "counted", "said"),
    [
        (failed(), "failed", "it failed on 1 of 3 leads (KeyError)"),
        (failed(Answered.LATE), "late", "it had not answered 1 of 3 leads"),
        (failed(Answered.OTHER_SCHEMA), "other_schema", "something else than a score for 1 of 3"),
        (failed(Answered.REFUSED), "failed", "it refuses 1 of 3 leads that the champion scores"),
    ],
)
def test_one_answer_that_must_not_reach_a_caller_is_counted_and_objected_to(answer, counted, said):
    record = compared([scored(0.1), answer, scored(0.3)], [scored(0.1)] * 3)
    assert not record.passed
    assert getattr(record, counted) == 1
    assert said in record.objections[0]


def test_a_lead_that_both_refuse_says_nothing_against_the_challenger():
    refused = failed(Answered.REFUSED)
    record = compared([scored(0.1), refused], [scored(0.1), refused])
    assert (record.passed, record.refused) == (True, 1)


def test_what_cannot_be_told_is_none_and_not_zero():
    alone = compared([scored(0.1), scored(0.2)], None)
    assert (alone.mean_difference, alone.rank_correlation, alone.champion_ms) == (None, None, None)
    assert alone.passed
    constant = compared([scored(0.1)] * 3, [scored(0.1)] * 3)
    assert constant.rank_correlation is None


def test_no_leads_or_only_refused_ones_prove_nothing():
    assert "there was no lead to answer" in compared([], None).objections[0]
    assert compared([failed(Answered.REFUSED)], None).objections == ("it scored none of 1 leads",)
