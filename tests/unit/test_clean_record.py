"""One record: what JSON may hold reads as a file would spell it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.contract.faults import Rule, Severity
from ml.contract.moments import ARRIVAL, CONTACTED
from ml.contract.names import Purpose
from ml.core.cleaning.record import clean_record
from ml.core.cleaning.sql import judged_columns
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.hostile import cells

SCHEMA = LEAD_CONVERSION.schema
JUDGED = judged_columns(SCHEMA, Purpose.SCORE, CONTACTED)


def clean(**raw):
    return clean_record(LEAD_CONVERSION, {"prospect_id": "a"} | raw, columns=JUDGED)


@pytest.mark.parametrize(
    ("column", "cell", "value", "rule"),
    [
        ("do_not_call", True, True, None),
        ("do_not_call", False, False, None),
        ("do_not_call", 1, True, None),
        ("do_not_call", 0.0, False, None),
        ("do_not_call", 2, None, Rule.NOT_YES_NO),
        ("total_visits", 5, 5, None),
        ("total_visits", 5.0, 5, None),
        ("total_visits", 5.5, None, Rule.NOT_INTEGER),
        ("total_visits", True, None, Rule.NUMBER_FORMAT),
        ("total_visits", 1e22, None, Rule.OUT_OF_RANGE),
        ("total_visits", math.inf, None, Rule.NOT_FINITE),
        ("total_visits", math.nan, None, None),
        ("total_visits", None, None, None),
        ("total_visits", [5], None, Rule.JSON_VALUE),
        ("city", {"name": "Mumbai"}, None, Rule.JSON_VALUE),
        ("city", b"Mumbai", None, Rule.JSON_VALUE),
        ("city", 5, "Other", Rule.UNSEEN_LEVEL),
        ("prospect_id", 660737, "660737", None),
        ("prospect_id", None, None, Rule.ID_MISSING),
    ],
)
def test_scalars_of_json(column, cell, value, rule):
    row = clean(**{column: cell})
    assert (type(row.values[column]), row.values[column]) == (type(value), value)
    assert [fault.rule for fault in (*row.faults, *row.warnings)] == ([rule] if rule else [])


def test_a_number_too_long_to_print_is_a_fault_like_any_other():
    assert [fault.rule for fault in clean(total_visits=10**5000).faults] == [Rule.NOT_FINITE]


def test_an_answer_does_not_depend_on_what_was_asked_before():
    """Python holds 1, 1.0 and True for one key; the remembered cells must not."""
    for _ in range(2):
        assert clean(total_visits=True).faults
        assert clean(total_visits=1).values["total_visits"] == 1
        assert clean(do_not_call=1.0).values["do_not_call"] is True


def test_groups_follow_their_column():
    row = clean(city="mumbai", tags=None)
    assert row.values["city_group"] == "Metro India"
    assert row.values["tags_group"] is None


def test_columns_after_the_moment_are_not_read():
    arrival = judged_columns(SCHEMA, Purpose.SCORE, ARRIVAL)
    lead = {"prospect_id": "a", "tags": "Ringing", "converted": "nonsense"}
    row = clean_record(LEAD_CONVERSION, lead, columns=arrival)
    assert row.faults == ()
    assert not {"tags", "tags_group", "converted"} & set(row.values)


def test_an_id_is_kept_to_the_letter_and_other_texts_are_normalised():
    row = clean(prospect_id="\uff11", lead_source="\uff27oogle")
    assert row.values["prospect_id"] == "\uff11"
    assert row.values["lead_source"] == "Google"


scalars = st.one_of(
    cells(),
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.lists(st.integers(), max_size=2),
)


@given(st.dictionaries(st.sampled_from([column.name for column in JUDGED]), scalars, max_size=12))
def test_nothing_that_a_cell_holds_raises(lead):
    row = clean_record(LEAD_CONVERSION, lead, columns=JUDGED)
    assert set(row.values) >= {column.name for column in JUDGED}
    assert all(fault.severity is Severity.ROW for fault in row.faults)
