"""The model card: everything that is known of a version, and nothing that runs."""

import json
from dataclasses import replace

import numpy as np
import pytest

from ml.contract.modelling import OrdinalTask
from ml.contract.names import Score, Trait
from ml.contract.records import Verdict
from ml.core.figure_words import FIGURE_WORDS
from ml.core.model_card import card_page, model_card
from ml.core.reliability import reliability
from tests.support.cards import sources
from tests.support.small_use_case import BINARY, small_use_case

PICTURE = {"How often it happens": b"\x89PNG"}


def test_every_metric_has_words():
    assert set(FIGURE_WORDS) == {*Score, *Trait}


def test_a_card_tells_all_that_is_known():
    card = model_card(sources())
    assert json.loads(json.dumps(card, allow_nan=False)) == card
    assert (card["model"], card["version"]) == ("leadwise-small-arrival", "7")
    assert card["purpose"]["predicts"] == "the probability that the order returns"
    first = card["figures"][0]
    assert (first["words"], first["value"], first["champion"]["value"]) == ("AUC", 0.93, 0.925)
    assert card["gates"][1]["figure"] is None  # JSON has no NaN
    assert [one["name"] for one in card["columns"]] == ["price", "region_group", "gift"]
    assert card["columns"][0]["concept"] == "Money"
    assert {one["known_from"] for one in card["columns"]} == {"arrival"}
    assert card["data"]["period"] == ["2025-01-01", "2025-09-30"]
    assert card["training"]["given_up"] == 1
    assert card["leakage"]["note"].startswith("shop")
    assert card["lineage"]["git_commit"] == "f" * 40
    assert card["lineage"]["package_sha256"] == "ab" * 32


def test_the_limits_name_what_is_known_later_and_what_carries_no_days():
    limits = " ".join(model_card(sources(period=None))["limits"])
    assert "nothing that is known later (Note)" in limits
    assert "carry no days" in limits
    assert "carry no days" not in " ".join(model_card(sources())["limits"])


def test_the_page_shows_what_the_json_says():
    html = card_page(model_card(sources()), PICTURE)
    for words in (
        "Small, arrival: version 7", "Not approved", "0.930", "0.920 to 0.940", "0.925",
        "The share of intervals that hold what happened is not known", "shop (alone AUC 0.970)",
        "order of rows: 0 points",
        "2025-01-01 to 2025-09-30", "lightgbm num_leaves=8", "f" * 40, "data:image/png;base64,",
    ):  # fmt: skip
        assert words in html, words


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_whatever_names_hold_is_no_markup(hostile):
    case = replace(BINARY, title=hostile, entity=hostile)
    given = sources(case, lineage={hostile: hostile})
    given = replace(given, verdict=replace(given.verdict, reason=hostile))
    html = card_page(model_card(given), {hostile: b""})
    assert hostile not in html
    assert "<script" not in html
    assert "<img src=x" not in html


def test_a_version_that_could_not_be_judged_has_a_card_too():
    given = sources()
    bare = Verdict(
        model=given.verdict.model, version="7", champion=None, approved=False, metrics={},
        intervals={}, gates=(), reason="every prediction is 0.5",
    )  # fmt: skip
    train = replace(given.train, validation={}, importance={})
    card = model_card(
        replace(given, verdict=bare, train=train, snapshot=None, traits={}, period=None)
    )
    html = card_page(card, {})
    assert "every prediction is 0.5" in html
    assert "cannot be judged at all" in html
    assert "No gate asked for either" in html


def test_ratings_have_a_card():
    case = small_use_case(OrdinalTask(low=1, high=5))
    given = sources(case)
    figures = {"spearman": given.verdict.intervals["f1"], "mae": given.verdict.intervals["ece"]}
    ratings = replace(given.verdict, intervals=figures, champion_intervals={})
    card = model_card(replace(given, verdict=ratings))
    assert card["purpose"]["predicts"] == "a rating of the order, judged by its rank"
    html = card_page(card, {})
    assert "Rank correlation" in html
    assert "Champion" not in html


def test_a_card_says_how_often_it_happened_by_what_was_said():
    bins = reliability(np.repeat([0.0, 1.0], 50), np.linspace(0, 1, 100))
    told = model_card(sources(reliability=bins))["reliability"]
    assert [one["rows"] for one in told] == [10] * 10
    assert (told[0]["seen"], told[-1]["seen"]) == (0.0, 1.0)
    assert told[4]["low"] <= told[4]["seen"] <= told[4]["high"]
