"""Everybody installs the same, untampered packages, from wherever their registry is."""

import re

import pytest

from tests.support import ROOT

APP = ROOT / "requirements.txt"
DEV = ROOT / "requirements" / "dev.txt"
LOCKS = [APP, *sorted((ROOT / "requirements").glob("*.txt"))]
_PIN = re.compile(r"^([a-z0-9-]+(?:\[[a-z0-9,-]+\])?)==(\S+)", re.MULTILINE)
# In place of a registry, an address or a path would work on one machine only.
_PLACE = re.compile(
    r"://|^--(index|extra-index|find-links)|^-e|file:|(?:^|\s)[./~]*/\w", re.MULTILINE
)


def _pins(lock):
    return set(_PIN.findall(lock.read_text()))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_pins_and_hashes_every_package(lock):
    requirements = re.split(r"^(?=[a-z0-9])", lock.read_text(), flags=re.MULTILINE)[1:]
    assert requirements
    assert [text for text in requirements if "==" not in text or "--hash=sha256:" not in text] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_registry_and_no_path(lock):
    assert _PLACE.findall(lock.read_text()) == []


def test_development_runs_on_the_versions_of_the_application():
    assert _pins(APP) <= _pins(DEV)


def test_synth_runs_on_the_versions_of_development():
    assert _pins(ROOT / "requirements" / "synth.txt") <= _pins(DEV)


def test_every_source_has_its_lock():
    sources = {path.stem for path in (ROOT / "requirements").glob("*.in")}
    assert sources - {"app"} == {lock.stem for lock in LOCKS} - {"requirements"}
