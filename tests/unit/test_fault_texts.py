"""Every rule that cleaning can name has words, and the words name the thing and the next move."""

import pytest

from ml.contract.fault_texts import cell_fault, describe
from ml.contract.faults import Rule, Severity
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.hostile import CELLS

SCHEMA = LEAD_CONVERSION.schema


def test_every_fault_and_warning_of_every_column_has_words():
    seen = set()
    for column in SCHEMA.columns:
        for cell in CELLS:
            cleaned = column.clean(cell)
            for rule in (cleaned.fault, cleaned.warning):
                if rule:
                    seen.add(rule)
                    message, hint = describe(rule, column, cell)
                    assert 0 < len(message) < 200
                    assert 0 < len(hint) < 120
    assert {Rule.NEGATIVE, Rule.ID_MISSING, Rule.UNSEEN_LEVEL, Rule.NOT_YES_NO} <= seen


@pytest.mark.parametrize("rule", [Rule.DUPLICATE_ID, Rule.DUPLICATE_ROW, Rule.JSON_VALUE])
def test_rules_beyond_one_cell_have_words(rule):
    assert "Prospect ID" in describe(rule, SCHEMA.id, "a")[0]


def test_bounds_are_said():
    message, _ = describe(Rule.OUT_OF_RANGE, SCHEMA["total_visits"], "1e9")
    assert message == "1e9 is outside 0 to 100,000"


def test_warnings_hold_nothing_back():
    assert cell_fault(Rule.OUTLIER, SCHEMA["total_visits"], "500").severity is Severity.WARNING
    assert cell_fault(Rule.NEGATIVE, SCHEMA["total_visits"], "-1").severity is Severity.ROW


def test_a_rule_about_files_has_no_words_here():
    with pytest.raises(KeyError):
        describe(Rule.ENCODING, SCHEMA.id, None)
