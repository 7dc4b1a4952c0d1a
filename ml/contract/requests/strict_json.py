"""JSON without the readings that differ between parsers: every doubt is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from ml.contract.faults import Rule
from ml.contract.requests.problems import Problem, pointer_to

DEEPEST = 10
_NESTED = frozenset({dict, list})
_HINT = 'send JSON such as {"leads": [{...}]}'


def _loads(body: bytes) -> Any:
    """The value of a JSON text, by the standard library without what only Python reads."""
    try:
        value = json.loads(body.decode(), parse_constant=_no_constant)
        if b"\\u" in body:
            json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate is no character
    except RecursionError:
        raise _too_deep() from None
    return value


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


def parse_json(
    body: bytes, *, where: str = "the request body", loads: Callable[[bytes], Any] = _loads
) -> Any:
    """The value of a JSON document.

    Parameters
    ----------
    body : bytes
        UTF-8 text.
    where : str, default='the request body'
        What the text is, for messages.
    loads : callable
        Reads UTF-8 JSON and raises ValueError for anything else; servers pass a faster one.

    Raises
    ------
    Problem
        400 for text that is not JSON (NaN, trailing commas and lone surrogates included),
        for a key that stands twice in an object, and for nesting deeper than 10.

    Examples
    --------
    >>> parse_json(b'{"total_visits": 5}')
    {'total_visits': 5}
    """
    if not body.strip():
        raise _refusal(f"{where} is empty")
    try:
        value = loads(body)
    except ValueError as error:
        raise _refusal(f"{where} is not JSON: {error}") from None
    # Each key needs a colon of its own, so as many colons as keys leave no room for a repeat.
    if type(value) in _NESTED and _keys(value, 1) != body.count(b":"):
        _refuse_repeats(body)
    return value


def _keys(value: dict[str, Any] | list[Any], depth: int) -> int:
    """How many keys all objects hold together; refuses nesting on the way."""
    if depth > DEEPEST:
        raise _too_deep()
    inner = value.values() if isinstance(value, dict) else value
    nested = [each for each in inner if type(each) in _NESTED]
    own = len(value) if isinstance(value, dict) else 0
    return own + sum([_keys(each, depth + 1) for each in nested])


class _Repeats(dict[str, Any]):
    """An object in which `key` stood twice."""

    key = ""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) == len(pairs):
        return found
    names = [name for name, _ in pairs]
    repeats = _Repeats(found)
    repeats.key = next(name for name in names if names.count(name) > 1)
    return repeats


def _refuse_repeats(body: bytes) -> None:
    value = json.loads(body, object_pairs_hook=_pairs)
    for path, key in _repeats(value, ()):
        raise Problem.of(
            400,
            Rule.DUPLICATE_COLUMN,
            f"the key {key[:40]!r} stands twice in one object",
            "send each key once; which of two values counts is anyone's guess",
            pointer_to(*path, key),
        )


def _repeats(
    value: Any, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, _Repeats):
        yield path, value.key
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _repeats(inner, (*path, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _repeats(inner, (*path, position))


def _too_deep() -> Problem:
    return _refusal(f"values are nested more than {DEEPEST} deep")


def _refusal(message: str) -> Problem:
    return Problem.of(400, Rule.JSON_UNREADABLE, message, _HINT)
