"""A use case is checked when it is made, and says which rule it breaks."""

from dataclasses import FrozenInstanceError, replace
from datetime import timedelta

import pytest

from ml.contract.candidates import Candidate
from ml.contract.consistency import NotAbove
from ml.contract.errors import InvalidUseCase, UnknownName
from ml.contract.gates import Gate
from ml.contract.modelling import Band, DriftPolicy, OrdinalTask
from ml.contract.moments import ARRIVAL, CONTACTED, ENGAGED, Moment
from ml.contract.names import Estimator, Kind, Purpose, Role, Score
from ml.contract.schema import Column, Schema
from ml.contract.splits import ArrivalSplit, StratifiedSplit, TimeSplit
from ml.use_cases import find, names
from ml.use_cases.lead_conversion import LEAD_CONVERSION

SCHEMA = LEAD_CONVERSION.schema
LATE = Moment(name="late", order=9, meaning="Long after.")
NO_ORDER = Schema(columns=tuple(c for c in SCHEMA.columns if c.role is not Role.ORDER))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "Lead Conversion"}, "lower-case identifier"),
        ({"candidates": ()}, "no candidates"),
        ({"moments": (ENGAGED, ARRIVAL, CONTACTED)}, "must ascend"),
        ({"moments": (ARRIVAL, ENGAGED), "gates": ()}, "'tags' is known from contacted"),
        ({"default_moment": LATE}, "default moment late"),
        ({"select_by": Score.SPEARMAN}, "cannot be judged by ['spearman']"),
        ({"task": OrdinalTask()}, "OrdinalTask cannot be judged by"),
        ({"gates": ((LATE, Gate(score=Score.F1, at_least=0.5)),)}, "gates name moments ['late']"),
        ({"split": TimeSplit()}, "TimeSplit needs a column of role TIME"),
        (
            {"split": ArrivalSplit(), "schema": NO_ORDER},
            "ArrivalSplit needs a column of role ORDER",
        ),
        ({"consistency": (NotAbove(column="visits", limit="total_visits"),)}, "['visits']"),
        ({"bands": (Band(name="Hot", at_least=50),)}, "begin at 0"),
        ({"value_per_win": 0.0}, "value_per_win is 0.0; expected what a win is worth, above 0"),
        ({"value_per_win": float("nan")}, "value_per_win is nan"),
    ],
)
def test_a_use_case_that_contradicts_itself_says_how(change, words):
    with pytest.raises(InvalidUseCase) as raised:
        replace(LEAD_CONVERSION, **change)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "Total Visits"}, "lower-case identifier"),
        ({"source": " "}, "must not be blank"),
        ({"role": Role.ID}, "ids must be of kind TEXT"),
        ({"kind": Kind.TEXT}, "never a feature"),
        ({"role": Role.TIME}, "kind DATE"),
        ({"kind": Kind.ORDINAL}, "from low to high"),
        ({"levels": ("a", "b")}, "levels belong to categories"),
        ({"kind": Kind.CATEGORY, "levels": ("Google", "google")}, "fold to the same spelling"),
        ({"low": 5, "high": 5}, "must ascend"),
        ({"missing": ("N/A",)}, "lower case"),
    ],
)
def test_a_column_that_breaks_a_rule_is_named(change, words):
    given = {"name": "total_visits", "source": "TotalVisits", "kind": Kind.INTEGER} | change
    with pytest.raises(InvalidUseCase) as raised:
        Column(**given)
    assert words in str(raised.value)
    assert repr(given["name"]) in str(raised.value)


