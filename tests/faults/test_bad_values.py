"""ROBUSTNESS I37 to I60: what a cell may hold, in a file and in a single record."""

import pytest

from ml.contract.errors import InputRefused
from ml.contract.faults import Rule
from ml.contract.moments import CONTACTED
from ml.contract.names import Kind, Purpose
from ml.contract.schema import Column
from ml.core.cleaning.record import clean_record
from ml.core.cleaning.sql import judged_columns
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.cleaning import cleaned

SCHEMA = LEAD_CONVERSION.schema
JUDGED = judged_columns(SCHEMA, Purpose.SCORE, CONTACTED)
VISITS, PAGES, PHONE, SOURCE, CITY = (
    "total_visits", "page_views_per_visit", "do_not_call", "lead_source", "city",
)  # fmt: skip
LONG_RUN = "12345678901234567890123456"

#: (case, column, cell, value, rule): a rule about rows holds the row back, a warning does not.
CASES = [
    *(("I37", SOURCE, cell, None, None) for cell in ("Select", "select ", "SELECT")),
    *(("I37", CITY, cell, "Select", None) for cell in ("Select", "select ", "SELECT")),
    *(("I38", VISITS, cell, None, None) for cell in ("", "NA", "N/A", "null", "None", "-", "?")),
    *(("I38", CITY, cell, None, None) for cell in ("", "NA", "N/A", "null", "None", "-", "?")),
    *(("I38", PHONE, cell, None, None) for cell in ("", "n/a")),
    *(("I39", column, "NaN", None, None) for column in (VISITS, PAGES, PHONE, CITY)),
    *(("I40", PAGES, cell, None, Rule.NOT_FINITE) for cell in ("inf", "-Infinity", "+INF")),
    *(("I41", column, "1e400", None, Rule.NOT_FINITE) for column in (VISITS, PAGES)),
    *(("I42", column, LONG_RUN, None, Rule.OUT_OF_RANGE) for column in (VISITS, PAGES)),
    ("I43", VISITS, str(2**63), None, Rule.OUT_OF_RANGE),
    ("I43", VISITS, str(2**63 - 1), None, Rule.OUT_OF_RANGE),
    *(("I44", c, "-2", None, Rule.NEGATIVE) for c in (VISITS, PAGES, "total_time_on_website")),
    ("I44", VISITS, "-0", 0, None),
    ("I45", VISITS, "251", 251, None),
    ("I45", VISITS, "500", 500, Rule.OUTLIER),
    ("I45", VISITS, "1000000000", None, Rule.OUT_OF_RANGE),
    ("I46", VISITS, "3.7", None, Rule.NOT_INTEGER),
    ("I46", VISITS, "3.0", 3, None),
    ("I46", PAGES, "3.7", 3.7, None),
    *(
        ("I48", VISITS, cell, None, Rule.NUMBER_FORMAT)
        for cell in ("1,234", "1_000", "0x1F", "1.234,5")
    ),
    ("I49", VISITS, "\uff13\uff17", 37, None),
    ("I49", VISITS, "\u0663\u0667", None, Rule.NUMBER_FORMAT),
    *(("I50", PAGES, cell, None, Rule.NUMBER_FORMAT) for cell in ("12 min", "$5", "5%", "5 €")),
    *(("I51", PHONE, cell, True, None) for cell in ("yes", "Y", "TRUE", "1", "1.0")),
    *(("I51", PHONE, cell, False, None) for cell in ("no", "N", "False", "0", "0.0")),
    *(("I51", PHONE, cell, None, Rule.NOT_YES_NO) for cell in ("oui", "2", "maybe", "1.00")),
    *(("I53", SOURCE, cell, "Other", Rule.UNSEEN_LEVEL) for cell in ("TikTok", "Gogle", "🎉")),
    *(("I54", SOURCE, cell, "Google", None) for cell in ("google", " Google ", "GOOGLE")),
    ("I54", CITY, "thane  &  outskirts", "Thane & Outskirts", None),
    ("I55", SOURCE, "Goo\u200bgle", "Google", None),
    ("I55", SOURCE, "\u202eGoogle", "Google", None),
    ("I55", SOURCE, "\uff27oogle", "Google", None),
    ("I55", SOURCE, "G\u043e\u043egle", "Other", Rule.UNSEEN_LEVEL),
    ("I56", "prospect_id", "", None, Rule.ID_MISSING),
    ("I56", "prospect_id", "   ", None, Rule.ID_MISSING),
    ("I56", "prospect_id", "x" * 10_000, None, Rule.ID_TOO_LONG),
    *(
        ("I57", "prospect_id", cell, cell, None)
        for cell in ("00123", "1E5", "\uff11", " spaced ", "é")
    ),
    *(
        (case, column, cell, cell if column == "prospect_id" else "Other", rule)
        for case, texts in {
            "I58": ("=HYPERLINK(1)", "+cmd|'/c calc'!A1", "-2+3", "@SUM(1)", "\t=1"),
            "I59": ("<script>", '"><img onerror=x>', "{{7*7}}", "${jndi:ldap://x}"),
            "I60": ("'; DROP TABLE leads; --", "1 OR 1=1"),
        }.items()
        for cell in texts
        for column, rule in ((SOURCE, Rule.UNSEEN_LEVEL), ("prospect_id", None))
    ),
]
WARNINGS = {Rule.OUTLIER, Rule.UNSEEN_LEVEL}


