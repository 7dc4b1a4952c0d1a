"""Whether the text of an SQL statement is all ours: values go as parameters, never as text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_SAYS_SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER|DROP|WITH)\s")
#: `forget` is how our stores delete.
_RUNS_SQL = {"execute", "executemany", "executescript", "forget"}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class SqlOf:
    """The statements of one file, and what goes into them.

    A text is ours if it is written out, or put together of texts that are. A parameter of a
    function is ours if every call in the file passes such a text.
    """

    source: str

    def foreign(self) -> list[str]:
        """Each part of a statement that may come from elsewhere, with its line."""
        return [
            f"line {part.lineno}: {ast.unparse(part)}"
            for statement in self._statements()
            for part in _parts(statement)
            if not self._is_ours(part, frozenset())
        ]

    @cached_property
    def _tree(self) -> ast.Module:
        return ast.parse(self.source)

    @cached_property
    def _nodes(self) -> list[ast.AST]:
        return list(ast.walk(self._tree))

    def _statements(self) -> Iterator[ast.expr]:
        for node in self._nodes:
            if isinstance(node, ast.Call) and _last_name(node.func) in _RUNS_SQL and node.args:
                yield node.args[0]
            elif isinstance(node, ast.JoinedStr | ast.BinOp) and _SAYS_SQL.match(_first(node)):
                yield node

    def _is_ours(self, part: ast.expr, asked: frozenset[str]) -> bool:
        if isinstance(part, ast.Constant):
            return True
        if isinstance(part, ast.Name):
            return part.id in asked or self._only_ours(part, asked | {part.id})
        if isinstance(part, ast.Tuple | ast.List):
            return all(self._is_ours(each, asked) for each in part.elts)
        if isinstance(part, ast.Call) and _last_name(part.func) == "join":
            return all(self._is_ours(each, asked) for each in _joined(part.args[0]))
        if isinstance(part, ast.Call):
            return self._gives_ours(_last_name(part.func), asked)
        inner = _parts(part)
        return inner != [part] and all(self._is_ours(each, asked) for each in inner)

    def _only_ours(self, used: ast.Name, asked: frozenset[str]) -> bool:
        around = self._around(used)
        found = [*_assigned(used.id, around or self._tree), *self._passed(used.id, around)]
        found = found or list(_assigned(used.id, self._tree))
        return bool(found) and all(self._is_ours(each, asked) for each in found)

    def _around(self, used: ast.Name) -> _Function | None:
        """The function that a name is used in."""
        holding = [
            node
            for node in self._nodes
            if isinstance(node, _FUNCTIONS)
            and node.lineno <= used.lineno <= (node.end_lineno or node.lineno)
        ]
        return max(holding, key=lambda function: function.lineno, default=None)

    def _passed(self, name: str, function: _Function | None) -> Iterator[ast.expr]:
        names = [each.arg for each in function.args.args if each.arg != "self"] if function else []
        if function and name in names:
            at, calls = names.index(name), list(self._calls(function.name))
            for call in calls:
                yield from call.args[at : at + 1]

    def _calls(self, name: str) -> Iterator[ast.Call]:
        for node in self._nodes:
            if isinstance(node, ast.Call) and _last_name(node.func) == name:
                yield node

    def _gives_ours(self, name: str, asked: frozenset[str]) -> bool:
        given = [
            node.value
            for function in self._nodes
            if isinstance(function, _FUNCTIONS) and function.name == name
            for node in ast.walk(function)
            if isinstance(node, ast.Return) and node.value
        ]
        return bool(given) and all(self._is_ours(each, asked) for each in given)


def foreign_sql(path: Path) -> list[str]:
    """The same of a file."""
    return SqlOf(path.read_text()).foreign()


def _assigned(name: str, top: ast.AST) -> Iterator[ast.expr]:
    """What a name is made to stand for."""
    for node in ast.walk(top):
        if isinstance(node, ast.Assign) and name in map(_last_name, node.targets):
            yield node.value
        elif isinstance(node, ast.comprehension) and _last_name(node.target) == name:
            yield node.iter


def _parts(text: ast.expr) -> list[ast.expr]:
    """What a text is put together of; the text itself where it is one thing."""
    if isinstance(text, ast.JoinedStr):
        return [part for each in text.values for part in _parts(each)]
    if isinstance(text, ast.FormattedValue):
        return _parts(text.value)
    if isinstance(text, ast.BinOp) and isinstance(text.op, ast.Add | ast.Mult):
        return [*_parts(text.left), *_parts(text.right)]
    if isinstance(text, ast.IfExp):
        return [*_parts(text.body), *_parts(text.orelse)]
    return [text]


def _joined(items: ast.expr) -> list[ast.expr]:
    """What `join` puts together."""
    if isinstance(items, ast.GeneratorExp | ast.ListComp):
        return [items.elt]
    if isinstance(items, ast.BinOp) and isinstance(items.op, ast.Mult):
        return [items.left]
    return [items]


def _first(text: ast.expr) -> str:
    """The words that a text begins with."""
    first = _parts(text)[0]
    return str(first.value) if isinstance(first, ast.Constant) else ""


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
