"""The table of points decides, by itself and honestly; moves are commands that exist."""

import re
import shlex

import pytest
import typer
from typer.main import get_command

from ml.cli.app import app
from ml.contract.investigation import (
    Cause,
    Finding,
    FindingState,
    Investigation,
    Layer,
    Look,
    RankedCause,
)
from ml.contract.watching import Severity
from ml.core.investigating import investigation_page
from ml.core.investigating.moves import next_moves
from ml.core.investigating.ranking import ranked_causes, unlooked
from ml.core.investigating.report_page import CAUSE_WORDS
from ml.core.investigating.speaking import DECIDED_BY, ENOUGH, TABLE
from tests.unit.test_reports import FETCHES, Parts

VERDICTS = {Cause.UNCLEAR, Cause.NOTHING_FOUND, Cause.INSUFFICIENT_DATA}


def said(check, state=FindingState.RAISED, severity=Severity.HIGH, says="", subject=""):
    raised = state is FindingState.RAISED
    return Finding(
        layer=Layer.DATA.value, check=check.value, state=state.value, says=says or f"{check}.",
        severity=severity.value if raised else None, subject=subject,
    )  # fmt: skip


ALL_WELL = [said(look, FindingState.OK) for look in Look]


def with_raised(*looks):
    return [said(look, FindingState.RAISED if look in looks else FindingState.OK) for look in Look]


def test_every_cause_can_be_named_and_every_one_can_be_ruled_out():
    named = {row.cause for row in TABLE}
    assert named == set(DECIDED_BY) == set(Cause) - VERDICTS
    for cause in named:
        assert any(row.cause is cause and row.points >= ENOUGH for row in TABLE), cause
        assert DECIDED_BY[cause] <= {row.check for row in TABLE if row.cause is cause}, cause


def test_no_line_of_the_table_is_there_twice():
    lines = [(row.check, row.cause, row.state) for row in TABLE]
    assert len(set(lines)) == len(lines)


def test_all_well_is_nothing_found():
    (only,) = ranked_causes(ALL_WELL)
    assert (only.cause, only.points) == (Cause.NOTHING_FOUND, 0)


def test_no_findings_at_all_are_insufficient_and_name_every_cause_that_was_not_looked_for():
    (only,) = ranked_causes([])
    assert only.cause == Cause.INSUFFICIENT_DATA
    assert len(only.why) == len(DECIDED_BY)
    assert unlooked([]) == tuple(DECIDED_BY)


@pytest.mark.parametrize("cause", DECIDED_BY)
def test_a_cause_that_was_not_looked_for_is_never_said_to_be_absent(cause):
    findings = [one for one in ALL_WELL if one.check not in DECIDED_BY[cause]]
    (only,) = ranked_causes(findings)
    assert only.cause == Cause.INSUFFICIENT_DATA
    assert only.why == (f"Not looked for: {cause.replace('_', ' ').lower()}.",)


def test_a_broken_field_explains_what_follows_from_it():
    follows = (
        Look.SCORES,
        Look.PERFORMANCE,
        Look.LEVEL_OF_ODDS,
        Look.SPREAD_OF_ODDS,
        Look.RELEARNT,
    )
    ranked = ranked_causes(with_raised(Look.BROKEN_FIELDS, *follows, Look.BANDS))
    assert [one.cause for one in ranked] == [Cause.BROKEN_FIELD]


@pytest.mark.parametrize(
    "cause", [Cause.BASE_RATE_SHIFT, Cause.CALIBRATION_LOSS, Cause.CONCEPT_CHANGE]
)
def test_what_outcomes_show_is_laid_to_a_broken_field_before_them(cause):
    own = {
        row.check
        for row in TABLE
        if row.cause is cause and row.points > 0 and row.state is FindingState.RAISED
    }
    assert ranked_causes(with_raised(*own))[0].cause == cause
    ranked = ranked_causes(with_raised(Look.BROKEN_FIELDS, *own))
    assert [one.cause for one in ranked] == [Cause.BROKEN_FIELD]


def test_of_several_findings_of_a_check_the_raised_one_speaks():
    both = (said(Look.SPREAD_OF_ODDS, FindingState.OK), said(Look.SPREAD_OF_ODDS))
    rest = with_raised(Look.LEVEL_OF_ODDS, Look.BASE_RATE)
    others = [one for one in rest if one.check != Look.SPREAD_OF_ODDS]
    ranked = {one.cause: one.points for one in ranked_causes([*both, *others])}
    assert ranked[Cause.BASE_RATE_SHIFT] == 4  # 4 + 2 for it, 2 against it, none for a sound spread


def test_two_faults_are_both_named_with_their_weights():
    ranked = ranked_causes(with_raised(Look.LEAKS, Look.OUTCOMES_RETURN))
    assert [(one.cause, one.points, one.weight) for one in ranked] == [
        (Cause.LEAK, 7, 0.5),
        (Cause.BROKEN_SYNC, 7, 0.5),
    ]


