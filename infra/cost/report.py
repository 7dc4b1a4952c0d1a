"""Estimates as text for people and as one JSON object for programs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from infra.cost.change import Change
from infra.cost.estimate import Estimate, Line, total
from infra.cost.prices import PriceList

_SIGNS = {"added": "+", "removed": "-", "changed": "~"}


@dataclass(frozen=True, kw_only=True)
class Priced:
    """An environment's estimate with what belongs to it.

    Parameters
    ----------
    estimate : Estimate
        As it is now.
    budget : int
        The most that its idle price may be, in US dollars a month.
    before : Estimate or None
        What it is compared with.
    changes : sequence of Change
        Between the two.
    """

    estimate: Estimate
    budget: int
    before: Estimate | None = None
    changes: Sequence[Change] = ()


def as_text(priced: Iterable[Priced], prices: PriceList) -> str:
    """All environments, one after the other: idle first, then use with its assumptions."""
    head = (
        f"US dollars a month at AWS's list prices of {prices.date} in {prices.region}; "
        f"{prices.hours} hours, no free tier, no tax"
    )
    return "\n".join([head, *(line for each in priced for line in ("", *_environment(each)))])


def _environment(priced: Priced) -> Iterator[str]:
    found = priced.estimate
    yield (
        f"{found.environment}: {found.idle_usd:.2f} idle, budget {priced.budget}; "
        f"use as assumed adds {found.used_usd:.2f}"
    )
    if priced.before:
        yield from _comparison(priced, priced.before)
        return
    yield from _stacks(found, found.idle)
    yield f"  {found.free} resources are free"
    yield f"{found.environment}, by use:"
    yield from _stacks(found, found.used)


def _stacks(found: Estimate, lines: Sequence[Line]) -> Iterator[str]:
    for stack in found.stacks:
        own = [line for line in lines if line.stack == stack]
        if own:
            yield f"  {stack:<70}{total(own):>10.2f}"
            yield from (_row(line) for line in sorted(own, key=lambda line: -line.monthly))


def _row(line: Line) -> str:
    quantity = f"{line.charge.count:.6g} x {line.usd:g} per {line.per}"
    said = f"  {line.charge.assumption}" if line.charge.assumption else ""
    name = f"{_short(line.type)} {line.resource}"
    return f"    {name:<58.58}{line.monthly:>8.2f}  {line.charge.what}: {quantity}{said}"


def _short(kind: str) -> str:
    return kind.removeprefix("AWS::").replace("::", " ")


def _comparison(priced: Priced, before: Estimate) -> Iterator[str]:
    idle = priced.estimate.idle_usd - before.idle_usd
    used = priced.estimate.used_usd - before.used_usd
    yield f"  idle {idle:+.2f}, was {before.idle_usd:.2f}; use {used:+.2f}"
    for change in priced.changes:
        line = change.line
        kind = "by use" if line.charge.assumption else "idle"
        yield (
            f"  {_SIGNS[change.kind]} {change.delta:>+8.2f}  {line.stack} "
            f"{_short(line.type)} {line.resource}: {line.charge.what} ({kind})"
        )
    if not priced.changes:
        yield "  nothing that costs has changed"


def as_json(priced: Iterable[Priced], prices: PriceList) -> dict[str, Any]:
    """The same as one object."""
    return {
        "currency": "USD",
        "region": prices.region,
        "prices_of": prices.date,
        "hours_per_month": prices.hours,
        "environments": [_object(each) for each in priced],
    }


def _object(priced: Priced) -> dict[str, Any]:
    found = priced.estimate
    content: dict[str, Any] = {
        "environment": found.environment,
        "idle": found.idle_usd,
        "budget": priced.budget,
        "by_use": found.used_usd,
        "stacks": [_stack(found, stack) for stack in found.stacks],
        "free_resources": found.free,
    }
    if priced.before:
        content["against"] = {
            "idle": priced.before.idle_usd,
            "idle_change": round(found.idle_usd - priced.before.idle_usd, 2),
            "by_use_change": round(found.used_usd - priced.before.used_usd, 2),
            "changes": [_change(each) for each in priced.changes],
        }
    return content


def _stack(found: Estimate, stack: str) -> dict[str, Any]:
    return {
        "stack": stack,
        "idle": total(found.idle, stack),
        "by_use": total(found.used, stack),
        "lines": [_line(line) for line in found.lines if line.stack == stack],
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "resource": line.resource,
        "type": line.type,
        "what": line.charge.what,
        "price": line.charge.price,
        "usd": line.usd,
        "per": line.per,
        "count": line.charge.count,
        "monthly": round(line.monthly, 4),
        "assumption": line.charge.assumption or None,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "stack": change.line.stack,
        "before": round(change.before, 4),
        "after": round(change.after, 4),
        "delta": round(change.delta, 4),
        **_line(change.line),
    }
