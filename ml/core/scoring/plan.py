"""The encoder plan: what a fitted encoder does to a row, as plain data.

A row starts as `base`, the encoding of a row whose every value is missing; each value that
is there then sets the few positions that depend on it. Levels and yes/no do so by lookup,
numbers by formula. Encoding a level is one dictionary access, whatever the model family.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

Positions = tuple[tuple[int, float], ...]


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """A column of levels or yes/no.

    Parameters
    ----------
    source : str
        Clean column.
    values : mapping of str to positions
        Per level, the positions to set and what to; yes and no are "1" and "0".
    unknown : positions
        The same for every level that is not listed.
    """

    source: str
    values: Mapping[str, Positions]
    unknown: Positions

    @property
    def positions(self) -> tuple[int, ...]:
        """Every position that the column may set."""
        pairs = [*self.unknown, *(pair for value in self.values.values() for pair in value)]
        return tuple(sorted({position for position, _ in pairs}))


@dataclass(frozen=True, kw_only=True)
class Number:
    """A column of numbers or days.

    Parameters
    ----------
    source : str
        Clean column.
    to : int
        Position of the number.
    power : float or None
        Lambda of the Yeo-Johnson transform; None for none.
    mean, scale : float
        Taken off, then divided by, after the transform.
    present : positions
        Further positions to set when the number is there: its missing indicator, to 0.
    """

    source: str
    to: int
    power: float | None = None
    mean: float = 0.0
    scale: float = 1.0
    present: Positions = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that an encoder learned.

    Parameters
    ----------
    names : tuple of str
        One name per position.
    base : tuple of float
        The encoding of a row without any value; NaN where the model reads missing as such.
    lookups : tuple of Lookup
    numbers : tuple of Number
    """

    names: tuple[str, ...]
    base: tuple[float, ...]
    lookups: tuple[Lookup, ...]
    numbers: tuple[Number, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """Clean columns that the encoder reads."""
        levels = tuple(lookup.source for lookup in self.lookups)
        return levels + tuple(number.source for number in self.numbers)

    @property
    def positions_of(self) -> dict[str, tuple[int, ...]]:
        """Positions that each clean column decides; no position has two columns."""
        numbers = {n.source: (n.to, *(place for place, _ in n.present)) for n in self.numbers}
        return {lookup.source: lookup.positions for lookup in self.lookups} | numbers

    def to_json(self) -> dict[str, Any]:
        """Plain data that `from_json` reads back to an equal plan; NaN as null."""
        return asdict(self) | {
            "base": [None if math.isnan(value) else value for value in self.base]
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Plan:
        """The plan of plain data.

        Raises
        ------
        KeyError, TypeError, ValueError
            If the data is no plan.
        """
        base = tuple(math.nan if value is None else float(value) for value in plain["base"])
        plan = cls(
            names=tuple(map(str, plain["names"])),
            base=base,
            lookups=tuple(_lookup(part) for part in plain["lookups"]),
            numbers=tuple(_number(part) for part in plain["numbers"]),
        )
        plan._refuse_strangers()
        return plan

    def _refuse_strangers(self) -> None:
        places = [place for positions in self.positions_of.values() for place in positions]
        if len(self.names) != len(self.base) or len(set(places)) != len(places):
            raise ValueError("names, base and positions of the encoder plan do not fit together")
        if any(not 0 <= place < len(self.base) for place in places):
            raise ValueError(f"the encoder plan sets positions outside 0..{len(self.base) - 1}")


def _positions(plain: Any) -> Positions:
    return tuple((int(position), float(value)) for position, value in plain)


def _lookup(plain: Mapping[str, Any]) -> Lookup:
    values = {str(level): _positions(pairs) for level, pairs in plain["values"].items()}
    return Lookup(source=plain["source"], values=values, unknown=_positions(plain["unknown"]))


def _number(plain: Mapping[str, Any]) -> Number:
    power = plain["power"]
    return Number(
        source=plain["source"],
        to=int(plain["to"]),
        power=None if power is None else float(power),
        mean=float(plain["mean"]),
        scale=float(plain["scale"]),
        present=_positions(plain["present"]),
    )