def test_ten_columns_that_drifted_are_one_drift():
    columns = [said(Look.DRIFT, subject=f"c{n}", says=f"c{n} moved.") for n in range(10)]
    rest = [one for one in ALL_WELL if one.check != Look.DRIFT]
    (only,) = ranked_causes([*columns, *rest])
    assert (only.cause, only.points, len(only.why)) == (Cause.DATA_DRIFT, 4, 4)


def test_a_line_in_the_report_is_no_riddle_and_more_than_that_is():
    rest = [one for one in ALL_WELL if one.check != Look.STRANGE_IDS]
    low = said(Look.STRANGE_IDS, severity=Severity.LOW)
    assert ranked_causes([low, *rest])[0].cause == Cause.NOTHING_FOUND
    grave = said(Look.STRANGE_IDS, severity=Severity.MEDIUM, says="Odd.")
    assert ranked_causes([grave, *rest])[0].why == ("Odd.",)
    assert ranked_causes([grave, *rest])[0].cause == Cause.UNCLEAR


def test_what_speaks_against_a_cause_is_told_with_it():
    ranked = ranked_causes(with_raised(Look.BROKEN_FIELDS, Look.DRIFT, Look.MISSING))
    drift = next(one for one in ranked if one.cause == Cause.DATA_DRIFT)
    assert (drift.points, drift.against) == (5, ("broken_fields.",))


@pytest.mark.parametrize("cause", Cause)
def test_every_command_of_a_next_move_exists_with_its_options(cause):
    moves = next_moves([cause], use_case="lead_conversion", moment="engaged", current="f.csv")
    assert moves[0].says
    for move in moves:
        if move.command:
            _understood(shlex.split(move.command))


def _understood(words):
    """Fails unless the command line knows the command, its options, and as many words."""
    assert words[0] == "leadwise"
    commands = get_command(app).commands
    assert words[1] in commands, words
    command, rest = commands[words[1]], words[2:]
    known = {option for each in command.params for option in each.opts}
    options = [word for word in rest if word.startswith("--")]
    assert set(options) <= known, words
    needed = [each for each in command.params if each.required]
    named = {option for each in needed for option in each.opts if option.startswith("--")}
    assert named <= set(options), words
    plain = len(rest) - 2 * len(options)
    arguments = [each for each in command.params if not each.opts[0].startswith("--")]
    least = sum(each.required for each in arguments)
    assert least <= plain <= len(arguments), words
    assert isinstance(command, typer.core.TyperCommand)


HOSTILE = "<script>alert(1)</script>{{ 7 * 7 }}\"'><img src=x onerror=alert(1)>"


def investigation(**changes):
    findings = (*with_raised(Look.LEAKS), said(Look.DRIFT, subject=HOSTILE, says=HOSTILE))
    facts = {
        "use_case": "lead_conversion", "moment": "engaged", "version": "3",
        "at": "2026-06-30T12:00:00+00:00", "current": "late.csv", "outcomes": "", "rows": 4_000,
        "findings": findings, "causes": ranked_causes(findings),
        "moves": next_moves([Cause.LEAK], use_case="u", moment="m", current="late.csv"),
    }  # fmt: skip
    return Investigation(**(facts | changes))


def test_nothing_that_a_file_says_becomes_markup():
    found = investigation(current=HOSTILE, outcomes=HOSTILE, version=HOSTILE)
    html = investigation_page(found, HOSTILE)
    parts = Parts(html)
    assert not parts.tags & {"script", "img", "iframe", "form"}
    assert (parts.inline, parts.fetched) == ([], [])
    assert html.count("&lt;script&gt;alert(1)") > 4
    assert "49" not in re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    assert FETCHES


def test_the_page_tells_what_the_json_tells():
    found = investigation()
    html = investigation_page(found, "Lead conversion")
    assert "A column leaks the outcome" in html
    assert "leadwise leakage u --data FILE --moment m" in html
    for look in Look:
        assert look.value.replace("_", " ").capitalize() in html, look
    assert "without outcomes" in html


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_words_and_a_page(cause):
    alone = RankedCause(cause=cause.value, points=0, weight=1.0, why=("So it is.",))
    html = investigation_page(investigation(causes=(alone,), findings=(), moves=()), "T")
    assert CAUSE_WORDS[cause] in html
    assert "So it is." in html


def test_a_tie_is_said_to_be_one():
    ranked = ranked_causes(with_raised(Look.LEAKS, Look.OUTCOMES_RETURN))
    found = investigation(causes=ranked)
    assert found.tied == (Cause.LEAK, Cause.BROKEN_SYNC)
    assert "equally likely" in investigation_page(found, "T")
    assert "equally likely" not in investigation_page(investigation(), "T")
