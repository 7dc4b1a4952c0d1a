"""A broken way back from the CRM: outcomes that happened, and that nobody is told."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.core.generator.block import Block
from ml.core.generator.columns import CONVERTED, OUTCOME_DATE


def lose_outcomes(frame: pd.DataFrame, block: Block) -> pd.DataFrame:
    """The frame without the outcomes that the scenario loses."""
    if not block.scenario.lost_outcomes:
        return frame
    lost = lost_of(block)
    frame[CONVERTED] = frame[CONVERTED].astype("Int64").mask(lost)
    if OUTCOME_DATE in frame:
        frame[OUTCOME_DATE] = frame[OUTCOME_DATE].mask(lost, None)
    return frame


def lost_of(block: Block) -> NDArray[np.bool_]:
    """Leads whose outcome never comes back."""
    chance = block.streams.uniform("lost outcome", block.size)
    return block.affected & (chance < block.scenario.lost_outcomes)
