"""The leakage guard on the real leads file: what an agent typed is no knowledge of the arrival."""

import pytest

from ml.contract.moments import ARRIVAL, CONTACTED, ENGAGED
from ml.contract.names import LeakVerdict
from ml.core.leakage import find_leaks, leaks_among
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.clean_leads import clean_leads
from tests.support.leak_cases import AGENTS, declared

SOURCES = {"tags": "Tags", "lead_quality": "Lead Quality", "lead_profile": "Lead Profile"}


@pytest.fixture(scope="module")
def leads(real_leads_csv):
    return clean_leads(real_leads_csv)


@pytest.mark.parametrize("moment", LEAD_CONVERSION.moments, ids=str)
def test_as_declared_every_column_is_clear(leads, moment):
    found = find_leaks(LEAD_CONVERSION, leads, moment)
    assert {one.verdict for one in found.columns} == {LeakVerdict.CLEAR}
    assert len(found.columns) == len(LEAD_CONVERSION.schema.features(moment))


@pytest.mark.parametrize("names", [AGENTS, *((name,) for name in AGENTS)], ids=str)
def test_declared_as_known_at_arrival_the_agents_fields_are_leaks(leads, names):
    found = find_leaks(declared(LEAD_CONVERSION, names), leads, ARRIVAL)
    assert {one.column for one in found.leaks} == set(names)
    assert {one.source for one in found.leaks} == {SOURCES[name] for name in names}
    assert not found.of(LeakVerdict.SUSPECT)


def test_tags_and_quality_leak_as_early_as_engaged(leads):
    found = find_leaks(declared(LEAD_CONVERSION, AGENTS, ENGAGED), leads, ENGAGED)
    assert {one.column for one in found.leaks} == {"tags", "lead_quality"}


def test_with_everything_at_arrival_the_three_are_still_among_the_leaks(leads):
    everything = tuple(column.name for column in LEAD_CONVERSION.schema.features(CONTACTED))
    found = find_leaks(declared(LEAD_CONVERSION, everything), leads, ARRIVAL)
    assert set(AGENTS) <= {one.column for one in found.leaks}
    assert "total_time_on_website" not in {one.column for one in found.leaks}


def test_what_is_measured_is_what_others_measured(leads):
    found = find_leaks(LEAD_CONVERSION, leads, CONTACTED)
    alone = {one.column: one.evidence.alone.value for one in found.columns}
    known = {"tags": 0.919, "lead_quality": 0.796, "lead_profile": 0.744, "last_activity": 0.722}
    for column, auc in known.items():
        assert alone[column] == pytest.approx(auc, abs=0.005), column
    decided = {
        level.level: level.rate
        for one in found.columns
        if one.column == "tags"
        for level in one.evidence.decided
    }
    assert decided["Closed by Horizzon"] == pytest.approx(0.994, abs=0.001)
    assert decided["Ringing"] == pytest.approx(0.028, abs=0.001)
    skills = {one.moment: one.auc.value for one in found.moments}
    assert skills["arrival"] == pytest.approx(0.858, abs=0.01)
    assert skills["engaged"] == pytest.approx(0.930, abs=0.01)
    assert skills["contacted"] == pytest.approx(0.986, abs=0.005)


def test_as_a_gate_it_says_the_same(leads):
    assert leaks_among(LEAD_CONVERSION, leads, CONTACTED) == (0, "")
    assert leaks_among(declared(LEAD_CONVERSION, AGENTS), leads, ARRIVAL)[0] == 3
