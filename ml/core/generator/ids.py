"""Identifiers of leads: unique, and in order of arrival."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.core.generator.block import Block
from ml.core.generator.columns import LEAD_NUMBER, PROSPECT_ID
from ml.core.generator.objects import object_column, objects

FIRST_NUMBER = 579_533
NUMBER_STEP = 9
"""Other records of the CRM take the numbers between two leads."""


def ids_of(block: Block) -> dict[str, Any]:
    """The two id columns."""
    return {
        PROSPECT_ID: object_column(objects(_prospect_ids(block))),
        LEAD_NUMBER: lead_numbers(block),
    }


def lead_numbers(block: Block) -> NDArray[np.int64]:
    """Ascending numbers with gaps."""
    gap = np.floor(block.streams.uniform(LEAD_NUMBER, block.size) * NUMBER_STEP)
    return np.asarray(FIRST_NUMBER + NUMBER_STEP * block.positions + gap, dtype=np.int64)


def _prospect_ids(block: Block) -> list[str]:
    # Like UUIDs of version 4.
    digits = block.streams.generator("prospect id").bytes(16 * block.size).hex()
    return [
        f"{d[:8]}-{d[8:12]}-4{d[13:16]}-{'89ab'[int(d[16], 16) % 4]}{d[17:20]}-{d[20:]}"
        for d in (digits[at : at + 32] for at in range(0, len(digits), 32))
    ]
