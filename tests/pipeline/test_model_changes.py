"""What a person does to a model by hand: only what they have looked at."""

import pytest

from ml.contract.errors import GateRefused, StaleAlias, StepMissing, UsageError
from ml.contract.moments import ARRIVAL
from ml.contract.names import Step
from ml.contract.standing import champion_of
from ml.steps.model_changes import promote_judged, roll_back
from tests.support.serving_home import MODEL, approved, serving_home
from tests.support.training import VISITS


@pytest.fixture
def home(tmp_path):
    return serving_home(tmp_path)


def judged(home, version, champion):
    verdict = approved(version, champion)
    home.runtime.journal.finish(VISITS.scope(ARRIVAL), Step.EVALUATE, version, verdict)


def promoted(home, version):
    promote_judged(VISITS, home.runtime, moment=ARRIVAL, version=version)


def test_what_was_looked_at_becomes_champion_and_serves_and_goes_back(home):
    for version, champion in (("1", None), ("2", "1")):
        judged(home, version, champion)
        promoted(home, version)
        assert (home.champion, home.served) == (version, version)
    roll_back(VISITS, home.runtime, moment=ARRIVAL, to="1", champion="2", reason="odd scores")
    assert (home.champion, home.served) == ("1", "1")
    assert any(entry.why == "odd scores" for entry in home.ledger.entries(MODEL))


def test_nothing_is_promoted_that_was_not_judged(home):
    with pytest.raises(StepMissing):
        promoted(home, "1")


def test_another_version_than_the_one_looked_at_is_not_promoted(home):
    judged(home, "2", None)
    with pytest.raises(UsageError, match="version 2 was judged after version 1"):
        promoted(home, "1")
    assert home.champion is None


def test_a_stale_verdict_changes_nothing(home):
    judged(home, "1", None)
    promoted(home, "1")
    judged(home, "2", None)
    with pytest.raises(GateRefused, match="STALE_CHAMPION"):
        promoted(home, "2")
    with pytest.raises(StaleAlias):
        roll_back(VISITS, home.runtime, moment=ARRIVAL, to="2", champion="2", reason="x")
    assert champion_of(home.ledger.entries(MODEL)) == "1"
