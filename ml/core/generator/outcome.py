"""The latent logit of conversion: a sum of tables over one or two variables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.core.generator.rules import Floats, Ints

Axis = tuple[str, NDArray[np.int64]]


@dataclass(frozen=True, kw_only=True)
class Term:
    """Log-odds over one or two variables; axes hold their edges or their lookup of codes."""

    axes: tuple[Axis, ...]
    numeric: tuple[bool, ...]
    logits: Floats


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Intercept and terms of the latent logit."""

    intercept: float
    terms: tuple[Term, ...]


def compile_outcome(document: Mapping[str, Any], levels: Mapping[str, list[str]]) -> Outcome:
    """Outcome model from its readable form.

    Parameters
    ----------
    document : mapping
        `intercept`; `edges`: lower edges of the bands of each number; `terms`: a list of
        `{"of": [axis, ...], "logits": {"level | level": log-odds}}`. An axis named
        `variable/name` uses its own edges. Cells left out count as zero.
    levels : mapping of str to list of str
        Levels of the variables that are no numbers.

    Returns
    -------
    Outcome
        What `conversion_logit` sums up.
    """
    edges: Mapping[str, list[int]] = document["edges"]
    terms = tuple(_term(term, edges, levels) for term in document["terms"])
    return Outcome(intercept=document["intercept"], terms=terms)


def conversion_logit(outcome: Outcome, known: Mapping[str, Ints]) -> Floats:
    """Log-odds of conversion of each lead, given what is known when it arrives."""
    size = len(next(iter(known.values())))
    logit = np.full(size, outcome.intercept, dtype=np.float64)
    for term in outcome.terms:
        places = [
            np.searchsorted(axis, known[name], side="right") if numeric else known[name]
            for (name, axis), numeric in zip(term.axes, term.numeric, strict=True)
        ]
        logit += term.logits[tuple(places)]
    return logit


def probability(logit: Floats) -> Floats:
    """Probability of each logit, to six digits.

    Machines disagree on the last bits of `exp`; rounding keeps the draws equal everywhere.
    """
    return np.round(1.0 / (1.0 + np.exp(-logit)), 6)


def _term(
    document: Mapping[str, Any],
    edges: Mapping[str, list[int]],
    levels: Mapping[str, list[str]],
) -> Term:
    names: list[str] = document["of"]
    labels = [_labels(name, edges, levels) for name in names]
    logits = np.zeros([len(each) for each in labels], dtype=np.float64)
    for cell, value in document["logits"].items():
        place = tuple(
            each.index(part) for each, part in zip(labels, cell.split(" | "), strict=True)
        )
        logits[place] = value
    axes = tuple((n.split("/")[0], np.array(edges.get(n, []), dtype=np.int64)) for n in names)
    return Term(axes=axes, numeric=tuple(n in edges for n in names), logits=logits)


def _labels(
    name: str, edges: Mapping[str, list[int]], levels: Mapping[str, list[str]]
) -> list[str]:
    if name not in edges:
        return levels[name]
    return ["below", *(f"from {edge}" for edge in edges[name])]
