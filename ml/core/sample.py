"""Synthetic leads of a use case as CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import BinaryIO

import pandas as pd

from ml.contract.errors import UnknownName
from ml.contract.use_case import UseCase
from ml.core.generator import Scenario, generate_leads

_GENERATORS: dict[str, Callable[..., Iterator[pd.DataFrame]]] = {"lead_conversion": generate_leads}


def write_csv(
    use_case: UseCase,
    stream: BinaryIO,
    *,
    rows: int,
    seed: int,
    scenario: Scenario | None = None,
    hidden: frozenset[str] = frozenset(),
) -> None:
    """Write synthetic leads in pieces, with memory that does not grow with their number.

    Parameters
    ----------
    use_case : UseCase
        Whose table is imitated.
    stream : binary file
        Where the CSV goes, UTF-8.
    rows, seed : int
        How many, and which.
    scenario : Scenario, optional
        What is planted; nothing by default.
    hidden : frozenset of str, default=frozenset()
        Source columns to leave out.

    Raises
    ------
    UnknownName
        If nobody wrote a generator for the use case.
    """
    if use_case.name not in _GENERATORS:
        raise UnknownName("generator for the use case", use_case.name, _GENERATORS)
    chunks = _GENERATORS[use_case.name](rows=rows, seed=seed, scenario=scenario or Scenario())
    for number, chunk in enumerate(chunks):
        shown = chunk.drop(columns=list(hidden & set(chunk.columns)))
        shown.to_csv(stream, index=False, header=number == 0, lineterminator="\n")


def sample_csv(use_case: UseCase, *, rows: int, seed: int) -> bytes:
    """A small file of synthetic leads without their outcomes.

    Examples
    --------
    >>> from ml.use_cases import find
    >>> sample_csv(find("lead_conversion"), rows=2, seed=0).count(b"Converted,")
    0
    """
    stream = BytesIO()
    hidden = frozenset({use_case.schema.target.source})
    write_csv(use_case, stream, rows=rows, seed=seed, hidden=hidden)
    return stream.getvalue()
