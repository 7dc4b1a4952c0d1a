"""A use case that reads only some columns of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ml.contract.check_policy import CheckPolicy
from ml.contract.names import Kind, Role
from ml.contract.schema import Column, Schema
from ml.contract.splits import StratifiedSplit
from ml.contract.use_case import UseCase
from ml.contract.watch_policy import WatchPolicy

_NOT_READ = Column(name="not_read", source="(not read)", kind=Kind.INTEGER, role=Role.TARGET)


def only_columns(use_case: UseCase, columns: Sequence[Column]) -> UseCase:
    """A use case whose rows are an id and a few columns, known from the first moment on.

    Parameters
    ----------
    columns : sequence of Column
        Beside the id; of what the use case says of other columns nothing stays.
    """
    first = use_case.moments[0]
    return replace(
        use_case,
        schema=Schema(columns=(use_case.schema.id, *columns, _NOT_READ)),
        moments=(first,),
        default_moment=first,
        gates=(),
        split=StratifiedSplit(),
        consistency=(),
        checks=CheckPolicy(),
        contact_wishes=(),
        steady=(),
        known_leaks=(),
        watch=WatchPolicy(),
    )
