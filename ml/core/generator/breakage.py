"""A field that becomes unusable on its way from the CRM."""

from typing import Any, Final

import numpy as np
import pandas as pd

from ml.core.generator.block import Block
from ml.core.generator.objects import object_column, objects
from ml.core.generator.scenario import Breakage

CONSTANT: Final = "0"
"""What a stuck field says, whatever the lead."""


def break_field(frame: pd.DataFrame, block: Block) -> pd.DataFrame:
    """The frame with the scenario's field broken, from the drift week on if that is set."""
    name = block.scenario.broken_field
    if name is None:
        return frame
    intact = [None if pd.isna(value) else value for value in frame[name]]
    broken = [_broken(value, block.scenario.breakage) for value in intact]
    frame[name] = object_column(np.where(block.affected, objects(broken), objects(intact)))
    return frame


def _broken(value: Any, breakage: Breakage) -> Any:
    match breakage:
        case "empty":
            return None
        case "constant":
            return CONSTANT
        case "garbled":
            return None if value is None else f"\u00c3{value}\ufffd"
