"""The leakage guard on synthetic leads, of which the truth is known; bench has all twenty seeds."""

import pytest

from ml.contract.moments import ARRIVAL, CONTACTED
from ml.contract.names import LeakVerdict
from ml.core.leakage import find_leaks
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.leak_cases import AGENTS, PLANTED, WITH_PLANTED, declared, synthetic

ROWS = 4_000


@pytest.mark.parametrize("seed", range(5))
def test_clean_leads_raise_no_word_and_the_planted_leak_is_found(seed):
    leads = synthetic(ROWS, seed)
    quiet = find_leaks(LEAD_CONVERSION, leads, CONTACTED)
    assert {one.verdict for one in quiet.columns} == {LeakVerdict.CLEAR}
    found = find_leaks(WITH_PLANTED, leads, ARRIVAL)
    assert [one.column for one in found.leaks] == [PLANTED.name]
    assert not found.of(LeakVerdict.SUSPECT)


@pytest.mark.parametrize("seed", range(3))
def test_the_agents_fields_are_found_at_arrival(seed):
    found = find_leaks(declared(LEAD_CONVERSION, AGENTS), synthetic(ROWS, seed), ARRIVAL)
    assert {one.column for one in found.leaks} == set(AGENTS)
