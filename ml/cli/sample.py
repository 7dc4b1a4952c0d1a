"""Synthetic leads as files."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from ml.contract.errors import UnknownName
from ml.contract.use_case import UseCase
from ml.core.generator import Scenario, generate_leads

_GENERATORS = {"lead_conversion": generate_leads}


def write_leads(
    use_case: UseCase, out: Path, *, rows: int, seed: int, scenario: Scenario | None = None
) -> None:
    """Write synthetic leads of a use case as CSV, in pieces.

    Raises
    ------
    UnknownName
        If nobody wrote a generator for the use case.
    """
    with out.open("wb") as stream:
        _write(use_case, stream, rows=rows, seed=seed, scenario=scenario or Scenario())


def sample_csv(use_case: UseCase, *, rows: int, seed: int) -> bytes:
    """Synthetic leads as the bytes of a CSV file, without their outcomes."""
    stream = BytesIO()
    hidden = use_case.schema.target.source
    _write(use_case, stream, rows=rows, seed=seed, scenario=Scenario(), hidden=hidden)
    return stream.getvalue()


def _write(
    use_case: UseCase,
    stream: BinaryIO,
    *,
    rows: int,
    seed: int,
    scenario: Scenario,
    hidden: str | None = None,
) -> None:
    if use_case.name not in _GENERATORS:
        raise UnknownName("generator for the use case", use_case.name, _GENERATORS)
    chunks = _GENERATORS[use_case.name](rows=rows, seed=seed, scenario=scenario)
    for number, chunk in enumerate(chunks):
        shown = chunk.drop(columns=hidden) if hidden else chunk
        shown.to_csv(stream, index=False, header=number == 0)
