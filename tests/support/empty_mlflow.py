"""An MLflow with nothing in it, made once for all homes of a test run."""

import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from ml.adapters.mlflow_connection import quiet
from ml.adapters.mlflow_sqlite import create


def copying(template: Path) -> Callable[[Path], None]:
    """`mlflow_sqlite.create` without the migrations, which take longer than most tests.

    Parameters
    ----------
    template : Path
        What is copied; the first of all processes that needs it makes it.
    """

    def copied(database: Path) -> None:
        if database.exists():
            return
        with FileLock(template.with_suffix(".lock")), quiet():
            create(template)
        unfinished = database.with_suffix(".copy")
        shutil.copy(template, unfinished)
        unfinished.replace(database)

    return copied