def test_a_schema_refuses_repeats_and_wants_one_id_and_one_target():
    visits = SCHEMA["total_visits"]
    for columns, words in (
        ((*SCHEMA.columns, visits), "['total_visits'] is declared more than once"),
        ((*SCHEMA.columns, replace(visits, name="visits")), "header ['totalvisits']"),
        (tuple(c for c in SCHEMA.columns if c.role is not Role.TARGET), "exactly one target"),
        (tuple(c for c in SCHEMA.columns if c.role is not Role.ID), "exactly one id"),
    ):
        with pytest.raises(InvalidUseCase) as raised:
            Schema(columns=columns)
        assert words in str(raised.value)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: StratifiedSplit(test_share=0), "test_share is 0"),
        (lambda: StratifiedSplit(test_share=0.6, validation_share=0.4), "nothing is left"),
        (lambda: TimeSplit(gap=timedelta(days=-1)), "gap is -1 day"),
        (lambda: Gate(score=Score.F1), "either at_least or at_most"),
        (lambda: Candidate(estimator=Estimator.LIGHTGBM, grid=(("num_leaves", ()),)), "no values"),
        (lambda: DriftPolicy(drifted_share=0), "drifted_share is 0"),
        (lambda: DriftPolicy(minimum_rows=0), "minimum_rows is 0"),
        (lambda: OrdinalTask(low=5, high=1), "low must be below high"),
        (lambda: Moment(name="At Arrival", order=0, meaning=""), "lower-case identifier"),
    ],
)
def test_every_part_checks_itself(make, words):
    with pytest.raises(InvalidUseCase) as raised:
        make()
    assert words in str(raised.value)


def test_a_value_never_changes():
    with pytest.raises(FrozenInstanceError):
        LEAD_CONVERSION.name = "other"


def test_gates_compare_and_never_pass_on_nan():
    gate = Gate(score=Score.ECE, at_most=0.05)
    assert gate.passes(0.05)
    assert not gate.passes(0.051)
    assert not gate.passes(float("nan"))


def test_an_unknown_name_lists_the_known_ones():
    assert names() == ["lead_conversion"]
    with pytest.raises(UnknownName, match="there is: lead_conversion"):
        find("lead_conversation")
    with pytest.raises(UnknownName, match="there is: arrival, engaged, contacted"):
        LEAD_CONVERSION.moment("yesterday")


def test_lead_conversion_knows_all_37_columns_and_when_each_is_known():
    assert len(SCHEMA.columns) == 37
    later = [
        {c.name for c in SCHEMA.columns if c.known_from == moment}
        for moment in (ENGAGED, CONTACTED)
    ]
    assert later[1] == {"tags", "lead_quality", "lead_profile"}
    assert len(later[0]) == 8 + 1
    assert not {"prospect_id", "lead_number", "converted"} & {
        c.name for c in SCHEMA.features(CONTACTED)
    }


def test_a_file_needs_the_columns_of_its_moment_and_the_outcome_only_to_train():
    score = {c.name for c in SCHEMA.required(ARRIVAL, Purpose.SCORE)}
    train = {c.name for c in SCHEMA.required(ARRIVAL, Purpose.TRAIN)}
    assert train - score == {"converted"}
    assert "tags" not in train
    assert "prospect_id" in score
    assert "magazine" not in train


@pytest.mark.parametrize("reason", ["drift", "performance", "alarm"])
def test_where_leads_changed_an_equal_challenger_is_let_in(reason):
    judged = LEAD_CONVERSION.judging(["manual", reason])
    assert judged.champion_margin == -LEAD_CONVERSION.retrain.non_inferiority_margin == -0.02
    bold = replace(LEAD_CONVERSION, champion_margin=-0.05)
    assert bold.judging([reason]).champion_margin == -0.05


@pytest.mark.parametrize("reasons", [[], ["schedule"], ["new_data", "manual"], ["later"]])
def test_else_a_challenger_has_to_be_better(reasons):
    assert LEAD_CONVERSION.judging(reasons) is LEAD_CONVERSION


def test_groups_follow_what_leads_did_not_what_the_words_say():
    of_tag = SCHEMA["tags"].grouping.of_level
    assert of_tag["Lost to EINS"] == of_tag["Closed by Horizzon"] == "Enrolling"
    assert of_tag["Lost to Others"] == "Not Interested"
    assert SCHEMA["tags"].grouping.apply("Select") == "Select"
    assert SCHEMA["tags"].grouping.apply(None) is None


def test_select_is_a_level_where_the_form_shows_it_and_missing_elsewhere():
    assert SCHEMA["city"].clean("select ").value == "Select"
    assert SCHEMA["city"].clean("").value is None
    assert SCHEMA["lead_source"].clean("SELECT").value is None


def test_what_a_win_is_worth_is_no_part_of_what_steps_know_a_use_case_by():
    worth = replace(LEAD_CONVERSION, value_per_win=1_200.0)
    assert LEAD_CONVERSION.value_per_win is None  # nobody knows it for the public file
    assert repr(worth) == repr(LEAD_CONVERSION)
    assert worth.of_rows == LEAD_CONVERSION.of_rows
