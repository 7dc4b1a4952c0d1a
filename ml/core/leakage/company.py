"""With which other fields a field is filled in: what is written together is known together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ml.contract.schema import Column
from ml.core.coding import Coded

#: Share of rows missing in either that are missing in both (Jaccard) from which two fields count
#: as filled in together.
TOGETHER = 0.95
#: Fields that are missing in fewer rows are missing together by accident.
_LEAST_MISSING = 0.02


def overlap(one: Coded, other: Coded) -> float:
    """Share of the rows missing in either column that are missing in both."""
    either = int(np.count_nonzero(one.missing | other.missing))
    return float(np.count_nonzero(one.missing & other.missing)) / either if either else 0.0


def later_company(
    column: Column, columns: Sequence[Column], coded: Mapping[str, Coded]
) -> tuple[Column, ...]:
    """Columns declared for a later moment that are filled in for the very same rows."""
    own = coded[column.name]
    if not _LEAST_MISSING <= own.missing_share < 1:
        return ()
    return tuple(
        other
        for other in columns
        if column.known_from < other.known_from and overlap(own, coded[other.name]) >= TOGETHER
    )
