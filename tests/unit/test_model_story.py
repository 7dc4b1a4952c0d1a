"""The story of a model's versions: who may take whose place, and why not."""

import pytest

from ml.contract.ledger import Action
from tests.support.version_story import STORY, MemoryModels

TRAINED = [(Action.TRAIN, "1", None, "xgboost, chosen of 4 configurations")]
REFUSED = [*STORY[:-1], (Action.GATE, "3", "2", "rejected: worse than the champion")]
OVERTAKEN = [*STORY, (Action.ROLLBACK, "1", "2", "odd scores")]


def test_each_version_stands_where_the_ledger_says():
    story = MemoryModels().story()
    standing = (story.champion, story.challenger, story.previous)
    assert [one and one.version for one in standing] == ["2", "3", "1"]
    assert [one.version for one in story.past_champions] == ["1"]
    assert story.objection == ""
    assert [entry.number for entry in story.entries] == list(range(8, 0, -1))


@pytest.mark.parametrize(
    ("happened", "said"),
    [
        ((), "there is no challenger"),
        (STORY[:6], "there is no challenger"),
        (TRAINED, "version 1 was not judged yet"),
        (REFUSED, "the gates said no to version 3"),
        (OVERTAKEN, "judged beside version 2, which is not champion now"),
    ],
)
def test_what_keeps_a_challenger_from_the_place_is_said(happened, said):
    assert said in MemoryModels(happened).story().objection


def test_a_ledger_that_was_changed_promotes_nobody():
    models = MemoryModels()
    del models.entries[2]
    assert "ledger is not what was written" in models.story().objection
