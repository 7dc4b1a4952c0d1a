"""Configurations: candidates with one value per parameter."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from ml.contract.candidates import Candidate, Parameter


def configurations(candidate: Candidate) -> list[Candidate]:
    """Every combination of a candidate's grid, each as a candidate without a grid or space.

    Examples
    --------
    >>> from ml.contract.names import Estimator
    >>> grid = (("max_depth", (3, 6)), ("n_estimators", (100, 200)))
    >>> found = configurations(Candidate(estimator=Estimator.LIGHTGBM, grid=grid))
    >>> [describe(one) for one in found][0], len(found)
    ('lightgbm max_depth=3 n_estimators=100', 4)
    """
    names = [name for name, _ in candidate.grid]
    combinations = product(*(values for _, values in candidate.grid))
    return [configured(candidate, dict(zip(names, values, strict=True))) for values in combinations]


def configured(candidate: Candidate, params: dict[str, Parameter]) -> Candidate:
    """A candidate with parameters over its own, and nothing left to search."""
    merged = tuple((dict(candidate.params) | params).items())
    return replace(candidate, params=merged, grid=(), space=())


def describe(candidate: Candidate) -> str:
    """A configuration in one line: the family and what differs from its defaults."""
    weighted = ["weighted"] if candidate.class_weights else []
    params = [f"{name}={_short(value)}" for name, value in candidate.params]
    return " ".join([candidate.estimator, *weighted, *params])


def _short(value: Parameter) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
