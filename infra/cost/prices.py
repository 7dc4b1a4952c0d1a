"""AWS's list prices, each with its source, as of one day and one region."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml.contract.errors import UsageError

PRICES = Path(__file__).with_name("prices.json")


class PriceMissing(UsageError):
    """Raised when something that AWS charges for has no price here; what has none is not free."""


@dataclass(frozen=True, kw_only=True)
class Price:
    """What one unit of something costs.

    Parameters
    ----------
    usd : float
        US dollars per unit.
    per : str
        The unit: ``"hour"``, ``"month"``, ``"GB-month"`` and so on.
    """

    usd: float
    per: str


class PriceList:
    """Prices of one region.

    Parameters
    ----------
    region : str
        Where they hold.
    date : str
        Day on which they were looked up, as in ``"2026-11-21"``.
    hours : int
        Of a month.
    prices : dict of str to Price
        By key, such as ``"ec2.t4g.nano"``.
    """

    def __init__(self, *, region: str, date: str, hours: int, prices: dict[str, Price]) -> None:
        self.region, self.date, self.hours = region, date, hours
        self._prices = prices

    @classmethod
    def read(cls, file: Path = PRICES) -> "PriceList":
        """Prices from a file such as prices.json."""
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        prices = {
            key: Price(usd=entry["usd"], per=entry["per"])
            for key, entry in content["prices"].items()
        }
        return cls(
            region=content["region"],
            date=content["date"],
            hours=content["hours_per_month"],
            prices=prices,
        )

    def of(self, key: str, wanted_by: str) -> Price:
        """Price under a key.

        Parameters
        ----------
        key : str
            Such as ``"ec2.t4g.nano"``.
        wanted_by : str
            Resource that is to be priced, for the message.

        Raises
        ------
        PriceMissing
            If there is none.
        """
        if key not in self._prices:
            raise PriceMissing(
                f"{wanted_by} needs the price {key!r}, which infra/cost/prices.json lacks; "
                "add it with its source"
            )
        return self._prices[key]

    def monthly(self, key: str, count: float, wanted_by: str) -> float:
        """US dollars for `count` units; what is paid by the hour runs the whole month."""
        price = self.of(key, wanted_by)
        return price.usd * count * (self.hours if price.per == "hour" else 1)
