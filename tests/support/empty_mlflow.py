"""An MLflow with nothing in it, made once for all homes of a test process."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from threading import Lock

from ml.adapters.mlflow_connection import quiet
from ml.adapters.mlflow_sqlite import create

_MAKING = Lock()


def copied(database: Path) -> None:
    """`mlflow_sqlite.create` without the migrations, which take longer than most tests."""
    if database.exists():
        return
    with _MAKING:
        template = _made()
    unfinished = database.with_suffix(".copy")
    shutil.copy(template, unfinished)
    unfinished.replace(database)


@cache
def _made() -> Path:
    file = Path(tempfile.mkdtemp()) / "mlflow.db"
    atexit.register(shutil.rmtree, file.parent, ignore_errors=True)
    with quiet():
        create(file)
    return file
