"""What a training container says when it fails or is stopped."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from ml.cli.output import err
from ml.contract.errors import LeadwiseError
from ml.contract.training_job import LONGEST_REASON, TrainSettings

_FAILED, _STOPPED = 1, 128 + signal.SIGTERM


@contextmanager
def failures_told(settings: TrainSettings) -> Iterator[None]:
    """Write why a job failed, or was stopped, to where SageMaker reads it.

    Raises
    ------
    SystemExit
        With code 1 after a failure, 143 after SIGTERM.
    """
    signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    except LeadwiseError as error:
        _tell(settings, str(error))
        raise SystemExit(_FAILED) from error
    except SystemExit:
        _tell(settings, "stopped before it was done: no model was left; train again")
        raise
    except Exception as error:
        _tell(settings, f"{type(error).__name__}: {error}; see the job's log")
        raise


def _stop(_signal: int, _frame: object) -> NoReturn:
    raise SystemExit(_STOPPED)


def _tell(settings: TrainSettings, reason: str) -> None:
    err.print(f"error: {reason}", markup=False, soft_wrap=True)
    settings.failure.parent.mkdir(parents=True, exist_ok=True)
    settings.failure.write_text(reason[:LONGEST_REASON])
