"""Permissions that no call of our code shows: what AWS does as a role, and what libraries do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.support.permissions.runtimes import Runtime


@dataclass(frozen=True, kw_only=True)
class Implied:
    """Actions that AWS or a library takes as a role.

    Parameters
    ----------
    who : tuple of str
        Roles (``"ingestion/IntakeRole"``), or principals that take a role on, for all of theirs.
    actions : tuple of str
        Each by its whole name.
    places : tuple of str
        Resources, as in `SUBJECTS`.
    why : str
        What takes them, and what for.
    library : str, default=''
        Package that makes the calls within our code, where AWS does not.
    where : callable, optional
        Whether it holds for a runtime. Default: for each of `who`.
    """

    who: tuple[str, ...]
    actions: tuple[str, ...]
    places: tuple[str, ...]
    why: str
    library: str = ""
    where: Callable[[Runtime], bool] = lambda runtime: True

    def is_of(self, runtime: Runtime) -> bool:
        """Whether it is about a runtime's role."""
        named = runtime.name in self.who or not set(self.who).isdisjoint(runtime.services)
        return named and self.where(runtime)
