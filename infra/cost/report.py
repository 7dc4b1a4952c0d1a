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
    for stack in found.stacks:
        yield from _stack_rows(stack, [line for line in found.idle if line.stack == stack])
    yield f"  {found.free} resources are free"
    yield f"{found.environment}, by use:"
    yield from _use_rows(found.used)


def _stack_rows(stack: str, lines: Sequence[Line]) -> Iterator[str]:
    if lines:
        yield f"  {stack:<68}{total(lines):>10.2f}"
    for line in sorted(lines, key=lambda line: -line.monthly):
        name = f"{_short(line.type)} {line.resource}"
        quantity = f"{_plain(line.charge.count)} x {_plain(line.usd)} per {line.per}"
        yield f"    {name:<56.56}{line.monthly:>8.2f}  {line.charge.what}: {quantity}"


def _use_rows(lines: Sequence[Line]) -> Iterator[str]:
    """What is alike stands in one row: twenty log groups say the same thing twenty times."""
    alike: dict[tuple[str, str, str], list[Line]] = {}
    for line in lines:
        key = (line.type, line.charge.what, line.charge.assumption)
        alike.setdefault(key, []).append(line)
    for (kind, what, assumption), group in sorted(alike.items(), key=lambda pair: -total(pair[1])):
        name = f"{len(group)} x {_short(kind)}: {what}"
        yield f"    {name:<56.56}{total(group):>8.2f}  each {assumption}"


def _plain(number: float) -> str:
    return f"{number:.10f}".rstrip("0").rstrip(".")


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
