"""Opens what a command works on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from ml.cli.output import err
from ml.contract.candidates import families_of
from ml.contract.names import EngineName
from ml.contract.settings import LaptopSettings
from ml.use_cases import find

if TYPE_CHECKING:
    from ml.contract.use_case import UseCase
    from ml.pipeline import Pipeline


def valued(case: UseCase, value_per_win: float | None) -> UseCase:
    """The use case with what a win is worth, where somebody said it.

    Raises
    ------
    InvalidUseCase
        If it is not above 0.
    """
    return case if value_per_win is None else replace(case, value_per_win=value_per_win)


@contextmanager
def opened(
    use_case: str,
    moment: str | None,
    home: str,
    *,
    exclusive: bool = True,
    engine: str = EngineName.DUCKDB.value,
    families: str = "",
    trials: int | None = None,
    value_per_win: float | None = None,
) -> Iterator[Pipeline]:
    """The pipeline of a use case on a home, with progress on standard error.

    Names are checked before anything heavy is imported, so that a typing error shows at once.

    Parameters
    ----------
    use_case, moment, home : str
        As the person typed them; no moment means the use case's default.
    exclusive : bool, default=True
        Hold the home's lock meanwhile.
    engine : str, default='duckdb'
        What runs SQL over files.
    families : str, default=''
        Families of models to try, with commas between them; all if empty.
    trials : int or None, default=None
        Configurations to try in all; None for what the use case says.
    value_per_win : float or None, default=None
        What a win is worth; None for what the use case says.
    """
    case = valued(find(use_case), value_per_win).trying(families_of(families), trials)
    when = case.moment(moment)
    settings = replace(LaptopSettings.from_env(os.environ), home=home, engine=engine)
    from ml.bootstrap import laptop
    from ml.pipeline import Pipeline

    with laptop(settings, err, exclusive=exclusive) as runtime:
        yield Pipeline(case, runtime, when)
        if waiting := runtime.tracker.waiting():
            err.print(
                f"degraded: runs that wait in {settings.path / 'spool'} for MLflow: {waiting}"
            )
