"""With which other fields a field is filled in: what is written together is known together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ml.contract.schema import Column
from ml.core.coding import Coded, Flags

#: Overlap from which two fields count as filled in together.
TOGETHER = 0.95
#: Fields that are missing in fewer rows are missing together by accident.
_LEAST_MISSING = 0.02


def overlap(one: Coded, other: Coded) -> float:
    """How nearly two columns are filled in for the same rows, from 0 to 1.

    The smaller of two Jaccard indices: of the rows where they are missing, and of those where
    they have a value. With one alone, any two rare fields, or any two common ones, would overlap.
    """
    return min(_jaccard(one.missing, other.missing), _jaccard(~one.missing, ~other.missing))


def _jaccard(one: Flags, other: Flags) -> float:
    either = int(np.count_nonzero(one | other))
    return float(np.count_nonzero(one & other)) / either if either else 0.0


def later_company(
    column: Column, columns: Sequence[Column], coded: Mapping[str, Coded]
) -> tuple[Column, ...]:
    """Columns declared for a later moment that are filled in for the very same rows."""
    own = coded[column.name]
    if own.missing_share < _LEAST_MISSING:
        return ()
    later = [other for other in columns if column.known_from < other.known_from]
    return tuple(other for other in later if overlap(own, coded[other.name]) >= TOGETHER)
