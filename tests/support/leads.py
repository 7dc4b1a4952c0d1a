"""The public X Education file, which never enters the repository."""

import os
from pathlib import Path

import pytest

from tests.support import ROOT

BESIDE = ROOT.parent / "shared" / "data" / "Leads.csv"


def leads_csv() -> Path:
    """Path of the real file; without it the asking test is skipped, and fails under CI."""
    return _present(Path(os.environ.get("LEADWISE_LEADS_CSV", BESIDE)))


def leads_profile() -> Path:
    """Path of the per-column profile that lies beside the real file."""
    return _present(leads_csv().with_name("leads_profile.json"))


def _present(path: Path) -> Path:
    if path.is_file():
        return path
    reason = f"{path.name} is not at {path}; name its place in LEADWISE_LEADS_CSV"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason} (CI runs every test, so its absence is an error)", pytrace=False)
    pytest.skip(reason)
