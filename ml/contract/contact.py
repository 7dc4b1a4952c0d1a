"""Contact wishes: the ways in which people ask not to be reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ml.contract.names import Kind
from ml.contract.schema import Schema


@dataclass(frozen=True, kw_only=True)
class ContactWish:
    """A column of yes and no in which a person asks not to be reached in one way.

    Parameters
    ----------
    column : str
        Yes means: not in this way.
    action : str
        The way, as people type it: "call".
    """

    column: str
    action: str


def broken_wishes(wishes: tuple[ContactWish, ...], schema: Schema) -> Iterator[str]:
    """What is wrong with a use case's contact wishes."""
    for wish in wishes:
        if wish.column not in schema or schema[wish.column].kind is not Kind.YES_NO:
            yield f"contact wish {wish.action!r} reads {wish.column!r}, which is no yes/no column"
    actions = [wish.action for wish in wishes]
    if len(set(actions)) < len(actions):
        yield f"contact wishes {actions} name an action twice"
