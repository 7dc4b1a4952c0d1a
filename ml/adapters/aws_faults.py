"""What AWS refuses, in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ml.contract.errors import AccessDenied, DependencyUnavailable

_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AccessForbidden"})


@contextmanager
def aws_faults(what: str) -> Iterator[None]:
    """Turn the faults of a service into our errors.

    Parameters
    ----------
    what : str
        What the block works on, as a message begins: ``"Athena's workgroup 'leads'"``.

    Raises
    ------
    AccessDenied
        Naming what is denied.
    DependencyUnavailable
        If it refuses for another reason, or does not answer.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _DENIED:
            raise AccessDenied(
                f"AUTH: {what} denies {error.operation_name}; allow it to the role"
            ) from error
        raise DependencyUnavailable(
            f"{what} refused ({error}); look at the message and its name, and start again"
        ) from error
    except BotoCoreError as error:
        raise DependencyUnavailable(
            f"{what} is away ({error}); check the network and start again"
        ) from error
