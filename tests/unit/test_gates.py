"""Gates: bounds that are checked when they are made."""

import math

import pytest

from ml.contract.errors import InvalidUseCase
from ml.contract.gates import Gate
from ml.contract.names import Score, Trait
from ml.steps.traits import MEASURES
from ml.use_cases.lead_conversion import LEAD_CONVERSION


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"score": Score.F1}, "either at_least or at_most"),
        ({"score": Score.F1, "at_least": 0.5, "at_most": 0.9}, "either at_least or at_most"),
        ({"score": Score.F1, "at_least": math.nan}, "the bound is nan"),
        ({"score": Score.F1, "at_most": 0.5}, "f1 <= 0.5 asks for a worse model; give at_least"),
        ({"score": Score.ECE, "at_least": 0.5}, "asks for a worse model; give at_most"),
        ({"score": Trait.LEAKS, "at_least": 1}, "leaks >= 1 asks for a worse model"),
        ({"score": Trait.COVERAGE, "at_most": 0.9}, "coverage <= 0.9 asks for a worse model"),
    ],
)
def test_a_gate_that_cannot_be_meant_is_refused(given, words):
    with pytest.raises(InvalidUseCase) as raised:
        Gate(**given)
    assert words in str(raised.value)


def test_whatever_a_gate_may_ask_can_be_measured():
    assert set(MEASURES) == set(Trait)


@pytest.mark.parametrize("moment", LEAD_CONVERSION.moments, ids=str)
def test_lead_conversion_asks_the_same_things_of_every_moment(moment):
    asked = {gate.score for gate in LEAD_CONVERSION.gates_for(moment)}
    figures = {Score.ROC_AUC, Score.F1, Score.PRECISION_AT_10, Score.ECE}
    assert asked == figures | set(Trait)
