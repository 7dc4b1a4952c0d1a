"""EventBridge in small: which events a rule's pattern matches, and what its targets are handed.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

ACCOUNT = "111122223333"
_PLACE = re.compile(r"<([A-Za-z0-9-]+)>")


def plain(value: Any) -> Any:
    """A template's value with each reference as text: ``"ref:Bucket"``, ``"att:Role.Arn"``."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Ref": "AWS::AccountId"}:
            return ACCOUNT
        case {"Ref": name}:
            return f"ref:{name}"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"att:{name}.{attribute}"
        case {"Fn::ImportValue": name}:
            return f"import:{name}"
        case {"Fn::Join": [between, parts]}:
            return between.join(_text(plain(part)) for part in parts)
    return {name: plain(each) for name, each in value.items()}


def _text(part: Any) -> str:
    return part if isinstance(part, str) else json.dumps(part)


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether each field that a pattern names has a value that it allows."""
    return all(_matches(allowed, event.get(field)) for field, allowed in pattern.items())


def _matches(allowed: Any, found: Any) -> bool:
    if isinstance(allowed, dict):
        return isinstance(found, dict) and matches(allowed, found)
    values = found if isinstance(found, list) else [found]
    return any(_allows(choice, value) for choice in allowed for value in values)


def _allows(choice: Any, value: Any) -> bool:
    match choice:
        case {"prefix": start}:
            return isinstance(value, str) and value.startswith(start)
        case {"anything-but": list(others)}:
            return value is not None and value not in others
        case dict():
            raise NotImplementedError(f"{choice} is an operator that this EventBridge lacks")
    return bool(choice == value)


def handed(target: Mapping[str, Any], event: Mapping[str, Any]) -> Any:
    """What a rule's target receives of an event: all of it, fixed words, or filled-in ones."""
    if "Input" in target:
        return json.loads(plain(target["Input"]))
    if "InputTransformer" not in target:
        return dict(event)
    change = target["InputTransformer"]
    values = {name: _at(path, event) for name, path in change.get("InputPathsMap", {}).items()}
    return json.loads("".join(_filled(plain(change["InputTemplate"]), values)))


def _at(path: str, event: Any) -> Any:
    for name in path.removeprefix("$.").split("."):
        event = event[name]
    return event


def _filled(template: str, values: Mapping[str, Any]) -> Iterator[str]:
    """Within quotes a value's text is put in as it is; elsewhere it becomes JSON."""
    end = 0
    for place in _PLACE.finditer(template):
        yield template[end : place.start()]
        value = values[place[1]]
        quoted = len(re.findall(r'(?<!\\)"', template[: place.start()])) % 2
        yield str(value) if quoted else json.dumps(value)
        end = place.end()
    yield template[end:]
