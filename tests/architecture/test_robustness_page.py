"""docs/robustness.md names every case that serving and watching answer for, and their tests."""

import ast
import re

import pytest

from tests.support import ROOT

PAGE = (ROOT / "docs" / "robustness.md").read_text()
ROWS = re.findall(r"^\| ([FIS]\d+(?:-[FIS]\d+)?) \|.*\| (.*) \|$", PAGE, re.MULTILINE)
CASES = {
    *(f"F{n}" for n in (1, 3, *range(5, 10), 17, *range(22, 25), *range(28, 35))),
    *(f"F{n}" for n in range(37, 40)),
    *(f"I{n}" for n in range(1, 69)),
    *(f"S{n}" for n in (*range(13, 27), 28, 38)),
}


def _cases(name):
    first, _, last = name.partition("-")
    numbers = range(int(first[1:]), int((last or first)[1:]) + 1)
    return [f"{first[0]}{number}" for number in numbers]


def _tests(file):
    tree = ast.parse((ROOT / "tests" / file).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_case_has_one_row():
    named = [case for name, _ in ROWS for case in _cases(name)]
    assert len(named) == len(set(named))
    assert set(named) == CASES


@pytest.mark.parametrize("shown", [pytest.param(shown, id=case) for case, shown in ROWS])
def test_a_row_names_tests_that_are_there(shown):
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", shown)
    assert named
    assert [test for file, test in named if test not in _tests(file)] == []


def test_each_case_of_a_file_carries_its_number():
    source = (ROOT / "tests" / "faults" / "test_bad_files.py").read_text()
    numbered = set(re.findall(r'"(I\d+)-', source))
    assert {f"I{number}" for number in range(1, 61)} <= numbered
    assert set(re.findall(r"`(I\d+-[\w ]+)`", PAGE)) <= set(re.findall(r'"(I\d+-[^"]+)"', source))
