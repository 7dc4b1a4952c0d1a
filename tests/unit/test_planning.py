"""Plans: who is worked, what is expected, and how often the expected interval holds."""

import json

import numpy as np
import pytest

from ml.contract.contact import ContactWish, broken_wishes
from ml.contract.errors import InvalidUseCase, UsageError
from ml.core.out_of_fold import HeldOut
from ml.core.planning import Leads, Terms, make_plan
from ml.core.planning.profit import profit_curve
from ml.core.planning.wins import LEVEL, expected_wins
from ml.core.planning.work_list import work_list
from ml.core.plots.profit_plot import profit_plot
from ml.core.scoring.models import logistic
from ml.core.scoring.venn_abers import venn_abers
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.small_use_case import BINARY

TERMS = Terms(capacity=3, value=100.0, cost=20.0)
CHANCES = np.array([0.1, 0.9, 0.3, 0.9, 0.25, 0.5])


def leads(chances=CHANCES, *, call=(), mail=(), outcome=None):
    count = len(chances)
    places = np.arange(count)
    score = (chances * 100).astype(int)
    return Leads(
        ids=np.array([f"lead-{at}" for at in places], dtype=object),
        score=score, score_low=score - 1, score_high=score + 1,
        band=np.array(["Warm"] * count, dtype=object),
        probability=chances, low=chances - 0.02, high=chances + 0.02,
        refused={"call": np.isin(places, call), "e-mail": np.isin(places, mail)},
        outcome=outcome,
    )  # fmt: skip


def ids(plan):
    return [lead.id for lead in plan.chosen]


def test_the_best_leads_are_worked_and_equals_stay_in_order():
    plan = make_plan(leads(), TERMS)
    assert ids(plan) == ["lead-1", "lead-3", "lead-5"]
    assert [lead.rank for lead in plan.chosen] == [1, 2, 3]
    assert plan.threshold == 0.5
    assert plan.chosen[0].expected_profit == pytest.approx(70)
    assert plan.wins.value == pytest.approx(2.3)
    assert plan.profit.value == pytest.approx(2.3 * 100 - 3 * 20)


def test_leads_that_do_not_pay_are_left_though_there_is_room():
    plan = make_plan(leads(), Terms(capacity=6, value=100, cost=28))
    assert ids(plan) == ["lead-1", "lead-3", "lead-5", "lead-2"]
    assert plan.curve.best == 4
    assert "only 4 of them are more likely than 28.0%" in plan.notes[0]


def test_more_room_than_leads_is_said():
    plan = make_plan(leads(), Terms(capacity=50, value=100, cost=0))
    assert len(plan.chosen) == 6
    assert plan.notes == ("there is room for 50 leads and only 6 to contact",)


def test_when_nothing_pays_nothing_is_worked():
    plan = make_plan(leads(), Terms(capacity=3, value=100, cost=101))
    assert (plan.chosen, plan.threshold) == ((), None)
    assert (plan.wins.value, plan.wins.low, plan.wins.high, plan.profit.value) == (0, 0, 0, 0)


def test_who_asked_for_no_contact_at_all_is_left_out_and_counted():
    plan = make_plan(leads(call=[1, 3], mail=[1, 5]), TERMS)
    assert ids(plan) == ["lead-3", "lead-5", "lead-2"]
    assert (plan.left_out, plan.marked) == (1, 2)
    assert [lead.asked_not for lead in plan.chosen] == [("call",), ("e-mail",), ()]


def test_an_action_leaves_out_who_refused_it():
    plan = make_plan(leads(call=[1, 3], mail=[1, 5]), TERMS, action="call")
    assert ids(plan) == ["lead-5", "lead-2", "lead-4"]
    assert (plan.left_out, plan.marked) == (2, 1)


def test_what_came_of_the_chosen_is_told_where_it_is_known():
    assert make_plan(leads(outcome=np.array([1.0, 1, 0, 0, 1, 1])), TERMS).won == 2
    assert make_plan(leads(), TERMS).won is None


def test_the_answer_is_json_with_the_curve_and_its_best_point():
    plain = json.loads(json.dumps(make_plan(leads(), TERMS).to_dict()))
    assert plain["best"]["leads"] == 5
    assert plain["best"]["expected"] == max(point["expected"] for point in plain["curve"])
    assert plain["terms"]["break_even"] == 0.2
    assert [lead["id"] for lead in plain["chosen"]] == ["lead-1", "lead-3", "lead-5"]


