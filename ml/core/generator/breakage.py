"""A field that becomes unusable on its way from the CRM."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import pandas as pd

from ml.core.generator.block import Block
from ml.core.generator.scenario import Breakage

CONSTANT: Final = "0"
"""What a stuck field says, whatever the lead."""


def break_field(frame: pd.DataFrame, block: Block) -> pd.DataFrame:
    """The frame with the scenario's field broken, from the drift week on if that is set."""
    name = block.scenario.broken_field
    if name is None:
        return frame
    whole = frame[name].astype(object)
    intact = whole.where(whole.notna(), None)
    broken = _BREAKAGES[block.scenario.breakage](intact)
    frame[name] = pd.Series(np.where(block.affected, broken, intact), dtype=object)
    return frame


def _empty(values: "pd.Series[object]") -> list[object]:
    return [None] * len(values)


def _constant(values: "pd.Series[object]") -> list[object]:
    return [CONSTANT] * len(values)


def _garbled(values: "pd.Series[object]") -> list[object]:
    return [None if value is None else f"\u00c3{value}\ufffd" for value in values]


_BREAKAGES: Final[Mapping[Breakage, Callable[["pd.Series[object]"], list[object]]]] = {
    "empty": _empty,
    "constant": _constant,
    "garbled": _garbled,
}
