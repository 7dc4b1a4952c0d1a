"""Model cards that are kept in the lake, found by version."""

from __future__ import annotations

import json

from ml.contract.errors import StepMissing, UnknownName
from ml.contract.moments import Moment
from ml.contract.names import Step, Zone
from ml.contract.records import JsonObject
from ml.contract.use_case import UseCase
from ml.ports import Lake

PAGE, JSON = "card.html", "card.json"


def cards_prefix(use_case: UseCase, moment: Moment) -> str:
    """Below which keys the cards of a model are; the next part is the version."""
    return f"{Zone.MODELS}/{use_case.name}/{moment}/"


def latest_card(lake: Lake, use_case: UseCase, moment: Moment, version: str | None) -> str:
    """Key of the page of a version's last card; of the last card of all for None.

    Raises
    ------
    StepMissing
        If no version was judged yet.
    UnknownName
        Listing the versions that have a card.
    """
    prefix = cards_prefix(use_case, moment)
    of = {
        key: key.removeprefix(prefix).split("/")
        for key in lake.keys(prefix)
        if key.endswith(f"/{PAGE}")
    }
    if not of:
        raise StepMissing("card", Step.EVALUATE)
    found = [key for key, (judged, *_) in of.items() if version in (None, judged)]
    if not found:
        known = sorted({judged for judged, *_ in of.values()}, key=lambda name: (len(name), name))
        raise UnknownName("version with a card", str(version), known)
    return max(found, key=lambda key: of[key][1])


def card_page(lake: Lake, key: str) -> str:
    """A card's page."""
    return lake.fetch(key).read_text("utf-8")


def card_facts(lake: Lake, key: str) -> JsonObject:
    """What a card says, by the key of its page."""
    facts: JsonObject = json.loads(lake.fetch(key.removesuffix(PAGE) + JSON).read_text("utf-8"))
    return facts
