"""What two synths differ in: resources that come, go or change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from infra.policy.template import Stack

# What differs with each version of the code: listed as changed content, not property by property.
_CONTENT = ("S3Key", "TemplateURL", "aws:asset:path", "ImageUri")


def changed_resources(before: Iterable[Stack], after: Iterable[Stack]) -> list[str]:
    """One line per resource, in a stable order: ``~ leadwise-dev-lake/Raw (AWS::S3::Bucket): ...``.

    Parameters
    ----------
    before, after : iterable of Stack
        Two syntheses of the same environments.
    """
    old, new = _by_name(before), _by_name(after)
    lines = [_line(name, old.get(name), new.get(name)) for name in sorted(old.keys() | new.keys())]
    return [line for line in lines if line]


def _by_name(stacks: Iterable[Stack]) -> dict[str, Mapping[str, Any]]:
    return {f"{stack.name}/{each.id}": each.body for stack in stacks for each in stack.resources}


def _line(name: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> str:
    if old is None or new is None:
        body = old or new or {}
        return f"{'-' if new is None else '+'} {name} ({body['Type']})"
    properties = _differences(old, new)
    return f"~ {name} ({new['Type']}): {', '.join(properties)}" if properties else ""


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    attributes = [
        name
        for name in ("DeletionPolicy", "UpdateReplacePolicy", "Condition", "DependsOn")
        if old.get(name) != new.get(name)
    ]
    was, now = old.get("Properties", {}), new.get("Properties", {})
    changed = sorted(name for name in was.keys() | now.keys() if was.get(name) != now.get(name))
    return attributes + [_shown(name, was.get(name)) for name in changed]


def _shown(name: str, value: Any) -> str:
    is_content = isinstance(value, Mapping) and any(each in value for each in _CONTENT)
    return f"{name} (content)" if is_content else name
