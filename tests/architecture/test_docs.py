"""What the documents tell a reader to run is there."""

import importlib.util
import re

import pytest

from tests.support import ROOT

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "adr").glob("*.md")),
]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def _named(pattern):
    return [
        pytest.param(name, id=f"{page.name}: {name}")
        for page in PAGES
        for name in sorted(set(re.findall(pattern, page.read_text(), re.MULTILINE)))
    ]


@pytest.mark.parametrize("target", _named(r"(?:`|^|&& )make ([a-z-]+)"))
def test_make_has_the_target(target):
    assert target in TARGETS


@pytest.mark.parametrize("module", _named(r"python -m ([a-z_.]+[a-z_])"))
def test_the_module_can_be_run(module):
    spec = importlib.util.find_spec(module)
    assert spec is not None
    runs = importlib.util.find_spec(f"{module}.__main__") if spec.submodule_search_locations else 1
    assert runs


@pytest.mark.parametrize("script", _named(r"(?:`|^|python )(scripts/[a-z_.]+)"))
def test_the_script_is_there(script):
    assert (ROOT / script).is_file()
