"""Levels too rare for a table of their own: they take the place of a common one now and then."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.core.generator.rules import Floats, Ints, Node, compile_rule, draw
from ml.core.generator.variables import MISSING

NOT_TYPED = (MISSING, "Select")
"""States of a field, which say more than a value: a rare value never replaces them."""


@dataclass(frozen=True, kw_only=True)
class Rare:
    """Table of the rare levels of one variable, and the share of leads that get one."""

    share: float
    table: Node
    kept: Ints


def compile_rare(document: Mapping[str, Any], levels: list[str]) -> Rare:
    """Rare levels from their readable form, `{"of_leads": share, "shares": {level: share}}`."""
    return Rare(
        share=document["of_leads"],
        table=compile_rule(document, levels, {}),
        kept=np.array([i for i, x in enumerate(levels) if x in NOT_TYPED], dtype=np.int32),
    )


def sprinkle(drawn: Ints, rare: Rare, uniform: Floats) -> Ints:
    """Codes with a rare level in place of a few common ones."""
    replaced = (uniform < rare.share) & ~np.isin(drawn, rare.kept)
    sprinkled = drawn.copy()
    sprinkled[replaced] = draw(rare.table, {}, uniform[replaced] / rare.share)
    return sprinkled
