"""The benchmarks run, keep what was measured before, and say "no" where a goal is missed."""

import importlib
import pkgutil
from dataclasses import replace

import pytest

import bench.__main__ as program
from bench import sections
from bench.context import Context
from bench.render import page
from bench.results import Check, Findings, Result, Table
from bench.sections import SECTIONS, TITLES

LIGHT = ("one_lead", "snapshot")
RESULT = Result(
    name="run",
    findings=Findings(
        data="Some leads.",
        tables=(Table(title="Commands", columns=("command", "seconds"), rows=(("run", 12.34),)),),
        checks=(
            Check(figure="fast enough", measured=12.34, unit="s", at_most=60),
            Check(figure="too slow", measured=1_234.5, unit="s", at_most=60),
            Check(figure="too few", measured=3, at_least=1_000),
        ),
    ),
    when="2026-01-01 00:00 UTC",
    commit="abc1234",
    seconds=1.0,
    load=0.1,
    quick=False,
    machine={"processor": "some", "cores": "2"},
)


def test_every_section_is_registered_under_a_title():
    modules = {module.name for module in pkgutil.iter_modules(sections.__path__)}
    assert set(SECTIONS) == set(TITLES) == modules
    assert all(
        SECTIONS[n] is importlib.import_module(f"bench.sections.{n}").measure for n in modules
    )


def test_a_missed_goal_shows_as_no():
    lines = page({"run": RESULT}, TITLES).splitlines()
    assert "| fast enough | 12.3 s | at most 60 s | yes |" in lines
    assert "| too slow | 1,234 s | at most 60 s | **no** |" in lines
    assert "| too few | 3 | at least 1,000 | **no** |" in lines
    assert "1 of 3 goals hold." in lines


def test_a_figure_that_is_no_number_reaches_no_goal():
    assert not Check(figure="p99", measured=float("nan"), at_most=5).holds


def test_results_come_back_from_json_as_they_were(tmp_path):
    program.keep(RESULT, tmp_path)
    assert program.stored(tmp_path) == {"run": RESULT}


def test_sections_that_were_not_measured_are_named():
    text = page({"run": RESULT}, TITLES)
    assert [n for n in TITLES if f"(`{n}`)" in text] == [n for n in TITLES if n != "run"]


def test_a_smoke_run_says_that_its_figures_mean_nothing():
    assert "smoke run" in page({"run": replace(RESULT, quick=True)}, TITLES)


@pytest.mark.parametrize("section", ["quality", "generator", "certainty", "reasons"])
def test_a_section_without_the_real_file_says_so(section, tmp_path):
    found = SECTIONS[section](Context(tmp_path, quick=True, leads=None))
    assert "not at hand" in found.data
    assert found.tables == found.checks == ()


def test_light_sections_run_and_older_ones_stay(tmp_path):
    results, written = tmp_path / "results", tmp_path / "results.md"
    results.mkdir()
    program.keep(RESULT, results)
    program.main(["--quick", "--only", *LIGHT, "--results", str(results), "--page", str(written)])
    assert set(program.stored(results)) == {"run", *LIGHT}
    text = written.read_text()
    assert [n for n in TITLES if f"## {TITLES[n]}\n" in text] == [
        n for n in TITLES if n in {"run", *LIGHT}
    ]
    assert "| one lead in process, p50 |" in text
