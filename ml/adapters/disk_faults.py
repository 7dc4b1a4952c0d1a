"""A disk that takes no more, as our error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ml.contract.errors import DependencyUnavailable


@contextmanager
def disk_faults(what: str) -> Iterator[None]:
    """Turn what the disk of this machine refuses into our error.

    Parameters
    ----------
    what : str
        What the block writes, as a message begins: ``"the run 'ab' in /home/spool"``.

    Raises
    ------
    DependencyUnavailable
        Naming it, the system's word, and what to do.
    """
    try:
        yield
    except FileNotFoundError:  # what was to be read is not the disk's fault
        raise
    except OSError as error:
        raise DependencyUnavailable(
            f"{what} cannot be written on this machine ({error.strerror or error}); make room on "
            "its disk, or let this user write there, and start again"
        ) from error
