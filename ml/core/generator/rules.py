"""Conditional frequency tables, written as rules that ask one question at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """A frequency table: level codes and their cumulative shares."""

    codes: Ints
    cumulative: Floats


@dataclass(frozen=True, kw_only=True)
class Split:
    """A question about a variable decided before, and where each answer leads."""

    variable: str
    above: bool
    value: int
    yes: "Node"
    no: "Node"

    def holds(self, values: Ints) -> NDArray[np.bool_]:
        return values > self.value if self.above else values == self.value


Node = Leaf | Split


def compile_rule(
    node: Mapping[str, Any], levels: list[str], codes: Mapping[str, list[str]]
) -> Node:
    """Rule of one variable, from its readable form.

    Parameters
    ----------
    node : mapping
        Either `{"shares": {level: share}}` or `{"if": [variable, "is" | "above", value], "yes":
        node, "no": node}`.
    levels : list of str
        Levels of the variable that the rule decides.
    codes : mapping of str to list of str
        Levels of the variables that the rule may ask about.

    Returns
    -------
    Node
        What `draw` samples from.
    """
    if "shares" in node:
        return _leaf(node["shares"], levels)
    variable, test, value = node["if"]
    above = test == "above"
    return Split(
        variable=variable,
        above=above,
        value=value if above else codes[variable].index(value),
        yes=compile_rule(node["yes"], levels, codes),
        no=compile_rule(node["no"], levels, codes),
    )


def draw(rule: Node, known: Mapping[str, Ints], uniform: Floats) -> Ints:
    """Level codes drawn for many leads at once.

    Parameters
    ----------
    rule : Node
        Rule of the variable to draw.
    known : mapping of str to array of shape (n_leads,)
        Variables decided before, which the rule asks about.
    uniform : array of shape (n_leads,)
        One uniform number in [0, 1) for each lead; the only source of chance.

    Returns
    -------
    array of shape (n_leads,)
        Positions in the list of levels.
    """
    drawn = np.empty(len(uniform), dtype=np.int32)
    _descend(rule, known, uniform, np.arange(len(uniform)), drawn)
    return drawn


def _descend(
    node: Node, known: Mapping[str, Ints], uniform: Floats, rows: NDArray[np.intp], drawn: Ints
) -> None:
    if not len(rows):
        return
    if isinstance(node, Leaf):
        place = np.searchsorted(node.cumulative, uniform[rows], side="right")
        drawn[rows] = node.codes[place]
        return
    answer = node.holds(known[node.variable][rows])
    _descend(node.yes, known, uniform, rows[answer], drawn)
    _descend(node.no, known, uniform, rows[~answer], drawn)


def _leaf(shares: Mapping[str, float], levels: list[str]) -> Leaf:
    cumulative = np.cumsum(np.array(list(shares.values()), dtype=np.float64))
    return Leaf(
        codes=np.array([levels.index(level) for level in shares], dtype=np.int32),
        # The last bound is left out: rounding must never push a lead beyond the table.
        cumulative=(cumulative / cumulative[-1])[:-1],
    )