def lead_of(number):
    _, column, cell, _, _ = CASES[number]
    return {"prospect_id": f"lead {number}", "do_not_email": "No", column: cell}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """All cases as rows of one file; case n stands on line n + 2."""
    rows = [lead_of(number) for number in range(len(CASES))]
    return cleaned(rows, tmp_path_factory.mktemp("values"))


def names():
    return [f"{case}-{column}-{cell[:20]!a}" for case, column, cell, _, _ in CASES]


@pytest.mark.parametrize("number", range(len(CASES)), ids=names())
def test_in_a_file(outcome, number):
    _, column, _, value, rule = CASES[number]
    line = number + 2
    row = next((row for row in outcome.clean.to_pylist() if row["line_number"] == line), None)
    if rule is None or rule in WARNINGS:
        assert row is not None
        assert (type(row[column]), row[column]) == (type(value), value)
        assert outcome.faults(line) == []
    else:
        assert row is None
        assert outcome.faults(line) == [(rule, SCHEMA[column].source)]


@pytest.mark.parametrize("number", range(len(CASES)), ids=names())
def test_in_a_record(number):
    _, column, _, value, rule = CASES[number]
    row = clean_record(LEAD_CONVERSION, lead_of(number), columns=JUDGED)
    assert (type(row.values[column]), row.values[column]) == (type(value), value)
    said = [(fault.rule, fault.column) for fault in (*row.faults, *row.warnings)]
    assert said == ([(rule, SCHEMA[column].source)] if rule else [])
    assert bool(row.faults) == (rule is not None and rule not in WARNINGS)
    assert all(fault.value is None or len(fault.value) <= 40 for fault in row.faults)


def test_a_bad_row_leaves_the_others_alone_and_all_are_accounted_for(outcome):
    held = sum(rule is not None and rule not in WARNINGS for *_, rule in CASES)
    rows = outcome.record.rows
    assert (rows.received, rows.accepted, rows.quarantined) == (len(CASES), len(CASES) - held, held)
    unseen = sum(rule is Rule.UNSEEN_LEVEL for *_, rule in CASES)
    assert outcome.record.warnings == {
        "UNSEEN_LEVEL lead_source": unseen,
        "OUTLIER total_visits": 1,
    }


def test_every_fault_is_said_with_its_value_and_the_next_move(outcome):
    for row in outcome.quarantine.to_pylist():
        assert row["message"]
        assert row["hint"]
        assert len(row["value"] or "") <= 40
        assert '"Do Not Email": "No"' in row["raw"]


def test_i38_na_is_a_country_where_the_column_says_so():
    country = Column(
        name="country", source="Country", kind=Kind.CATEGORY, levels=("NA", "IN"), missing=("",)
    )
    assert country.clean("NA").value == "NA"


