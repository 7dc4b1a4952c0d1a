"""Fixtures that every kind of test may ask for; the finding is done in tests/support."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support import leads, programs
from tests.support.cdk import quiet_cdk

quiet_cdk()

# A slow machine is no failing property; CI repeats exactly what it ran before.
settings.register_profile("leadwise", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("leadwise")


@pytest.fixture(scope="session")
def real_leads_csv() -> Path:
    """The real leads file: skipped where it is absent, an error under CI."""
    return leads.leads_csv()


@pytest.fixture(scope="session")
def leads_profile() -> Path:
    """The profile of the real leads file: types, levels, rates per column."""
    return leads.leads_profile()


@pytest.fixture(scope="session")
def node() -> Path:
    """Node: the machine's, else PyPI's."""
    return programs.find_node()


@pytest.fixture(scope="session")
def java() -> Path:
    """Java: the machine's, else PyPI's."""
    return programs.find_java()
