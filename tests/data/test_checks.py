"""What the data checks say of real leads, of clean synthetic ones, and of planted breakages."""

from datetime import UTC, datetime

import pytest

from ml.contract.names import Check, CheckState, Purpose
from ml.core.checks import notes_on
from ml.core.generator import Scenario
from ml.core.sample import write_csv
from ml.steps.check import check
from ml.steps.clean import clean
from ml.steps.ingest import ingest
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.checking import checked
from tests.support.clean_leads import clean_leads
from tests.support.cleaning import runtime
from tests.support.watching import generated

SEEDS = range(20)
ROWS = 3_000
#: The file's own order, in which the vendor's scores come and go.
QUIET = Scenario()


@pytest.fixture(scope="module")
def before():
    """Figures of clean synthetic leads."""
    return checked(LEAD_CONVERSION, generated(rows=ROWS, seed=100, scenario=QUIET)).figures


def test_the_real_leads_pass_and_what_is_odd_about_them_is_noted(real_leads_csv):
    said = checked(LEAD_CONVERSION, clean_leads(real_leads_csv))
    assert said.findings == ()
    notes = " ".join(notes_on(LEAD_CONVERSION, said.figures))
    assert "1,281 rows (13.9 %) repeat another one" in notes
    assert "I agree to pay the amount through cheque" in notes
    assert "TotalVisits reaches 251; the middle half is 1 to 5" in notes
    assert "Lead Quality 51.6 %" in notes


def test_real_and_synthetic_leads_pass_beside_each_other(real_leads_csv):
    real = checked(LEAD_CONVERSION, clean_leads(real_leads_csv))
    table = generated(rows=real.figures.rows, seed=0, scenario=QUIET)
    synthetic = checked(LEAD_CONVERSION, table, before=real.figures)
    assert synthetic.findings == ()
    back = checked(LEAD_CONVERSION, clean_leads(real_leads_csv), before=synthetic.figures)
    assert back.findings == ()


def test_twenty_clean_files_give_no_stop_and_hardly_a_warning(before):
    """The drawing of leads alone must not cost anybody's time."""
    alone, beside = [], []
    for seed in SEEDS:
        table = generated(rows=ROWS, seed=seed, scenario=QUIET)
        alone += checked(LEAD_CONVERSION, table).findings
        beside += checked(LEAD_CONVERSION, table, before=before).findings
    assert not [one for one in (*alone, *beside) if one.state == CheckState.STOP]
    assert len(alone) <= 1, alone
    assert len(beside) <= 1, beside


def _said(home, folder, scenario, *, seed, reference=None):
    """What is said of a synthetic file, from its raw bytes on."""
    file = folder / "leads.csv"
    with file.open("wb") as stream:
        write_csv(LEAD_CONVERSION, stream, rows=ROWS, seed=seed, scenario=scenario)
    moment = LEAD_CONVERSION.default_moment
    admitted = ingest(LEAD_CONVERSION, home, source=file, purpose=Purpose.TRAIN, moment=moment)
    cleaned = clean(LEAD_CONVERSION, home, ingest=admitted)
    return check(LEAD_CONVERSION, home, ingest=admitted, clean=cleaned, reference=reference)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """Says of a file what there is to say beside a good one."""
    folder = tmp_path_factory.mktemp("good")
    home = runtime(folder)
    home.now = lambda: datetime(2025, 6, 1, tzinfo=UTC)
    record = _said(home, folder, QUIET, seed=100)
    assert record.findings == ()
    return lambda to, scenario: _said(home, to, scenario, seed=7, reference=record.profile)


_BROKEN = {
    ("TotalVisits", "empty"): (Check.MISSING_RISE, "total_visits"),
    ("TotalVisits", "constant"): (Check.CONSTANT, "total_visits"),
    ("TotalVisits", "garbled"): (Check.HELD_BACK, "total_visits"),
    ("Lead Source", "empty"): (Check.MISSING_RISE, "lead_source"),
    ("Lead Source", "constant"): (Check.NEW_LEVELS, "lead_source"),
    ("Lead Source", "garbled"): (Check.NEW_LEVELS, "lead_source"),
    ("Do Not Email", "empty"): (Check.MISSING_RISE, "do_not_email"),
    ("Do Not Email", "constant"): (Check.CONSTANT, "do_not_email"),
    ("Do Not Email", "garbled"): (Check.HELD_BACK, "do_not_email"),
    ("Lead Quality", "garbled"): (Check.NEW_LEVELS, "lead_quality"),
}


@pytest.mark.parametrize(("field", "breakage"), _BROKEN)
def test_a_field_that_broke_stops_and_is_named(field, breakage, good, tmp_path):
    name, column = _BROKEN[field, breakage]
    record = good(tmp_path, Scenario(broken_field=field, breakage=breakage))
    assert record.state == CheckState.STOP
    stops = [one for one in record.findings if one.state == CheckState.STOP]
    assert (name, (column,)) in [(one.check, one.columns) for one in stops]
    assert any(field in one.message and (one.lines or name == Check.CONSTANT) for one in stops)


def test_spellings_that_nobody_listed_are_shown_as_they_were_written(good, tmp_path):
    scenario = Scenario(broken_field="Lead Source", breakage="constant")
    (found,) = good(tmp_path, scenario).findings
    assert found.values == (f"'0' ({found.rows:,})",)


@pytest.mark.parametrize(
    ("scenario", "name", "columns"),
    [
        (Scenario(duplicate_share=0.2), Check.REPEATED_RISE, {()}),
        (Scenario(base_rate_shift=0.6), Check.BASE_RATE, {("converted",)}),
        (
            Scenario(arrival_weeks=10, drift_week=0),
            Check.MISSING_RISE,
            {
                ("asymmetrique_activity_index",),
                ("asymmetrique_activity_score",),
                ("asymmetrique_profile_index",),
                ("asymmetrique_profile_score",),
            },
        ),
    ],
    ids=["repeated leads", "another base rate", "drift"],
)
def test_what_only_shifts_warns_and_is_named(scenario, name, columns, good, tmp_path):
    record = good(tmp_path, scenario)
    assert record.state == CheckState.WARN
    assert {one.columns for one in record.findings if one.check == name} == columns


def test_a_base_rate_that_breaks_stops(good, tmp_path):
    record = good(tmp_path, Scenario(base_rate_shift=2.0))
    assert [one.check for one in record.findings if one.state == CheckState.STOP] == [
        Check.BASE_RATE
    ]
