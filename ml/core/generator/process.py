"""The hidden CRM process: a lead arrives, its outcome is decided, then it is worked."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml.core.generator import columns as c
from ml.core.generator.block import Block
from ml.core.generator.concept import with_other_meaning
from ml.core.generator.drift import drift
from ml.core.generator.number_levels import numbers_from
from ml.core.generator.odds import with_other_odds
from ml.core.generator.outcome import conversion_logit, probability
from ml.core.generator.rare import sprinkle
from ml.core.generator.rules import Floats, Ints, draw
from ml.core.generator.tables import Tables
from ml.core.generator.variables import AGENT, ARRIVAL, ENGAGEMENT, NUMBERS, PERIOD


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """Every variable of a block of leads, and the truth behind the outcome."""

    values: dict[str, Ints]
    probability: Floats


def simulate(block: Block, tables: Tables) -> Simulated:
    """Leads of a block: codes for levels, plain values for numbers."""
    known: dict[str, Ints] = {PERIOD: block.periods}
    _draw_all(ARRIVAL, known, block, tables)
    meant = with_other_meaning(
        conversion_logit(tables.outcome, known), known, block, tables.outcome
    )
    logit = with_other_odds(meant, block)
    chance = probability(logit + _shift(block))
    converted = block.streams.uniform(c.CONVERTED, block.size) < chance
    known[c.CONVERTED] = converted.astype(np.int32)
    _draw_all((*ENGAGEMENT, *AGENT), known, block, tables)
    return Simulated(values=known, probability=chance)


def _draw_all(names: Sequence[str], known: dict[str, Ints], block: Block, tables: Tables) -> None:
    for name in names:
        drawn = draw(tables.rules[name], known, block.streams.uniform(name, block.size))
        if name in tables.rare:
            chance = block.streams.uniform(f"rare {name}", block.size)
            drawn = sprinkle(drawn, tables.rare[name], chance)
        if name in NUMBERS:
            within = block.streams.uniform(f"within {name}", block.size)
            drawn = numbers_from(drawn, tables.ranges[name], within)
        known[name] = drift(name, drawn, block, tables)


def _shift(block: Block) -> Floats:
    return np.where(block.affected, block.scenario.base_rate_shift, 0.0)
