"""Every AWS call that source files can make, found without running them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import botocore.session
from botocore import xform_name

from tests.support import ROOT


@dataclass(frozen=True)
class Call:
    """One place in the source that calls AWS.

    Parameters
    ----------
    service, operation : str
        As boto3 names them: ``"s3"``, ``"get_object"``.
    path, line : str, int
        Where.
    versioned : bool
        Whether it names the version of an object, which S3 permits apart.
    """

    service: str
    operation: str
    path: str
    line: int
    versioned: bool = False

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.service}.{self.operation}"


@cache
def operations(service: str) -> frozenset[str]:
    """What a client of the service can call."""
    model = botocore.session.get_session().get_service_model(service)
    return frozenset(xform_name(name) for name in model.operation_names)


@cache
def _services() -> frozenset[str]:
    return frozenset(botocore.session.get_session().get_available_services())


def calls(files: Iterable[Path]) -> list[Call]:
    """AWS calls in some files, in their order.

    A file's services are those that it makes a client of (`client("s3")`) or takes one of as a
    variable of that name (`s3`, `sagemaker_runtime`). A call of a method that one of them has is
    an AWS call: too many rather than too few.
    """
    return [call for path in files for call in _calls(path)]


def _calls(path: Path) -> Iterator[Call]:
    tree = ast.parse(path.read_text())
    used = _clients(tree) | _named(tree)
    shown = str(path.relative_to(ROOT))
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        name, versioned = _operation(node), "VersionId" in ast.dump(node)
        for service in sorted(_candidates(node.func.value, used)):
            if name in operations(service):
                yield Call(service, name, shown, node.lineno, versioned)


def _operation(node: ast.Call) -> str:
    """The method's name, or the operation that a paginator or waiter is made for."""
    assert isinstance(node.func, ast.Attribute)
    indirect = node.func.attr in {"get_paginator", "get_waiter"} and node.args
    first = node.args[0] if indirect else None
    return first.value if isinstance(first, ast.Constant) else node.func.attr


def _candidates(value: ast.expr, used: set[str]) -> set[str]:
    """The service that a variable is named for, or all that the file uses."""
    name = value.attr if isinstance(value, ast.Attribute) else getattr(value, "id", "")
    exact = {service for service in used if service.replace("-", "_") == name.strip("_")}
    return exact or used


def _clients(tree: ast.Module) -> set[str]:
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and _last_name(node.func) in {"client", "aws_client"}
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and node.args[0].value in _services()
    }


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


def resources_are_unused(files: Iterable[Path]) -> list[str]:
    """Places that use boto3's resources, which this scan can't follow."""
    return [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in files
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("boto3.resource")
    ]
