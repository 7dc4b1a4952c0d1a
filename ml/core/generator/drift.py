"""Covariate drift: what changes from the drift week on, and by how much."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from ml.core.generator import columns as c
from ml.core.generator.block import Block
from ml.core.generator.rules import Ints
from ml.core.generator.tables import Tables
from ml.core.generator.variables import MISSING, VENDOR

Drift = Callable[[Ints, Block, Tables], Ints]

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
    if block.scenario.drift_week is None or name not in _DRIFTS:
        return drawn
    return np.where(block.affected, _DRIFTS[name](drawn, block, tables), drawn)


def _more_chat(origin: Ints, block: Block, tables: Tables) -> Ints:
    return _redirected("origin", origin, 1 - CHAT_SHARE, tables.levels[c.ORIGIN].index("API"), block)


def _less_time(seconds: Ints, block: Block, tables: Tables) -> Ints:
    shorter = np.ceil(seconds * TIME_FACTOR**block.scenario.drift_strength)
    return np.asarray(shorter, dtype=np.int32)


def _fewer_scores(shown: Ints, block: Block, tables: Tables) -> Ints:
    return _redirected("vendor", shown, 1 - SCORE_LOSS, tables.levels[VENDOR].index(MISSING), block)


def _redirected(purpose: str, codes: Ints, stay: float, target: int, block: Block) -> Ints:
    chance = block.streams.uniform(f"drift {purpose}", block.size)
    return np.where(chance < stay**block.scenario.drift_strength, codes, np.int32(target))


_DRIFTS: Final[Mapping[str, Drift]] = {
    c.ORIGIN: _more_chat,
    c.WEB_TIME: _less_time,
    VENDOR: _fewer_scores,
}
