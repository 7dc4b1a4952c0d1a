"""The price of one environment, resource by resource."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from infra.cost import machines, pieces, usage
from infra.cost.charge import Charge, Pricers
from infra.cost.free import FREE
from infra.cost.prices import PriceList, PriceMissing
from infra.cost.templates import Resource, Stack, read_stacks
from ml.contract.errors import GateRefused

if TYPE_CHECKING:
    from infra.environments import Environment

IDLE: Pricers = {**machines.PRICERS, **pieces.PRICERS}


class OverBudget(GateRefused):
    """Raised when an environment costs more before anyone uses it than its budget allows."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """What one resource is charged for.

    Parameters
    ----------
    stack, resource, type : str
        Name of the stack, logical id and type of the resource.
    charge : Charge
        What it is charged for.
    usd : float
        US dollars for a unit.
    per : str
        The unit.
    monthly : float
        US dollars a month.
    """

    stack: str
    resource: str
    type: str
    charge: Charge
    usd: float
    per: str
    monthly: float


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What an environment costs a month.

    Parameters
    ----------
    environment : str
        Its name.
    stacks : tuple of str
        Names of its stacks.
    lines : tuple of Line
        All charges.
    free : int
        Number of resources that cost nothing.
    """

    environment: str
    stacks: tuple[str, ...]
    lines: tuple[Line, ...]
    free: int

    @cached_property
    def idle(self) -> tuple[Line, ...]:
        """What is paid before anyone uses it."""
        return tuple(line for line in self.lines if not line.charge.assumption)

    @cached_property
    def used(self) -> tuple[Line, ...]:
        """What is paid by use, each with its assumption."""
        return tuple(line for line in self.lines if line.charge.assumption)

    @property
    def idle_usd(self) -> float:
        """US dollars a month, idle."""
        return total(self.idle)

    @property
    def used_usd(self) -> float:
        """US dollars that a month of use adds."""
        return total(self.used)


def total(lines: Iterable[Line], stack: str | None = None) -> float:
    """US dollars a month of all lines, or of one stack's, in whole cents."""
    return round(sum(line.monthly for line in lines if stack in {None, line.stack}), 2)


def estimate(environment: str, stacks: Iterable[Stack], prices: PriceList) -> Estimate:
    """Price of an environment's stacks.

    Parameters
    ----------
    environment : str
        Its name.
    stacks : iterable of Stack
        All of them.
    prices : PriceList
        Of its region.

    Raises
    ------
    PriceMissing
        If a type of resource, or what one needs, has no price.
    NotPriceable
        If a price depends on what only a deploy knows.
    """
    stacks = tuple(stacks)
    resources = [resource for stack in stacks for resource in stack.resources]
    return Estimate(
        environment=environment,
        stacks=tuple(stack.name for stack in stacks),
        lines=tuple(line for each in resources for line in _lines(each, prices)),
        free=sum(each.type in FREE for each in resources),
    )


def price_of(environment: "Environment", prices: PriceList, folder: Path) -> Estimate:
    """Estimate of an environment whose templates lie in a folder.

    Parameters
    ----------
    environment : Environment
        Whose region the prices must be of.
    prices : PriceList
        Of one region.
    folder : Path
        What synth wrote to.

    Raises
    ------
    PriceMissing
        If the prices are another region's, or one is missing.
    """
    if environment.region != prices.region:
        raise PriceMissing(
            f"environment {environment.name!r} is in {environment.region}; "
            f"infra/cost/prices.json holds prices of {prices.region}: add those of its region"
        )
    return estimate(environment.name, read_stacks(folder, environment.name), prices)


def _lines(resource: Resource, prices: PriceList) -> Iterator[Line]:
    for charge in _charges(resource):
        if charge.count:
            price = prices.of(charge.price, str(resource))
            yield Line(
                stack=resource.stack.name,
                resource=resource.id,
                type=resource.type,
                charge=charge,
                usd=price.usd,
                per=price.per,
                monthly=prices.monthly(charge.price, charge.count, str(resource)),
            )


def _charges(resource: Resource) -> Iterator[Charge]:
    pricers = [table[resource.type] for table in (IDLE, usage.PRICERS) if resource.type in table]
    if not pricers and resource.type not in FREE:
        raise PriceMissing(
            f"{resource} has no price; add its type to infra/cost: to machines.py or pieces.py "
            "if it is paid idle, to usage.py if by use, to free.py if it costs nothing"
        )
    for pricer in pricers:
        yield from pricer(resource)


def hold_budget(estimates: Iterable[tuple[Estimate, int]]) -> None:
    """Refuse environments whose idle price is above their budget.

    Parameters
    ----------
    estimates : iterable of pairs of Estimate and int
        Each with its budget in US dollars a month.

    Raises
    ------
    OverBudget
        Naming each such environment, its price, its budget and what costs most.
    """
    over = [_excess(each, budget) for each, budget in estimates if each.idle_usd > budget]
    if over:
        raise OverBudget("; ".join(over) + ": make something smaller, or raise monthly_budget")


def _excess(estimated: Estimate, budget: int) -> str:
    dearest = max(estimated.idle, key=lambda line: line.monthly)
    return (
        f"{estimated.environment} costs ${estimated.idle_usd:.2f} a month idle, "
        f"its budget is ${budget} (dearest: {dearest.charge.what} in {dearest.stack}, "
        f"${dearest.monthly:.2f})"
    )
