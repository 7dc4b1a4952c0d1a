"""What the Lambdas asked of AWS while all this happened is what their roles were granted."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator

from rehearsal.failure import expect
from rehearsal.scenes.stage import Stage


def every_call_is_granted(stage: Stage) -> str:
    """Each call to AWS that a Lambda made is an action of a policy of its own role."""
    made = _made(stage)
    expect(made, "no Lambda called AWS", "some calls")
    for each in stage.account.functions():
        name, role = each["FunctionName"], each["Role"].rsplit("/", 1)[-1]
        granted = list(_granted(stage, role))
        for call in sorted(made.get(name, ())):
            let = any(fnmatch.fnmatchcase(call, action) for action in granted)
            expect(let, f"{name} called {call}, which {role} is not granted", "a grant")
    calls = sum(len(each) for each in made.values())
    return f"{len(made)} Lambdas made {calls} kinds of calls, each granted to its role"


ALL = (every_call_is_granted,)


def _made(stage: Stage) -> dict[str, set[str]]:
    """Kinds of calls by the function that made them."""
    found: dict[str, set[str]] = {}
    for run in stage.written("invocations"):
        found.setdefault(run["function"], set()).update(run["calls"])
    return found


def _granted(stage: Stage, role: str) -> Iterator[str]:
    """Actions that the role's own policies allow; no role of ours has any but its own."""
    iam = stage.account.client("iam")
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for each in document["Statement"]:
            if each["Effect"] == "Allow":
                actions = each["Action"]
                yield from [actions] if isinstance(actions, str) else actions
