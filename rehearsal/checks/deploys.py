"""What the command line's own deploys did: all of it, nothing twice, and only what changed."""

from __future__ import annotations

from collections.abc import Sequence

from rehearsal.account import Account, Event
from rehearsal.assembly import Assembly
from rehearsal.changed import COOLDOWN_MINUTES
from rehearsal.failure import expect


def complete(account: Account, assembly: Assembly) -> str:
    """Every resource of every template exists, but for those that wait for a champion."""
    stacks, there = sorted(assembly.stacks), sorted(account.stacks())
    expect(there == stacks, f"the stacks are {', '.join(there)}", ", ".join(stacks))
    made = {(each.stack, each.logical_id) for each in account.events()}
    wanted = [each for each in assembly.resources() if each.condition is None]
    missing = [f"{e.logical_id} ({e.stack})" for e in wanted if (e.stack, e.logical_id) not in made]
    expect(not missing, f"not created: {', '.join(missing)}", "every resource of the templates")
    waiting = [each for each in assembly.resources() if each.condition]
    return (
        f"{len(stacks)} stacks, {len(wanted)} resources of "
        f"{len({each.type for each in wanted})} types; {len(waiting)} wait for a champion"
    )


def untouched(account: Account, before: Sequence[Event], output: str, assembly: Assembly) -> str:
    """A second deploy of the same changes nothing."""
    new = _new(before, account.events())
    changed = ", ".join(f"{each.logical_id} ({each.stack})" for each in new)
    expect(not new, f"a deploy without a change touched {changed}", "nothing touched")
    said = output.count("(no changes)")
    stacks = len(assembly.stacks)
    expect(said == stacks, f"the CDK said 'no changes' of {said} stacks", str(stacks))
    return f"{said} stacks without changes, no resource touched"


def updated(
    account: Account, before: Sequence[Event], assembly: Assembly, changed: Assembly
) -> str:
    """The update changed what the templates tell apart, and made what waited for a champion."""
    new = _new(before, account.events())
    made = {(e.stack, e.logical_id) for e in new if e.status == "CREATE_COMPLETE"}
    waiting = {(e.stack, e.logical_id) for e in changed.resources() if e.condition}
    expect(made == waiting, f"the update made {_named(made)}", _named(waiting))
    touched = {(e.stack, e.logical_id) for e in new} - made
    differing = assembly.differing(changed)
    expect(touched == differing, f"the update touched {_named(touched)}", _named(differing))
    lost = {(e.stack, e.logical_id) for e in new if e.status == "DELETE_COMPLETE"}
    expect(not lost, f"the update dropped {_named(lost)}", "nothing dropped")
    return f"changed: {_named(touched)}; made: {_named(made)}; nothing else was touched"


def arrived(account: Account) -> str:
    """The changed setting and the champion are what now runs."""
    variables = account.function("retrain_trigger")["Environment"]["Variables"]
    minutes = variables["LEADWISE_COOLDOWN_MINUTES"]
    expect(minutes == str(COOLDOWN_MINUTES), f"the cooldown is {minutes}", str(COOLDOWN_MINUTES))
    endpoint = account.only("AWS::SageMaker::Endpoint", "").id
    about = account.client("sagemaker").describe_endpoint(EndpointName=endpoint)
    status = about["EndpointStatus"]
    expect(status == "InService", f"endpoint {endpoint} is {status}", "InService")
    return f"the cooldown is {minutes} minutes; endpoint {endpoint} is in service"


def _named(resources: set[tuple[str, str]]) -> str:
    return ", ".join(sorted(logical_id for _, logical_id in resources)) or "nothing"


def _new(before: Sequence[Event], after: Sequence[Event]) -> list[Event]:
    left = list(after)
    for event in before:
        left.remove(event)
    return left