def test_the_list_to_hand_out():
    table = work_list(make_plan(leads(call=[1]), TERMS), "Prospect ID")
    assert table.column_names[:3] == ["rank", "Prospect ID", "score"]
    assert table["Prospect ID"].to_pylist() == ["lead-1", "lead-3", "lead-5"]
    assert table["asked_not"].to_pylist() == ["call", "", ""]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"capacity": 0}, "capacity is 0"),
        ({"capacity": -5}, "capacity is -5"),
        ({"value": -1.0}, "value is -1.0"),
        ({"value": 0.0}, "value is 0.0"),
        ({"value": float("nan")}, "value is nan"),
        ({"value": float("inf")}, "value is inf"),
        ({"cost": -0.01}, "cost is -0.01"),
        ({"cost": float("nan")}, "cost is nan"),
    ],
)
def test_terms_that_mean_nothing_are_refused(change, says):
    with pytest.raises(UsageError, match=says):
        Terms(**{"capacity": 1, "value": 1.0, "cost": 1.0} | change)


@pytest.mark.parametrize("count", [1, 60, 2_000, 2_001])
def test_wins_of_exact_chances_lie_in_their_interval(count):
    """The interval is discrete: it holds at least the promised share, and not much more."""
    random = np.random.default_rng(count)
    chances = random.beta(2, 2, count)
    found = expected_wins(chances, chances, chances)
    wins = (random.random((4_000, count)) < chances).sum(axis=1)
    held = np.mean((wins >= found.low) & (wins <= found.high))
    assert held >= LEVEL - 0.015
    assert count == 1 or held <= LEVEL + 0.08


@pytest.mark.parametrize("chances", [0.0, 1.0])
def test_certain_wins_have_no_interval(chances):
    sure = np.full(40, chances)
    found = expected_wins(sure, sure, sure)
    assert (found.low, found.value, found.high) == (40 * chances,) * 3


def test_wins_lie_in_the_interval_though_the_model_is_only_as_good_as_its_held_out_rows():
    """Repeated whole: rows are held out, tables made, the best leads picked, and leads decide."""
    random, held = np.random.default_rng(3), []
    for _ in range(60):
        truth = logistic(random.normal(-0.5, 1.6, 2_500))
        rows, new = truth[:1_500], truth[1_500:]
        outcome = (random.random(1_500) < rows).astype(float)
        edges, low, high = venn_abers(HeldOut(predicted=rows**1.3, outcome=outcome))
        step = np.searchsorted(edges, new**1.3, side="right")
        best = np.argsort(-new)[:100]
        chances = (low[step] + high[step])[best] / 2
        found = expected_wins(chances, low[step][best], high[step][best])
        held.append(found.low <= (random.random(100) < new[best]).sum() <= found.high)
    assert np.mean(held) >= LEVEL - 0.06
    assert found.high - found.low < 25  # of a hundred leads: it says something


def test_the_curve_holds_its_own_band_and_starts_at_nothing():
    ranked = np.sort(CHANCES)[::-1]
    curve = profit_curve(ranked, ranked - 0.02, ranked + 0.02, TERMS)
    assert (curve.expected[0], curve.low[0], curve.high[0]) == (0, 0, 0)
    assert ((curve.low <= curve.expected) & (curve.expected <= curve.high)).all()
    assert curve.high[1] == 100 - 20  # one lead wins once at most
    assert 5 in curve.points(2)


def test_the_picture_is_one():
    curve = profit_curve(CHANCES, CHANCES, CHANCES, TERMS)
    drawn = profit_plot(curve.expected, curve.low, curve.high, worked=3, best=curve.best)
    assert drawn.startswith(b"\x89PNG")


class TestContactWishes:
    def test_those_of_the_leads_are_sound(self):
        assert list(broken_wishes(LEAD_CONVERSION.contact_wishes, LEAD_CONVERSION.schema)) == []

    @pytest.mark.parametrize("column", ["price", "nothing"])
    def test_a_wish_needs_a_column_of_yes_and_no(self, column):
        (rule,) = broken_wishes((ContactWish(column=column, action="call"),), BINARY.schema)
        assert "no yes/no column" in rule

    def test_an_action_stands_once(self):
        twice = (ContactWish(column="gift", action="call"),) * 2
        (rule,) = broken_wishes(twice, BINARY.schema)
        assert "names an action twice" in rule or "name an action twice" in rule

    def test_the_use_case_refuses_what_is_broken(self):
        from dataclasses import replace

        with pytest.raises(InvalidUseCase, match="no yes/no column"):
            replace(BINARY, contact_wishes=(ContactWish(column="price", action="call"),))
