"""Decision trees over the variables decided before, as rules that the generator draws from.

A leaf holds at least `MIN_LEAF` leads; levels seen in fewer than `MIN_CELL` of them are pooled and
share their weight like in the node above, and a pool below `MIN_CELL` is dropped. So no stored
figure describes fewer than five leads.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier

from bench.generator_variables import to_codes
from ml.core.generator import columns as c
from ml.core.generator import variables as v

MIN_LEAF = 20
MIN_CELL = 5
MIN_SPLIT_GAIN_BITS = 8.0
MAX_LEAVES = 60
INDEPENDENT_OF_OUTCOME = (v.VENDOR,)
TIED_NUMBERS = tuple(name for name in v.NUMBERS if name != c.VISITS)
"""Numbers that make sense only beside another: even their rare values need a rule."""


def fit_rules(
    values: Mapping[str, pd.Series], levels: Mapping[str, list[str]]
) -> dict[str, dict[str, Any]]:
    """One rule for each variable that is drawn, given those decided before it."""
    rules, known = {}, [v.PERIOD]
    for name in list(values)[1:]:
        if name != c.CONVERTED:
            parents = [p for p in known if name not in INDEPENDENT_OF_OUTCOME or p == v.PERIOD]
            rules[name] = fit_rule(name, parents, values, levels)
        known.append(name)
    return rules


def fit_rule(
    name: str,
    parents: Sequence[str],
    values: Mapping[str, pd.Series],
    levels: Mapping[str, list[str]],
) -> dict[str, Any]:
    """Decision tree of one variable over its parents, as nested questions."""
    questions, answers = ask(parents, values)
    codes = to_codes(name, values[name], levels[name])
    common = ~rare_levels(name, codes, levels[name])[codes]
    codes, answers = codes[common], answers[common]
    tree = DecisionTreeClassifier(
        criterion="entropy",
        min_samples_leaf=MIN_LEAF,
        min_impurity_decrease=MIN_SPLIT_GAIN_BITS / len(codes),
        max_leaf_nodes=MAX_LEAVES,
        random_state=0,
    ).fit(answers, codes)
    counts = tree.decision_path(answers).T.tolil().rows
    members = [np.bincount(codes[rows], minlength=len(levels[name])) for rows in counts]
    return _node(tree.tree_, 0, questions, members, None, levels[name])


def fit_rare(name: str, values: pd.Series, levels: list[str]) -> dict[str, Any]:
    """Table of the levels that are too rare for the rule, and their share of the leads."""
    codes = to_codes(name, values, levels)
    counts = np.bincount(codes, minlength=len(levels)) * rare_levels(name, codes, levels)
    if counts.sum() < MIN_CELL:
        return {}
    share = round(float(counts.sum() / len(codes)), 5)
    return {"of_leads": share, **_shares(smooth(counts, None), levels)}


def rare_levels(name: str, codes: np.ndarray, levels: list[str]) -> np.ndarray:
    """Which levels have too few leads for a say in a rule."""
    if name in TIED_NUMBERS:
        return np.zeros(len(levels), dtype=bool)
    return np.asarray(np.bincount(codes, minlength=len(levels)) < MIN_LEAF)


def ask(
    parents: Sequence[str], values: Mapping[str, pd.Series]
) -> tuple[list[tuple[str, str | None]], np.ndarray]:
    """Every question a split may ask: is the level so, or is the number above."""
    questions: list[tuple[str, str | None]] = []
    answers: list[np.ndarray] = []
    for name in parents:
        if name in v.NUMBERS or name == v.PERIOD:
            questions.append((name, None))
            answers.append(values[name].to_numpy(dtype=np.float32))
            continue
        for level, count in values[name].value_counts().items():
            if count >= MIN_LEAF:
                questions.append((name, str(level)))
                answers.append((values[name] == level).to_numpy(dtype=np.float32))
    return questions, np.column_stack(answers)


def _node(
    tree: Any,
    at: int,
    questions: list[tuple[str, str | None]],
    members: list[np.ndarray],
    above: np.ndarray | None,
    levels: list[str],
) -> dict[str, Any]:
    shares = smooth(members[at], above)
    if tree.children_left[at] < 0:
        return _shares(shares, levels)
    name, level = questions[tree.feature[at]]
    # scikit-learn sends values up to the threshold to the left.
    threshold = int(np.floor(tree.threshold[at]))
    question = [name, "above", threshold] if level is None else [name, "is", level]
    return {
        "if": question,
        "yes": _node(tree, tree.children_right[at], questions, members, shares, levels),
        "no": _node(tree, tree.children_left[at], questions, members, shares, levels),
    }


def smooth(counts: np.ndarray, above: np.ndarray | None) -> np.ndarray:
    """Shares of levels, cells under the minimum pooled and shared like in the node above."""
    small = (counts > 0) & (counts < MIN_CELL)
    shares: np.ndarray = np.where(small, 0, counts).astype(float)
    pool = counts[small].sum()
    weights = small * (np.ones(len(counts)) if above is None else above + 1e-9)
    if pool >= MIN_CELL and small.sum() > 1:
        shares += pool * weights / weights.sum()
    total: float = shares.sum()
    return np.asarray(shares / total)


def _shares(shares: np.ndarray, levels: list[str]) -> dict[str, Any]:
    kept = {levels[i]: round(float(s), 4) for i, s in enumerate(shares) if s >= 0.0001}
    return {"shares": kept}
