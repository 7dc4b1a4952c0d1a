"""The generator's figures, read once from `tables.json` beside this module.

Every figure there is an aggregate over five leads or more; `bench/fit_generator.py` is the recipe.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from ml.core.generator.number_levels import Ranges, ranges_of
from ml.core.generator.outcome import Outcome, compile_outcome
from ml.core.generator.rare import Rare, compile_rare
from ml.core.generator.rules import Node, compile_rule
from ml.core.generator.variables import NUMBERS


@dataclass(frozen=True, kw_only=True)
class Tables:
    """Everything that was learned from the real file."""

    levels: Mapping[str, list[str]]
    ranges: Mapping[str, Ranges]
    rules: Mapping[str, Node]
    rare: Mapping[str, Rare]
    outcome: Outcome
    flags: Mapping[str, float]


@lru_cache(maxsize=1)
def load_tables() -> Tables:
    """Tables that ship with the package."""
    text = files("ml.core.generator").joinpath("tables.json").read_text(encoding="utf-8")
    return parse_tables(json.loads(text))


def parse_tables(document: Mapping[str, Any]) -> Tables:
    """Tables from the parsed JSON document."""
    levels: dict[str, list[str]] = document["levels"]
    return Tables(
        levels=levels,
        ranges={name: ranges_of(levels[name]) for name in NUMBERS},
        rules={n: compile_rule(r, levels[n], levels) for n, r in document["rules"].items()},
        rare={n: compile_rare(r, levels[n]) for n, r in document["rare"].items()},
        outcome=compile_outcome(document["outcome"], levels),
        flags=document["flags"],
    )
