"""A bad environment fails on construction, naming the value and what was expected."""

import pytest

from infra.environments import DEV, ENVIRONMENTS, PROD, Environment, select
from ml.contract.errors import InvalidSettings, UnknownName

GOOD = {"name": "dev", "account": "123456789012", "region": "eu-central-1", "keep_data": False}


def test_good_values_pass():
    assert Environment(**GOOD).account == "123456789012"


@pytest.mark.parametrize(
    ("change", "value", "expectation"),
    [
        ({"name": "Dev 1"}, "'Dev 1'", "lower-case letters and digits"),
        ({"name": "d"}, "'d'", "2 to 12"),
        ({"account": "12345"}, "'12345'", "twelve digits"),
        ({"region": "Frankfurt"}, "'Frankfurt'", "such as 'us-east-1'"),
        ({"name": "prod", "keep_data": False}, "keep_data is False", "expected True"),
    ],
)
def test_bad_values_are_named_with_what_was_expected(change, value, expectation):
    with pytest.raises(InvalidSettings) as caught:
        Environment(**(GOOD | change))
    assert value in str(caught.value)
    assert expectation in str(caught.value)


def test_names_are_unique():
    assert len({environment.name for environment in ENVIRONMENTS}) == len(ENVIRONMENTS)


def test_production_keeps_its_data():
    assert PROD.is_production
    assert PROD.keep_data
    assert not DEV.is_production


def test_all_are_selected_unless_one_is_named():
    assert select(None) == ENVIRONMENTS
    assert select("prod") == (PROD,)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(UnknownName, match=r"'qa'.*dev, staging, prod"):
        select("qa")
