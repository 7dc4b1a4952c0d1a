"""What a team tells the work list about itself, as it stands in the address of the page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from urllib.parse import urlencode

from ml.core.planning import Terms

CAPACITY = 25
MOST = 1_000
_MOST_MONEY = 1e9


@dataclass(frozen=True, kw_only=True)
class WorkTerms:
    """How many leads a team can work, and what that is worth to it.

    Parameters
    ----------
    capacity : str, default='25'
        Leads that can be worked today, as it was typed.
    value, cost : str, default=''
        What a win is worth and working a lead costs, as they were typed; empty for not known.
    by : str, default=''
        Way of contact; empty for any.
    wrong : dict of str to str
        What cannot be read, and what was expected, by field.
    """

    capacity: str = str(CAPACITY)
    value: str = ""
    cost: str = ""
    by: str = ""
    wrong: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(
        cls, query: Mapping[str, str], ways: Sequence[str], worth: float | None = None
    ) -> WorkTerms:
        """The terms of an address.

        Parameters
        ----------
        query : mapping of str to str
            Parameters of the address.
        ways : sequence of str
            Ways of contact that the use case knows of.
        worth : float or None, default=None
            What a win is worth where the address does not speak of it.

        Examples
        --------
        >>> WorkTerms.read({"capacity": "40", "value": "1200", "cost": "15"}, ()).terms
        Terms(capacity=40, value=1200.0, cost=15.0)
        >>> WorkTerms.read({"capacity": "many", "cost": "3"}, ()).wrong
        {'capacity': 'Write a whole number from 1 to 1,000.', 'value': 'Say what a win is worth.'}
        >>> WorkTerms.read({}, (), 1200.0).value, WorkTerms.read({"value": ""}, (), 1200.0).value
        ('1200', '')
        """
        asked = {"value": "" if worth is None else f"{worth:g}", **query}
        given = {name: asked.get(name, "").strip()[:20] for name in ("capacity", "value", "cost")}
        given["capacity"] = given["capacity"] or str(CAPACITY)
        by = query.get("by", "")
        return cls(**given, by=by if by in ways else "", wrong=_wrong(**given))

    @property
    def terms(self) -> Terms:
        """For the plan. Without money every lead pays, and profit says nothing."""
        value, cost = _money(self.value), _money(self.cost)
        return Terms(capacity=int(self.capacity), value=value or 1.0, cost=cost or 0.0)

    @property
    def knows_money(self) -> bool:
        """Whether a profit can be told."""
        return bool(self.value)

    @property
    def query(self) -> str:
        """The terms as the end of an address."""
        default = asdict(WorkTerms())
        given = {name: said for name, said in asdict(self).items() if said != default[name]}
        given.pop("wrong", None)
        return f"?{urlencode(given)}" if given else ""


def _wrong(capacity: str, value: str, cost: str) -> dict[str, str]:
    found = {}
    whole = capacity.isascii() and capacity.isdigit()
    if not (whole and 1 <= int(capacity) <= MOST):
        found["capacity"] = f"Write a whole number from 1 to {MOST:,}."
    if cost and not value:
        found["value"] = "Say what a win is worth."
    if value and not _money(value):
        found["value"] = "Write an amount above 0, such as 1200."
    if cost and _money(cost) is None:
        found["cost"] = "Write an amount of 0 or more, such as 15."
    return found


def _money(text: str) -> float | None:
    """An amount from 0; None where the text is none."""
    try:
        amount = float(text.replace(",", ""))
    except ValueError:
        return None
    return amount if math.isfinite(amount) and 0 <= amount <= _MOST_MONEY else None
