"""Hyperparameters as SageMaker hands them on, and names that it takes."""

import re
from datetime import UTC, datetime

import pytest

from ml.contract.errors import UnknownName, UsageError
from ml.contract.training_job import Hyperparameters, job_name


def test_hyperparameters_survive_being_texts():
    told = Hyperparameters(moment="arrival", seed=3, families="lightgbm,xgboost", trials=12)
    assert Hyperparameters.of(told.to_texts()) == told
    assert Hyperparameters.of({}) == Hyperparameters()


@pytest.mark.parametrize(
    ("texts", "kind", "says"),
    [
        ({"sead": "1"}, UnknownName, "'sead'; there is: moment, seed, families, trials"),
        ({"seed": "many"}, UsageError, "seed is 'many'; expected a whole number"),
        ({"trials": "1.5"}, UsageError, "trials is '1.5'"),
        ({"seed": "-1"}, UsageError, "seed is -1; expected 0 or more"),
    ],
)
def test_hyperparameters_that_mean_nothing_are_named(texts, kind, says):
    with pytest.raises(kind, match=re.escape(says)):
        Hyperparameters.of(texts)


def test_a_job_of_a_long_name_still_has_its_time_and_fits():
    name = job_name("a_very_long_use_case" * 4, "engaged", datetime(2026, 3, 1, tzinfo=UTC))
    assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", name)
    assert name.endswith("-20260301-000000")
