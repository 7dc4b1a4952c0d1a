"""AWS calls that our code makes while tests run, held against what the scan says it can make."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

from tests.support import ROOT

_HERE = Path(__file__)
_OURS = ("dags", "glue_jobs", "lambdas", "ml", "servers")
# What stands between a call and AWS, whoever calls.
_PLUMBING = {"aws_xray_sdk", "boto3", "botocore", "moto", "s3transfer", "wrapt"}
_TRANSFERS = ("download_file", "upload_file")


@dataclass(frozen=True)
class Recorded:
    """A call that was made.

    Parameters
    ----------
    service, operation : str
        As boto3 names them.
    path, line : str, int
        Where our code was.
    library : str
        Package that made the call for it; empty where our code did so itself.
    """

    service: str
    operation: str
    path: str
    line: int
    library: str = ""

    def __str__(self) -> str:
        by = f" by {self.library}" if self.library else ""
        return f"{self.path}:{self.line} {self.service}.{self.operation}{by}"


@contextmanager
def recording() -> Iterator[list[Recorded]]:
    """Record calls of our code, in this process, until the end of the block.

    Calls of tests and of the rehearsal are not ours. boto3 moves files of S3 in threads of its
    own, so of those the move itself is recorded.
    """
    from boto3.s3.transfer import S3Transfer
    from botocore import xform_name
    from botocore.client import BaseClient

    calls: list[Recorded] = []

    def note(service: str, operation: str) -> None:
        if found := _recorded(service, operation, sys._getframe(2)):
            calls.append(found)

    def call(self: Any, operation_name: str, api_params: Any) -> Any:
        note(self.meta.service_model.service_name, xform_name(operation_name))
        return usual_call(self, operation_name, api_params)

    def move(name: str) -> Any:
        usual = getattr(S3Transfer, name)

        def moving(self: Any, *args: Any, **named: Any) -> Any:
            note("s3", name)
            return usual(self, *args, **named)

        return moving

    usual_call = BaseClient._make_api_call
    usual_moves = {name: getattr(S3Transfer, name) for name in _TRANSFERS}
    moves = {name: move(name) for name in _TRANSFERS}
    BaseClient._make_api_call = call
    for name in _TRANSFERS:
        setattr(S3Transfer, name, moves[name])
    try:
        yield calls
    finally:
        BaseClient._make_api_call = usual_call
        for name in _TRANSFERS:
            setattr(S3Transfer, name, usual_moves[name])


def unproven(calls: Iterable[Recorded]) -> list[str]:
    """Calls that the scan does not see, or that no implied permission is written down for."""
    return [
        f"{call}: the scan in tests/support/permissions does not see this call, so no role is "
        "held to permit it"
        for call in calls
        if not (_is_implied(call) if call.library else _is_seen(call))
    ]


def _is_seen(call: Recorded) -> bool:
    return (call.path, call.service, call.operation) in _seen()


@cache
def _seen() -> frozenset[tuple[str, str, str]]:
    from tests.support.permissions.entries import all_entries
    from tests.support.permissions.scan import calls_of

    return frozenset(
        (call.path, call.service, call.operation)
        for entry in all_entries()
        for call in calls_of(entry)
    )


def _is_implied(call: Recorded) -> bool:
    from tests.support.permissions.actions import action_names
    from tests.support.permissions.implied import IMPLIED

    actions = set(action_names(call.service, call.operation))
    return any(each.library == call.library and actions <= set(each.actions) for each in IMPLIED)


def _recorded(service: str, operation: str, frame: FrameType | None) -> Recorded | None:
    library = ""
    while frame:
        path = Path(frame.f_code.co_filename)
        if "site-packages" in path.parts:
            package = path.parts[path.parts.index("site-packages") + 1].removesuffix(".py")
            library = library if package in _PLUMBING else package
        elif path.is_relative_to(ROOT) and path != _HERE:
            shown = path.relative_to(ROOT)
            if shown.parts[0] not in _OURS:
                return None
            return Recorded(service, operation, shown.as_posix(), frame.f_lineno, library)
        frame = frame.f_back
    return None
