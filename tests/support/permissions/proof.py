"""Code and roles held against each other: what is missing, wrong, unused or too wide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from infra.policy.every_resource import allows_nothing_narrower
from tests.support.permissions.actions import actions_of
from tests.support.permissions.implied import IMPLIED, Implied
from tests.support.permissions.runtimes import Granted, Runtime
from tests.support.permissions.scan import Call, calls_of
from tests.support.permissions.subjects import ONLY_WHERE, SUBJECTS


@dataclass(frozen=True, kw_only=True)
class Need:
    """One action on one resource that a runtime cannot do without.

    Parameters
    ----------
    action, place : str
        As of `Granted`.
    by : str
        The call with its file and line, or why AWS asks for it.
    """

    action: str
    place: str
    by: str


def problems(runtime: Runtime) -> list[str]:
    """Everything in which a role and its runtime differ, one a line; none where all is right."""
    needs = list(needs_of(runtime))
    return [
        *_unsaid(runtime),
        *_missing(runtime, needs),
        *_superfluous(runtime, needs),
        *_wide(runtime),
    ]


def needs_of(runtime: Runtime) -> Iterator[Need]:
    """What a runtime needs: its calls' permissions, and what AWS implies."""
    subjects = SUBJECTS.get(runtime.name, {})
    for call, action in _actions(runtime):
        for place in subjects.get(action, ()):
            yield Need(action=action, place=runtime.place(place), by=str(call))
    for implied in IMPLIED:
        if implied.is_of(runtime):
            yield from _implied(runtime, implied)


def _implied(runtime: Runtime, implied: Implied) -> Iterator[Need]:
    for action in implied.actions:
        for place in implied.places:
            yield Need(action=action, place=runtime.place(place), by=implied.why)


def _actions(runtime: Runtime) -> Iterator[tuple[Call, str]]:
    for call in calls_of(*runtime.entries):
        for action in actions_of(call):
            setting, value = ONLY_WHERE.get((runtime.name, action), ("", None))
            if runtime.told.get(setting) == value:
                yield call, action


def _unsaid(runtime: Runtime) -> Iterator[str]:
    subjects = SUBJECTS.get(runtime.name, {})
    for call, action in _actions(runtime):
        if action not in subjects:
            yield (
                f"missing: {call} needs {action}; say in tests/support/permissions/subjects.py "
                f"on what, and let {runtime.title} do it"
            )


def _missing(runtime: Runtime, needs: Iterable[Need]) -> Iterator[str]:
    there = {(each.action, each.place) for each in runtime.granted}
    for need in needs:
        if (need.action, need.place) not in there:
            others = [place for action, place in sorted(there) if action == need.action]
            kind = "wrong resource" if others else "missing"
            has = f"has it on {', '.join(others)} only" if others else "may not do it"
            yield f"{kind}: {need.by} needs {need.action} on {need.place}; {runtime.title} {has}"


def _superfluous(runtime: Runtime, needs: Iterable[Need]) -> Iterator[str]:
    wanted = {(need.action, need.place) for need in needs}
    by_action = {need.action: need for need in needs}
    for each in runtime.granted:
        if (each.action, each.place) in wanted:
            continue
        what = f"{runtime.title}, {each.statement}, allows {each.action} on {each.place}"
        if need := by_action.get(each.action):
            yield f"wrong resource: {what}; {need.by} is about {need.place}"
        else:
            yield f"unused: {what}, which no call of {_entries(runtime)} needs and AWS never asks"


def _entries(runtime: Runtime) -> str:
    return ", ".join(runtime.entries) or "AWS itself"


def _wide(runtime: Runtime) -> Iterator[str]:
    for each in runtime.granted:
        what = f"{runtime.title}, {each.statement}, allows {each.action} on {each.place}"
        if "*" in each.action:
            yield f"wildcard: {what}; name each action{_called(runtime, each)}"
        elif each.place == "*" and not allows_nothing_narrower(each.action, each.condition):
            yield f"wildcard: {what}; name the resource{_called(runtime, each)}"


def _called(runtime: Runtime, granted: Granted) -> str:
    """Where a call is that the wide permission serves."""
    family = granted.action.partition("*")[0]
    places = [str(call) for call, action in _actions(runtime) if action.startswith(family)]
    return f", as {places[0]} needs it" if places else ""
