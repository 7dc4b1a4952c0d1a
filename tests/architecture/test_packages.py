"""Every top-level package is under the direction rules."""

import tomllib

from tests.support import ROOT

OUTSIDE = {"tests", "bench", "scripts"}  # they may import anything


def test_every_package_is_a_root_of_the_import_rules():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = {init.parent.name for init in ROOT.glob("[a-z]*/__init__.py")} - OUTSIDE
    assert packages == set(config["tool"]["importlinter"]["root_packages"])
