"""Covariate drift: what changes from the drift week on, and by how much."""

from typing import Final

import numpy as np

from ml.core.generator import columns as c
from ml.core.generator.block import Block
from ml.core.generator.rules import Ints
from ml.core.generator.tables import Tables
from ml.core.generator.variables import MISSING, VENDOR

CHAT_SHARE: Final = 0.3
"""Of the leads, drawn to the origin of chat leads at strength 1."""
TIME_FACTOR: Final = 0.7
"""On the time spent on the website at strength 1."""
SCORE_LOSS: Final = 0.5
"""Of the vendor's scores, gone at strength 1."""

DRIFTED_COLUMNS: Final = (
    c.ORIGIN,
    c.SOURCE,
    c.WEB_TIME,
    c.ACTIVITY_INDEX,
    c.PROFILE_INDEX,
    c.ACTIVITY_SCORE,
    c.PROFILE_SCORE,
)
"""Columns that drift directly; others follow through what depends on these."""


def drift(name: str, drawn: Ints, block: Block, tables: Tables) -> Ints:
    """Values of a variable after the drift; the same values where none is planted."""
    if block.scenario.drift_week is None or name not in (c.ORIGIN, c.WEB_TIME, VENDOR):
        return drawn
    return np.where(block.affected, _drifted(name, drawn, block, tables), drawn)


def _drifted(name: str, drawn: Ints, block: Block, tables: Tables) -> Ints:
    strength = block.scenario.drift_strength
    if name == c.WEB_TIME:
        return np.asarray(np.ceil(drawn * TIME_FACTOR**strength), dtype=np.int32)
    target, share = ("API", CHAT_SHARE) if name == c.ORIGIN else (MISSING, SCORE_LOSS)
    stays = block.streams.uniform(f"drift {name}", block.size) < (1 - share) ** strength
    return np.where(stays, drawn, np.int32(tables.levels[name].index(target)))
