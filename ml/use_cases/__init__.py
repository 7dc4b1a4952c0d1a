"""Use cases: one module each, holding one `UseCase` under the upper-case name of the module."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from ml.contract.errors import InvalidUseCase, UnknownName
from ml.contract.use_case import UseCase


def names() -> list[str]:
    """Names of the use cases that exist: the modules beside this one."""
    return sorted(module.name for module in iter_modules(__path__))


def find(name: str) -> UseCase:
    """The use case called `name`.

    Raises
    ------
    UnknownName
        Listing the use cases that exist.
    InvalidUseCase
        If the module holds no use case of its own name.

    Examples
    --------
    >>> find("lead_conversion").title
    'Lead conversion'
    """
    if name not in names():
        raise UnknownName("use case", name, names())
    value = getattr(import_module(f"{__name__}.{name}"), name.upper(), None)
    if not isinstance(value, UseCase):
        raise InvalidUseCase(
            f"module ml.use_cases.{name} must hold a UseCase called {name.upper()}"
        )
    return value
