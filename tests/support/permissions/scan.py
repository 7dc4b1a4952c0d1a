"""Every AWS call that our code can make, found without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import botocore.session
from botocore import xform_name

from tests.support import ROOT
from tests.support.permissions.reach import Reach, reach

# What boto3 adds to clients of S3, each of which makes several calls.
_TRANSFERS = frozenset(
    {"copy", "download_file", "download_fileobj", "upload_file", "upload_fileobj"}
)
# Functions of ours that make a client of the service that they are given.
_MAKERS = {"client"}


@dataclass(frozen=True)
class Call:
    """One place in the source that calls AWS.

    Parameters
    ----------
    service, operation : str
        As boto3 names them: ``"s3"``, ``"get_object"``.
    path, line, last : str, int, int
        Where; a call may stand on several lines.
    versioned : str
        Whether it names the version of an object, which S3 permits apart: ``"always"``,
        ``"sometimes"`` or nothing.
    """

    service: str
    operation: str
    path: str
    line: int
    last: int = 0
    versioned: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.service}.{self.operation}"


@cache
def operations(service: str) -> frozenset[str]:
    """What a client of the service can call."""
    model = botocore.session.get_session().get_service_model(service)
    names = frozenset(xform_name(name) for name in model.operation_names)
    return names | _TRANSFERS if service == "s3" else names


@cache
def _services() -> frozenset[str]:
    return frozenset(botocore.session.get_session().get_available_services())


@cache
def calls_of(*entries: str) -> tuple[Call, ...]:
    """AWS calls that code can make which begins at some entries, by file and line."""
    return tuple(calls(reach(*entries)))


def calls(reached: Reach) -> list[Call]:
    """AWS calls in code that can run, by file and line.

    A file's services are those that it makes a client of (`client("s3")`) or takes one of as a
    variable of that name (`s3`, `sagemaker_runtime`). Whatever one of them can call and the file
    names is an AWS call, also where it is handed on: too many rather than too few.
    """
    found = {
        call
        for path, nodes in reached.running.items()
        for node in nodes
        for call in _calls(path, node)
    }
    return sorted(found, key=lambda call: (call.path, call.line, call.operation))


@cache
def _calls(path: Path, top: ast.AST) -> tuple[Call, ...]:
    return tuple(_found(path, top)) if _services_of(path) else ()


def _found(path: Path, top: ast.AST) -> Iterator[Call]:
    used, shown = _services_of(path), str(path.relative_to(ROOT))
    inside = {node.func: node for node in ast.walk(top) if isinstance(node, ast.Call)}
    for node in ast.walk(top):
        if not isinstance(node, ast.Attribute):
            continue
        whole = inside.get(node, node)
        name = _operation(whole, node.attr)
        for service in sorted(_candidates(node.value, used)):
            if name in operations(service):
                last = whole.end_lineno or whole.lineno
                yield Call(service, name, shown, whole.lineno, last, _versioned(whole, top))


@cache
def _services_of(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text())
    return frozenset(_clients(tree) | _named(tree))


def _operation(node: ast.expr, name: str) -> str:
    """The method's name, or the operation that a paginator or waiter is made for."""
    indirect = name in {"get_paginator", "get_waiter"} and isinstance(node, ast.Call)
    first = node.args[0] if indirect and isinstance(node, ast.Call) and node.args else None
    return str(first.value) if isinstance(first, ast.Constant) else name


def _versioned(call: ast.expr, around: ast.AST) -> str:
    if _passes_version(call):
        return "always"
    return "sometimes" if _passes_version(around) else ""


def _passes_version(top: ast.AST) -> bool:
    for node in ast.walk(top):
        keys = node.keys if isinstance(node, ast.Dict) else []
        if any(isinstance(key, ast.Constant) and key.value == "VersionId" for key in keys):
            return True
        if isinstance(node, ast.keyword) and node.arg == "VersionId":
            return True
    return False


def _candidates(value: ast.expr, used: frozenset[str]) -> frozenset[str]:
    """The service that a variable or a fresh client is of, or all that the file uses."""
    if isinstance(value, ast.Call):
        return frozenset(_made(value)) & used or used
    name = value.attr if isinstance(value, ast.Attribute) else getattr(value, "id", "")
    exact = {service for service in used if service.replace("-", "_") == name.strip("_")}
    return frozenset(exact) or used


def _made(call: ast.Call) -> list[str]:
    """The service that a call makes a client of, if it is one that does and says which."""
    if _last_name(call.func).strip("_") not in _MAKERS or not call.args:
        return []
    first = call.args[0]
    return [str(first.value)] if isinstance(first, ast.Constant) else []


def _clients(tree: ast.Module) -> set[str]:
    made = [_made(node) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {service for each in made for service in each} & _services()


def _last_name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _named(tree: ast.Module) -> set[str]:
    """Services that a parameter is named for."""
    names = {
        node.arg.strip("_").replace("_", "-")
        for node in ast.walk(tree)
        if isinstance(node, ast.arg)
    }
    return names & _services()


def unseen(files: Iterable[Path]) -> list[str]:
    """Places that this scan can't follow: boto3's resources, and clients of who knows what.

    The functions that make clients for the rest of our code take the service's name; their
    callers write it out.
    """
    return [
        f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)}"
        for path in files
        for outer, node in _with_function(ast.parse(path.read_text()))
        if _is_hidden(node) and outer.strip("_") not in _MAKERS
    ]


def _with_function(node: ast.AST, outer: str = "") -> Iterator[tuple[str, ast.Call]]:
    for child in ast.iter_child_nodes(node):
        inner = child.name if isinstance(child, ast.FunctionDef) else outer
        if isinstance(child, ast.Call):
            yield outer, child
        yield from _with_function(child, inner)


def _is_hidden(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    if name in {"boto3.resource", "boto3.Session", "boto3.session.Session"}:
        return True
    made = name == "boto3.client" or name.strip("_") in _MAKERS
    return made and not _made(call)
