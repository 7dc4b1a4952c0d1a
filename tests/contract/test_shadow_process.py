"""A challenger answers in a process of its own: what it does there is counted and harms nobody."""

import os
import time
from pathlib import Path

import pytest

from ml.adapters.shadow_process import ShadowProcess
from ml.contract.shadowing import Answered
from ml.ports import Deployment
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.shadows import load

LEADS = [{"number": number} for number in range(6)]
SCORED, FAILED = Answered.SCORED, Answered.FAILED


@pytest.fixture(autouse=True)
def _nothing_stays():
    """Servers of other tests may run beside."""
    before = set(children())
    yield
    assert set(children()) <= before


def answered(version, seconds=30.0):
    deployment = Deployment(model="m", version=version, files={})
    found = ShadowProcess(LEAD_CONVERSION, load).answers(deployment, LEADS, seconds=seconds)
    return [each.state for each in found], found


def test_a_sound_one_answers_every_lead_and_its_processor_time_is_measured():
    states, found = answered("sound")
    assert states == [SCORED] * 6
    assert all(each.cpu_ms is not None and each.cpu_ms >= 0 for each in found)


def test_an_error_costs_one_lead_and_no_word_of_it_is_kept():
    states, found = answered("fails")
    assert states == [SCORED, FAILED] * 3
    assert found[1].says == "ZeroDivisionError"


def test_one_that_hangs_is_late_with_all_that_follows_and_is_killed():
    began = time.monotonic()
    states, _ = answered("hangs", seconds=8)
    assert states == [SCORED, SCORED, *[Answered.LATE] * 4]
    assert time.monotonic() - began < 20


def test_one_that_hangs_while_it_is_loaded_is_late_altogether():
    assert answered("stuck", seconds=3)[0] == [Answered.LATE] * 6


@pytest.mark.parametrize(("version", "sound"), [("ends", 2), ("unloadable", 0)])
def test_one_that_takes_its_process_down_fails_from_there_on(version, sound):
    assert answered(version)[0] == [SCORED] * sound + [FAILED] * (6 - sound)


def test_another_schema_is_seen():
    states, found = answered("strange")
    assert states == [Answered.OTHER_SCHEMA] * 6
    assert "without prediction and band" in found[0].says


def children():
    """Processes of this one that are still there, but for Python's own helper."""
    found = []
    for task in Path(f"/proc/{os.getpid()}/task").iterdir():
        found += (task / "children").read_text().split()
    # Every process that is spawned is told of the tracker; its own words name its module.
    helper = "multiprocessing.resource_tracker"
    return [each for each in found if helper not in Path(f"/proc/{each}/cmdline").read_text()]