@pytest.mark.parametrize(
    ("lead", "columns"),
    [
        ({VISITS: "2", PAGES: "5"}, (PAGES, VISITS)),
        ({VISITS: "0", "total_time_on_website": "30"}, (VISITS, "total_time_on_website")),
    ],
)
def test_i47_contradictions_warn(lead, columns, tmp_path):
    found = cleaned([{"prospect_id": "a", **lead}], tmp_path).record
    assert found.rows.accepted == 1
    assert found.warnings == {f"INCONSISTENT {' '.join(columns)}": 1}
    row = clean_record(LEAD_CONVERSION, lead | {"prospect_id": "a"}, columns=JUDGED)
    assert [fault.rule for fault in row.warnings] == [Rule.INCONSISTENT]


@pytest.mark.parametrize("outcome_cell", ["True", "False", "2", "-1", "", "yes"])
def test_i52_an_unknown_outcome_refuses_a_training_file(outcome_cell, tmp_path):
    rows = [{"prospect_id": "a", "converted": "1"}, {"prospect_id": "b", "converted": outcome_cell}]
    with pytest.raises(InputRefused) as refused:
        cleaned(rows, tmp_path, purpose=Purpose.TRAIN)
    assert [fault.rule for fault in refused.value.faults] == [Rule.TARGET_VALUES]


def test_i56_equal_rows_are_kept_once(tmp_path):
    lead = {"prospect_id": "a", SOURCE: "Google", VISITS: "5"}
    again = {"prospect_id": "a", SOURCE: " google", VISITS: "5.0"}
    found = cleaned([lead, {"prospect_id": "b"}, again, lead], tmp_path)
    assert found.clean["line_number"].to_pylist() == [2, 3]
    assert found.record.rows.to_dict() == {
        "in": 4, "accepted": 2, "quarantined": 0, "deduplicated": 2,
    }  # fmt: skip
    assert found.record.warnings == {"DUPLICATE_ROW prospect_id": 2}


def test_i56_one_id_for_different_rows_holds_all_of_them_back(tmp_path):
    rows = [
        {"prospect_id": "a", VISITS: "5"},
        {"prospect_id": "a", VISITS: "6"},
        {"prospect_id": "a", VISITS: "6"},
        {"prospect_id": "b", VISITS: "6"},
        {"prospect_id": "c", VISITS: "1"},
        {"prospect_id": "c", VISITS: "-1"},
    ]
    found = cleaned(rows, tmp_path)
    assert found.clean["prospect_id"].to_pylist() == ["b"]
    twice, negative = ("DUPLICATE_ID", "Prospect ID"), ("NEGATIVE", "TotalVisits")
    assert [found.faults(line) for line in range(2, 8)] == [
        [twice], [twice], [], [], [twice], [twice, negative],
    ]  # fmt: skip
    assert found.record.rows.to_dict() == {
        "in": 6, "accepted": 1, "quarantined": 4, "deduplicated": 1,
    }  # fmt: skip


def test_i56_rows_that_are_broken_in_different_ways_are_different_rows(tmp_path):
    cells = ("-1", "-2", "-1")
    found = cleaned([{"prospect_id": "a", VISITS: cell} for cell in cells], tmp_path)
    both = [("DUPLICATE_ID", "Prospect ID"), ("NEGATIVE", "TotalVisits")]
    assert [found.faults(line) for line in (2, 3, 4)] == [both, both, []]
    assert found.record.rows.to_dict() == {
        "in": 3, "accepted": 0, "quarantined": 2, "deduplicated": 1,
    }  # fmt: skip


def test_i56_rows_without_an_id_are_never_repeats(tmp_path):
    found = cleaned([{"do_not_email": "No"}, {"do_not_email": "No"}], tmp_path)
    assert found.record.rows.quarantined == 2


def test_a_fault_in_a_column_that_the_model_does_not_see_holds_nothing_back(tmp_path):
    rows = [
        {"prospect_id": "a", "magazine": "perhaps", "converted": "unknown"},
        {"prospect_id": "b", "magazine": "Yes", "converted": "1"},
    ]
    found = cleaned(rows, tmp_path)
    assert found.record.rows.accepted == 2
    assert found.clean["magazine"].to_pylist() == [None, None]
    assert found.clean["converted"].to_pylist() == [None, None]
