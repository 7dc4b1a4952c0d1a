"""Which of our code a runtime can run: what its entry names, followed through our files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.support import ROOT

# What a server that starts workers is told: "ml.serving.app:from_env".
_ENTRY = re.compile(r"(ml|lambdas|servers)(\.\w+)+:\w+$")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Reach:
    """Code that can run; more than does run rather than less.

    A module's statements run when it is imported, and its functions once code that runs names
    them. A method runs if any code that runs names one like it: no types are inferred.

    Parameters
    ----------
    running : dict of Path to list of AST
        Statements that run, by file.
    """

    running: dict[Path, list[ast.AST]] = field(default_factory=dict)
    _functions: dict[str, dict[Path, _Function]] = field(default_factory=dict)
    _methods: dict[str, list[tuple[Path, _Function]]] = field(default_factory=dict)
    _named: set[str] = field(default_factory=set)

    def enter(self, entry: str) -> None:
        """Follow an entry: ``"lambdas.intake:handler"``, or a module whose statements run."""
        module, _, function = entry.partition(":")
        path = self._load(module)
        if path and function:
            self._call(path, function)

    def _load(self, module: str) -> Path | None:
        path = _file(module)
        if path is None or path in self.running:
            return path
        self.running[path] = []
        tree = _tree(path)
        for function in tree.body:
            if isinstance(function, _FUNCTIONS):
                self._functions.setdefault(function.name, {})[path] = function
        methods = [each for each in _methods(tree) if each.name not in self._named]
        for method in methods:
            self._methods.setdefault(method.name, []).append((path, method))
        for node in _statements(tree):
            self._run(path, node)
        for method in _methods(tree):
            if method not in methods or _is_magic(method.name):
                self._run(path, method)
        return path

    def _call(self, path: Path, name: str) -> None:
        if function := self._functions.get(name, {}).pop(path, None):
            self._run(path, function)

    def _name_method(self, name: str) -> None:
        self._named.add(name)
        for path, method in self._methods.pop(name, []):
            self._run(path, method)

    def _run(self, path: Path, node: ast.AST) -> None:
        self.running[path].append(node)
        for named in _names(node):
            if named.kind is _Kind.ENTRY:
                self.enter(named.text)
            elif named.kind is _Kind.NAME:
                self._call(path, named.text)
            else:
                self._name_method(named.text)
                for there in [*self._functions.get(named.text, ())]:
                    if there.stem == named.of:
                        self._call(there, named.text)


@cache
def reach(*entries: str) -> Reach:
    """Everything that some entries can run."""
    found = Reach()
    for entry in entries:
        found.enter(entry)
    return found


class _Kind(Enum):
    ENTRY, NAME, ATTRIBUTE = range(3)


class _Named(NamedTuple):
    """What code names: an entry, a variable or function, or an attribute of something."""

    kind: _Kind
    text: str
    of: str = ""


@cache
def _names(top: ast.AST) -> tuple[_Named, ...]:
    """In the order of the source; read once for all entries that reach it."""
    return tuple(named for node in _walk(top) for named in _named(node))


def _named(node: ast.AST) -> Iterator[_Named]:
    for module in _imports(node):
        yield _Named(_Kind.ENTRY, module)
    if isinstance(node, ast.Name):
        yield _Named(_Kind.NAME, node.id)
    elif isinstance(node, ast.Constant) and _ENTRY.match(str(node.value)):
        yield _Named(_Kind.ENTRY, str(node.value))
    elif isinstance(node, ast.Attribute):
        yield _Named(_Kind.ATTRIBUTE, node.attr, getattr(node.value, "id", ""))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def _file(module: str) -> Path | None:
    base = ROOT / module.replace(".", "/")
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


def _is_magic(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _statements(tree: ast.Module | ast.ClassDef) -> Iterator[ast.AST]:
    """Statements of a module and its classes; of functions only what runs when they are made."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from (*node.bases, *node.decorator_list)
            yield from _statements(node)
        elif isinstance(node, _FUNCTIONS):
            yield from node.decorator_list
        else:
            yield node


def _methods(tree: ast.Module | ast.ClassDef) -> Iterator[_Function]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from (each for each in node.body if isinstance(each, _FUNCTIONS))
            yield from _methods(node)


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all below, without what only type checkers read."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _walk(child)


def _imports(node: ast.AST) -> list[str]:
    """What an import loads, and names: a function that is imported may be called."""
    if isinstance(node, ast.Import):
        return [name.name for name in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        inner = [f"{node.module}.{name.name}" for name in node.names]
        return [node.module, *inner, *(f"{node.module}:{name.name}" for name in node.names)]
    return []
