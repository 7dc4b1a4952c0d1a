"""How many of the strongest reasons two models share."""

import pytest

from ml.core.scoring.reasons import Reasons
from ml.core.scoring.scored import Reason
from ml.core.scoring.stability import top_overlap


def why(**points):
    told = [
        Reason(concept=concept, text="", points=float(of), contribution=0.0)
        for concept, of in points.items()
    ]
    return Reasons(
        tuple(reason for reason in told if reason.points > 0),
        tuple(reason for reason in told if reason.points < 0),
    )


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        (why(time=9, place=-5, source=3), why(source=2, time=1, place=1), 1.0),
        (why(time=9, place=-5, source=3, wish=1), why(time=9, place=-5, source=1, wish=3), 2 / 3),
        (why(time=9), why(place=9), 0.0),
        (why(time=9), why(time=9, place=2), 1 / 2),
        (why(), why(), 1.0),
    ],
)
def test_the_strongest_three_are_compared_whatever_their_order(one, other, shared):
    assert top_overlap([one], [other]) == pytest.approx(shared)


def test_leads_are_averaged():
    assert top_overlap([why(time=1), why(time=1)], [why(time=1), why(place=1)]) == 0.5
