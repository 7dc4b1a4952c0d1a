"""The guard's verdicts: what counts at which moment, and what is done about what is known."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from ml.contract.errors import InvalidUseCase, TooFewOutcomes, UsageError
from ml.contract.known_leaks import KnownLeak
from ml.contract.modelling import BinaryTask, OrdinalTask
from ml.contract.moments import ARRIVAL, CONTACTED, ENGAGED
from ml.contract.names import Kind, LeakVerdict, Role
from ml.contract.records import Interval
from ml.contract.schema import Column
from ml.core.leakage import Evidence, find_leaks, leakage_page, leaks_among
from ml.core.leakage.filling import Filling
from ml.core.leakage.judge import Standing, signs_of
from ml.core.leakage.timing import Timing
from tests.support.leak_cases import PLANTED, WITH_PLANTED, declared, synthetic
from tests.support.small_use_case import ORDINAL, small_rows, small_use_case
from tests.support.training import VISITS, visits

FIRST = Standing(first=True, last=False)
MIDDLE = Standing(first=False, last=False)
LAST = Standing(first=False, last=True)


def around(value, reach=0.01):
    return Interval(value=value, low=value - reach, high=value + reach)


QUIET = Evidence(
    alone=around(0.7), decided=(), announcing=0.0, excluding=0.0, missing_share=0.0, filling=None,
    company=(), timing=None,
)  # fmt: skip
FILLED = Filling(missing=900, rate_missing=0.1, rate_present=0.5, p_value=0.0, odds=around(0.2))
FADING = Timing(
    missing_new=0.6, missing_old=0.1, auc_new=around(0.5), auc_old=around(0.7),
    emptier=True, weaker=True,
)  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "first", "middle", "last"),
    [
        ({}, "", "", ""),
        ({"alone": around(0.995, 0.002)}, "leak", "leak", "leak"),
        ({"alone": around(0.92)}, "leak", "leak", ""),
        ({"alone": around(0.92, 0.08)}, "suspect", "suspect", ""),
        ({"alone": around(0.82)}, "suspect", "suspect", ""),
        ({"announcing": 0.07, "excluding": 0.06}, "leak", "leak", ""),
        ({"announcing": 0.2}, "", "", ""),  # a good source of leads is no record
        ({"filling": FILLED}, "leak", "", ""),
        ({"filling": FILLED, "alone": around(0.61)}, "", "", ""),
        ({"filling": replace(FILLED, odds=around(0.3, 0.2))}, "", "", ""),
        ({"filling": replace(FILLED, odds=around(5))}, "leak", "", ""),
        ({"filling": replace(FILLED, odds=None)}, "", "", ""),
        ({"company": ("tags",)}, "suspect", "", ""),
        ({"timing": FADING}, "suspect", "", ""),
        ({"timing": replace(FADING, emptier=False)}, "", "", ""),
        ({"timing": replace(FADING, weaker=False)}, "", "", ""),
    ],
)
def test_what_counts_depends_on_the_declared_moment(seen, first, middle, last):
    evidence = replace(QUIET, **seen)
    for standing, expected in ((FIRST, first), (MIDDLE, middle), (LAST, last)):
        signs = signs_of(evidence, standing)
        found = "leak" if signs.leak else "suspect" if signs.suspect else ""
        assert found == expected, standing


def test_the_only_moment_is_the_first():
    assert Standing.of(ARRIVAL, (ARRIVAL,)) == FIRST
    assert Standing.of(ENGAGED, (ARRIVAL, ENGAGED)) == LAST
    assert Standing.of(ENGAGED, (ARRIVAL, ENGAGED, CONTACTED)) == MIDDLE


def early_answer(**named):
    return replace(declared(VISITS, ("answer",)), **named)


@pytest.fixture(scope="module")
def rows():
    return visits(rows=4_000)


def test_a_column_declared_too_early_leaks_and_at_its_own_moment_does_not(rows):
    fine = find_leaks(VISITS, rows, CONTACTED)
    assert {one.verdict for one in fine.columns} == {LeakVerdict.CLEAR}
    (answer,) = (one for one in fine.columns if one.column == "answer")
    assert answer.sentences[0].startswith("Declared for contacted, the last moment")
    found = find_leaks(early_answer(), rows, ARRIVAL)
    assert [one.column for one in found.leaks] == ["answer"]
    assert not found.leaks[0].agrees
    assert "evidence speaks for a later moment" in found.leaks[0].sentences[0]
    assert found.columns[0] is found.leaks[0]  # what is worst stands first


def test_the_ablation_tells_moments_apart_and_what_a_leak_is_worth(rows):
    arrival, contacted = find_leaks(VISITS, rows, CONTACTED).moments
    assert (arrival.columns, contacted.columns) == (3, 4)
    assert contacted.auc.low > arrival.auc.high
    found = find_leaks(early_answer(), rows, ARRIVAL)
    assert [one.moment for one in found.moments] == ["arrival"]
    assert [one.column for one in found.without] == ["answer"]
    assert found.without[0].lost > 0.05
    assert found.without[0].auc.value == pytest.approx(arrival.auc.value, abs=0.01)


def test_a_known_leak_is_acknowledged_with_its_reason(rows):
    known = (KnownLeak(column="answer", reason="The forms of May carry it."),)
    found = find_leaks(early_answer(known_leaks=known), rows, ARRIVAL)
    assert not found.leaks
    assert found.columns[0].verdict is LeakVerdict.ACKNOWLEDGED
    assert "Acknowledged: The forms of May carry it." in found.columns[0].sentences
    assert [one.column for one in found.without] == ["answer"]


def test_an_acknowledgement_that_nothing_needs_says_so(rows):
    known = (KnownLeak(column="pages", reason="Once it did."),)
    found = find_leaks(replace(VISITS, known_leaks=known), rows, ARRIVAL)
    (pages,) = (one for one in found.columns if one.column == "pages")
    assert pages.sentences[0].endswith("take it off the list.")


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ([("answer", " ")], "no reason"),
        ([("nothing", "why")], "['nothing'], which no model reads"),
        ([("won", "why")], "['won'], which no model reads"),
        ([("answer", "why"), ("answer", "why not")], "['answer'] more than once"),
    ],
)
def test_known_leaks_are_checked_on_construction(known, said):
    with pytest.raises(InvalidUseCase) as refused:
        replace(VISITS, known_leaks=tuple(KnownLeak(column=c, reason=r) for c, r in known))
    assert said in str(refused.value)


def test_the_gate_counts_leaks_and_names_them(rows):
    assert leaks_among(VISITS, rows, ARRIVAL) == (0, "")
    count, named = leaks_among(early_answer(), rows, ARRIVAL)
    assert count == 1
    assert named.startswith("answer (alone AUC 0.9")


def test_the_gate_and_the_report_agree():
    table = synthetic(3_000, 1)
    found = find_leaks(WITH_PLANTED, table, ARRIVAL)
    assert leaks_among(WITH_PLANTED, table, ARRIVAL)[0] == len(found.leaks) == 1


def test_one_leak_does_not_hide_another():
    # Beside a copy of the outcome, or a field that is missing in the same rows, what is missing
    # would look expected.
    table = synthetic(3_000, 1)
    sold = pa.array(["sold" if won else "lost" for won in table["converted"].to_pylist()])
    place = table.column_names.index("follow_up_code")
    copied = table.set_column(place, "follow_up_code", sold)
    case = declared(WITH_PLANTED, ("lead_profile", "what_matters_most"))
    found = find_leaks(case, copied, ARRIVAL)
    assert {one.column for one in found.leaks} == {"lead_profile", "follow_up_code"}


def test_an_undeclared_column_is_looked_at_and_told_apart():
    table = synthetic(3_000, 1)
    case = replace(WITH_PLANTED, schema=_without(WITH_PLANTED.schema, "follow_up_code"))
    found = find_leaks(case, table, CONTACTED, undeclared=(PLANTED,))
    assert [(one.source, one.declared) for one in found.leaks] == [("Follow Up Code", False)]
    assert found.leaks[0].sentences[0].startswith("Not declared")
    assert not found.without  # no model reads it, so none can do without it


def _without(schema, name):
    return replace(schema, columns=tuple(one for one in schema.columns if one.name != name))


def test_the_same_rows_and_seed_give_the_same_report(rows):
    one, again = (find_leaks(VISITS, rows, CONTACTED).to_dict() for _ in range(2))
    assert one == again
    json.dumps(one)


def test_ratings_are_held_to_the_same_rules():
    rows = small_rows(ORDINAL, 2_000)
    told = [None if rating % 2 else f"code {rating}" for rating in rows["rating"].to_pylist()]
    case = replace(ORDINAL, schema=replace(ORDINAL.schema, columns=(
        *ORDINAL.schema.columns, Column(name="code", source="Code", kind=Kind.CATEGORY),
    )))  # fmt: skip
    assert isinstance(case.task, OrdinalTask)
    found = find_leaks(case, rows.append_column("code", pa.array(told)), ARRIVAL)
    assert [one.column for one in found.leaks] == ["code"]
    assert found.event == "is rated 4 or more"


def test_an_outcome_of_one_class_is_refused_with_what_is_needed(rows):
    place = rows.column_names.index("won")
    for won, said in ((0, "occurs 0 times in 4000 rows"), (1, "outcome 0 occurs 0 times")):
        table = rows.set_column(place, "won", pa.array([won] * rows.num_rows))
        with pytest.raises(TooFewOutcomes) as refused:
            find_leaks(VISITS, table, ARRIVAL)
        assert said in str(refused.value)
        assert "10 more" in str(refused.value)
        assert refused.value.exit_code == 3


def test_ratings_that_are_nearly_all_alike_are_refused():
    rows = small_rows(ORDINAL, 300)
    ratings = pa.array([5] * 296 + [4] * 4)
    table = rows.set_column(rows.column_names.index("rating"), "rating", ratings)
    with pytest.raises(TooFewOutcomes, match="occurs 4 times in 300 rows.* 6 more"):
        find_leaks(ORDINAL, table, ARRIVAL)


def test_rows_without_an_outcome_are_refused(rows):
    won = pa.array([None, *rows["won"].to_pylist()[1:]], pa.int64())
    table = rows.set_column(rows.column_names.index("won"), "won", won)
    with pytest.raises(UsageError, match="rows without 'won'"):
        find_leaks(VISITS, table, ARRIVAL)


def test_a_moment_without_any_value_is_refused(rows):
    for name in ("minutes", "pages", "origin"):
        empty = pa.nulls(rows.num_rows, rows.schema.field(name).type)
        rows = rows.set_column(rows.column_names.index(name), name, empty)
    with pytest.raises(UsageError, match="no column of moment arrival has a value"):
        find_leaks(VISITS, rows, ARRIVAL)


def test_a_column_without_any_value_is_clear():
    case = small_use_case(BinaryTask())
    found = find_leaks(case, small_rows(case), ARRIVAL)
    (empty,) = (one for one in found.columns if one.column == "empty")
    assert empty.verdict is LeakVerdict.CLEAR
    assert empty.evidence.missing_share == 1


def test_the_page_escapes_what_data_says(rows):
    evil = "<script>alert(1)</script>"
    origin = np.where(rows["won"].to_numpy() == 1, evil, "Web").tolist()
    table = rows.set_column(rows.column_names.index("origin"), "origin", pa.array(origin))
    case = replace(VISITS, title=evil, entity=evil)
    html = leakage_page(find_leaks(case, table, ARRIVAL), case, evil)
    assert "&lt;script&gt;alert(1)" in html
    assert evil not in html


def test_ignored_columns_are_not_looked_at(rows):
    columns = tuple(
        replace(one, role=Role.IGNORED, known_from=ARRIVAL) if one.name == "answer" else one
        for one in VISITS.schema.columns
    )
    case = replace(VISITS, schema=replace(VISITS.schema, columns=columns))
    assert "answer" not in {one.column for one in find_leaks(case, rows, CONTACTED).columns}
