"""Something that AWS charges a resource for."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from infra.cost.templates import Resource


@dataclass(frozen=True, kw_only=True)
class Charge:
    """A number of units at a price.

    Parameters
    ----------
    what : str
        In words: ``"disk"``, ``"public address"``.
    price : str
        Key in prices.json.
    count : float, default=1
        Units a month; of what is paid by the hour, how many run all month.
    assumption : str, default=""
        Of what is paid by use: the use that the count stands for. Empty for what is paid idle.
    """

    what: str
    price: str
    count: float = 1
    assumption: str = ""


#: How a type of resource is charged.
Pricer = Callable[[Resource], Iterable[Charge]]
Pricers = Mapping[str, Pricer]
