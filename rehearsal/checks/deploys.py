"""What the command line's own deploys did: all of it, nothing twice, and only what changed."""

from __future__ import annotations

from collections.abc import Sequence

from rehearsal.account import Account, Event
from rehearsal.assembly import Assembly
from rehearsal.changed import COOLDOWN_MINUTES
from rehearsal.failure import expect

# Losing one of these would lose data or lock it away.
_KEPT = {
    "AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::RDS::DBInstance",
    "AWS::RedshiftServerless::Namespace", "AWS::S3::Bucket", "AWS::SecretsManager::Secret",
}  # fmt: skip


def complete(account: Account, assembly: Assembly) -> str:
    """Every resource of every template exists, but for those that wait for a champion."""
    expect(
        set(account.stacks()) == set(assembly.stacks),
        f"stacks are {account.stacks()}; expected {sorted(assembly.stacks)}",
    )
    made = {(each.stack, each.logical_id) for each in account.events()}
    wanted = [each for each in assembly.resources() if each.condition is None]
    missing = [f"{e.logical_id} ({e.stack})" for e in wanted if (e.stack, e.logical_id) not in made]
    expect(not missing, f"not created: {', '.join(missing)}")
    waiting = [each for each in assembly.resources() if each.condition]
    return (
        f"{len(assembly.stacks)} stacks, {len(wanted)} resources of "
        f"{len({each.type for each in wanted})} types; {len(waiting)} wait for a champion"
    )


def untouched(account: Account, before: Sequence[Event], output: str, assembly: Assembly) -> str:
    """A second deploy of the same changes nothing."""
    after = account.events()
    changed = [f"{each.logical_id} ({each.stack})" for each in after[len(before) :]]
    expect(len(after) == len(before), f"a deploy without a change touched {', '.join(changed)}")
    unchanged = output.count("(no changes)")
    expect(
        unchanged == len(assembly.stacks),
        f"{unchanged} of {len(assembly.stacks)} stacks were told to have no changes",
    )
    return f"{unchanged} stacks without changes, no resource touched"


def updated(account: Account, before: Sequence[Event]) -> str:
    """The update reached what was changed, made the endpoint, and kept everything with data."""
    new = _new(before, account.events())
    lost = [e for e in new if e.type in _KEPT and e.status != "UPDATE_COMPLETE"]
    expect(not lost, f"the update replaced or dropped {', '.join(e.logical_id for e in lost)}")
    minutes = account.function("retrain_trigger")["Environment"]["Variables"][
        "LEADWISE_COOLDOWN_MINUTES"
    ]
    expect(
        minutes == str(COOLDOWN_MINUTES),
        f"the changed setting did not arrive: cooldown is {minutes}; expected {COOLDOWN_MINUTES}",
    )
    made = [e.type.split("::", 1)[1] for e in new if e.status == "CREATE_COMPLETE"]
    expect("SageMaker::Endpoint" in made, "naming a champion did not make the endpoint")
    endpoint = account.only("AWS::SageMaker::Endpoint", "").id
    status = account.client("sagemaker").describe_endpoint(EndpointName=endpoint)
    expect(status["EndpointStatus"] == "InService", f"endpoint {endpoint} is {status}")
    changed = [e.logical_id for e in new if e.status == "UPDATE_COMPLETE"]
    return f"{len(changed)} resources changed, {len(made)} made; endpoint {endpoint} is in service"


def _new(before: Sequence[Event], after: Sequence[Event]) -> list[Event]:
    left = list(after)
    for event in before:
        left.remove(event)
    return left
