"""Planted repeats: leads that were entered again under new ids."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.core.generator.block import Block

NEARBY_LEADS = 50
"""How far back a repeat reaches; near, so that a repeat carries no old period forward."""


def with_repeats(fields: pd.DataFrame, block: Block) -> pd.DataFrame:
    """The fields, some leads showing those of an earlier one."""
    if not block.scenario.duplicate_share:
        return fields
    return fields.take(originals_of(block)).reset_index(drop=True)


def originals_of(block: Block) -> NDArray[np.intp]:
    """Row within the block whose fields each lead shows; its own unless it is a repeat."""
    rows = np.arange(block.size)
    if not block.scenario.duplicate_share:
        return rows
    random = block.streams.generator("repeats")
    repeats = random.random(block.size) < block.scenario.duplicate_share
    back = 1 + np.floor(random.random(block.size) * NEARBY_LEADS).astype(np.intp)
    shown = np.where(repeats, np.maximum(rows - back, 0), rows)
    # A repeat of a repeat shows the first of the chain.
    while not np.array_equal(shown, shown[shown]):
        shown = shown[shown]
    return shown
