"""Model cards: one per judgement, found by version, on the screen, as JSON and as a page."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from ml.bootstrap import laptop_runtime
from ml.contract.errors import StepMissing, UnknownName
from ml.contract.moments import ARRIVAL, ENGAGED
from ml.core.model_card import card_page, model_card
from ml.steps.cards import keep_card
from ml.steps.kept_cards import JSON, PAGE, latest_card
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.cards import sources
from tests.support.command_line import leadwise
from tests.support.watching import Silent

CARD = model_card(sources()) | {"version": "7"}
FILES = {PAGE: card_page(CARD, {}).encode(), JSON: json.dumps(CARD).encode()}


def judged(version):
    """What keeping a card asks of a judgement: whose it is."""
    examined = SimpleNamespace(use_case=LEAD_CONVERSION, moment=ENGAGED)
    return SimpleNamespace(examined=examined, version=SimpleNamespace(version=version))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Version 7 was judged twice, version 12 once."""
    folder = tmp_path_factory.mktemp("home")
    start = datetime(2026, 11, 21, tzinfo=UTC)
    clock = (start + timedelta(minutes=n) for n in range(9))
    runtime = laptop_runtime(folder, Silent())
    object.__setattr__(runtime, "now", lambda: next(clock))
    for version in ("7", "12", "7"):
        keep_card(runtime, judged(version), FILES)
    return folder, runtime.lake


def test_the_last_card_of_a_version_is_found(home):
    _, lake = home
    folder = "models/lead_conversion/engaged"
    found = [latest_card(lake, LEAD_CONVERSION, ENGAGED, version) for version in (None, "7", "12")]
    again, seventh, twelfth = found
    assert again == seventh == f"{folder}/7/20261121T000200000000/card.html"
    assert twelfth == f"{folder}/12/20261121T000100000000/card.html"


def test_a_version_without_a_card_is_refused_with_those_that_have_one(home):
    _, lake = home
    with pytest.raises(UnknownName, match="unknown version with a card '1'; there is: 7, 12"):
        latest_card(lake, LEAD_CONVERSION, ENGAGED, "1")
    with pytest.raises(StepMissing, match="reads the result of 'evaluate'"):
        latest_card(lake, LEAD_CONVERSION, ARRIVAL, None)


def test_the_command_shows_writes_and_prints(home, tmp_path):
    folder, _ = home
    page = tmp_path / "card.html"
    words = ("card", "lead_conversion", "--home", folder)
    shown = leadwise(*words, "--version", "7")
    assert shown.code == 0, shown.err
    assert "Precision in the best tenth" in shown.out
    written = leadwise(*words, "--output", page, "--json")
    assert json.loads(written.out) == CARD
    assert page.read_bytes() == FILES[PAGE]
    refused = leadwise(*words, "--version", "99", "--json")
    assert refused.code == 2
    assert "there is: 7, 12" in json.loads(refused.out)["error"]["message"]
    nowhere = leadwise(*words, "--output", tmp_path / "no" / "card.html")
    assert nowhere.code == 2
    assert "there is no folder" in nowhere.err
