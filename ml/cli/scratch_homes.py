"""Homes that nobody needs afterwards, and the quickest training for them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ml.contract.errors import UsageError
from ml.contract.names import Estimator
from ml.contract.use_case import UseCase


def quickest(use_case: UseCase) -> tuple[str, int]:
    """One family and no more than its list: what is shown is the same for all."""
    families = [candidate.estimator for candidate in use_case.candidates]
    family = Estimator.LIGHTGBM if Estimator.LIGHTGBM in families else families[0]
    of_it = [each for each in use_case.candidates if each.estimator == family]
    return family.value, sum(candidate.listed for candidate in of_it)


@contextmanager
def scratch_home(home: Path | None, why_new: str) -> Iterator[Path]:
    """A folder to work in: a new one that stays, or one that is thrown away.

    Parameters
    ----------
    home : Path or None
        None to throw it away.
    why_new : str
        Why it must not be one that somebody needs.

    Raises
    ------
    UsageError
        If it holds something already.
    """
    if home is None:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
        return
    if home.exists() and any(home.iterdir()):
        raise UsageError(f"{home} is not empty, and {why_new}: name a new folder")
    home.mkdir(parents=True, exist_ok=True)
    yield home
