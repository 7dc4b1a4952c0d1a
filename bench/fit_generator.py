"""Estimate the synthetic generator's tables from the real X Education file.

Recipe for every figure in `ml/core/generator/tables.json`::

    python bench/fit_generator.py Leads.csv ml/core/generator/tables.json

Each variable gets a small decision tree over the variables decided before it. A leaf holds at
least `MIN_LEAF` leads; levels seen in fewer than `MIN_CELL` of them are pooled and share their
weight like in the leaf above, and a pool below `MIN_CELL` is dropped. So no stored figure
describes fewer than five leads.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from ml.core.generator import columns as c
from ml.core.generator import variables as v

MIN_LEAF = 20
MIN_CELL = 5
MIN_SPLIT_GAIN_BITS = 4.0
MAX_LEAVES = 60
PENALTY = 0.15
CUTS: Mapping[str, Sequence[int]] = {
    c.VISITS: (*range(-1, 15), 17, 19, 22, 26, 31, 61, 252),
    v.SESSIONS: (*range(10), 12, 16, 31, 252),
    c.WEB_TIME: (
        *(0, 1, 4, 8, 12, 16, 22, 30, 40, 50, 60, 72, 84, 96, 110, 125, 140, 155, 170, 190),
        *(210, 230, 250, 275, 300, 330, 360, 400, 450, 500, 560, 620, 700, 780, 850, 920, 980),
        *(1030, 1080, 1140, 1200, 1260, 1320, 1370, 1420, 1480, 1540, 1620, 1720, 1850, 2000),
        2281,
    ),
    c.ACTIVITY_SCORE: range(-1, 20),
    c.PROFILE_SCORE: range(-1, 22),
}
EDGES: Mapping[str, Sequence[int]] = {
    v.PERIOD: range(1, v.PERIODS),
    c.VISITS: (0, 1, 2, 3, 4, 5, 6, 7, 8, 10),
    v.SESSIONS: (1, 2, 3, 4, 6),
    c.WEB_TIME: (
        *(1, 30, 60, 100, 150, 200, 300, 400, 500, 600, 650, 700, 750, 850),
        *(1000, 1200, 1400, 1600, 1800),
    ),
    f"{c.WEB_TIME}/coarse": (1, 100, 300, 500, 700, 1000, 1500),
    f"{v.PERIOD}/coarse": (4, 9, 14),
}
FORM_FIELDS = ("Specialization", "City")
TERMS: Sequence[tuple[str, ...]] = (
    *((name,) for name in v.ARRIVAL),
    (v.PERIOD,),
    (c.SOURCE, f"{c.WEB_TIME}/coarse"),
    (c.ORIGIN, f"{c.WEB_TIME}/coarse"),
    (v.FORM, f"{c.WEB_TIME}/coarse"),
    (c.SOURCE, v.FORM),
    (c.SOURCE, "Do Not Email"),
    (c.SOURCE, f"{v.PERIOD}/coarse"),
    (f"{v.PERIOD}/coarse", f"{c.WEB_TIME}/coarse"),
    (c.VISITS, f"{c.WEB_TIME}/coarse"),
    (v.SESSIONS, f"{c.WEB_TIME}/coarse"),
    ("Do Not Email", f"{c.WEB_TIME}/coarse"),
)
FLAGS = ("Do Not Call", "Search", "Newspaper Article", "X Education Forums", "Newspaper",
         "Digital Advertisement", "Through Recommendations")  # fmt: skip
INDEPENDENT_OF_OUTCOME = (v.VENDOR,)


def main(source: str, target: str) -> None:
    """Read the real file, estimate the tables, write them."""
    leads = pd.read_csv(source, keep_default_na=False, na_values=[""])
    Path(target).write_text(render(fit(leads)), encoding="utf-8")


def fit(leads: pd.DataFrame) -> dict[str, Any]:
    """The JSON document of the generator's tables."""
    values = describe(leads)
    levels = {name: list_levels(name, values[name]) for name in values if name != v.PERIOD}
    return {
        "levels": levels,
        "flags": fit_flags(leads),
        "rules": fit_rules(values, levels),
        "outcome": fit_outcome(values),
    }


def describe(leads: pd.DataFrame) -> dict[str, pd.Series]:
    """Every variable of the generator, hidden ones included, in drawing order."""
    text = {n: leads[n].fillna(v.MISSING) for n in leads.columns if leads[n].dtype == "str"}
    hidden = {
        v.FORM: form_of(text),
        v.SESSIONS: sessions_of(leads),
        v.STAGE: stage_of(leads),
        v.VENDOR: leads[c.ACTIVITY_SCORE].notna().map({True: "scored", False: v.MISSING}),
        v.MODIFIED: (
            (leads[c.LAST_NOTABLE_ACTIVITY] == "Modified") & (leads[c.LAST_ACTIVITY] != "Modified")
        ).map({True: "yes", False: "no"}),
    }
    rank = leads[c.LEAD_NUMBER].rank() - 1
    values: dict[str, pd.Series] = {v.PERIOD: (rank * v.PERIODS // len(leads)).astype(int)}
    for name in (*v.ARRIVAL, c.CONVERTED, *v.ENGAGEMENT, *v.AGENT):
        if name == c.CONVERTED:
            values[name] = leads[name].map({0: "no", 1: "yes"})
        elif name in v.NUMBERS:
            number = hidden[name] if name in hidden else leads[name]
            values[name] = number.fillna(v.MISSING_NUMBER).astype(int)
        else:
            values[name] = hidden[name] if name in hidden else text[name]
    return values


def form_of(text: Mapping[str, pd.Series]) -> pd.Series:
    """Which form fields were hidden, skipped or filled."""
    states = [
        text[name].map({v.MISSING: "hidden", "Select": "skipped"}).fillna("filled")
        for name in FORM_FIELDS
    ]
    return states[0] + ", " + states[1]


def sessions_of(leads: pd.DataFrame) -> pd.Series:
    """Visits per page views per visit: the file's third web column, made whole."""
    ratio = (leads[c.VISITS] / leads[c.PAGE_VIEWS]).round()
    return ratio.where(leads[c.VISITS] > 0, 0)


def stage_of(leads: pd.DataFrame) -> pd.Series:
    """How far the agents got with the lead: the process behind the missing blocks."""
    stage = pd.Series("untouched", index=leads.index)
    stage[leads[c.WHAT_MATTERS].notna()] = "surveyed"
    stage[leads["Tags"].notna()] = "tagged"
    stage[leads["Lead Quality"].notna()] = "graded"
    return stage


def list_levels(name: str, values: pd.Series) -> list[str]:
    """Levels of a variable: ranges for numbers, most frequent first for text."""
    if name not in v.NUMBERS:
        return [str(level) for level in values.value_counts().index]
    cuts = CUTS[name]
    return [_range_name(low, high - 1) for low, high in pairwise(cuts)]


def _range_name(low: int, high: int) -> str:
    if low == v.MISSING_NUMBER:
        return v.MISSING
    return str(low) if low == high else f"{low}-{high}"


def to_codes(name: str, values: pd.Series, levels: list[str]) -> np.ndarray:
    """Position of each lead's level in the list of levels."""
    if name in v.NUMBERS:
        return np.digitize(values, CUTS[name]) - 1
    return values.map({level: i for i, level in enumerate(levels)}).to_numpy()


def fit_flags(leads: pd.DataFrame) -> dict[str, float]:
    """Share of `Yes` in the rare check boxes; counts below the minimum are pooled."""
    counts = {name: int((leads[name] == "Yes").sum()) for name in FLAGS}
    rare = [n for n in counts.values() if n < MIN_CELL]
    pooled = sum(rare) / max(len(rare), 1)
    return {
        name: round((pooled if n < MIN_CELL else n) / len(leads), 5) for name, n in counts.items()
    }


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


def fit_outcome(values: Mapping[str, pd.Series]) -> dict[str, Any]:
    """Ridge-penalised logistic regression on the cells of the outcome's tables."""
    cells = [cells_of(term, values) for term in TERMS]
    names = [[n for n, k in cell.value_counts().items() if k >= MIN_LEAF] for cell in cells]
    pairs = zip(cells, names, strict=True)
    design = np.column_stack([(cell == n).to_numpy(float) for cell, kept in pairs for n in kept])
    converted = (values[c.CONVERTED] == "yes").to_numpy()
    model = LogisticRegression(C=PENALTY, max_iter=2000).fit(design, converted)
    logits = iter(np.round(model.coef_[0], 3).tolist())
    return {
        "intercept": round(float(model.intercept_[0]), 3),
        "edges": {name: list(edges) for name, edges in EDGES.items()},
        "terms": [
            {"of": list(term), "logits": {name: next(logits) for name in kept}}
            for term, kept in zip(TERMS, names, strict=True)
        ],
    }


def cells_of(term: Sequence[str], values: Mapping[str, pd.Series]) -> pd.Series:
    """Name of the cell that each lead falls into."""
    parts = [_labels(axis, values[axis.split("/")[0]]) for axis in term]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + " | " + part
    return joined


def _labels(axis: str, values: pd.Series) -> pd.Series:
    if axis not in EDGES:
        return values
    names = np.array(["below", *(f"from {edge}" for edge in EDGES[axis])])
    return pd.Series(names[np.digitize(values, EDGES[axis])], index=values.index)


def render(document: Mapping[str, Any]) -> str:
    """JSON with one table or question on each line."""
    return _render(document, 0) + "\n"


def _render(node: Any, depth: int) -> str:
    nested = isinstance(node, dict) and any(isinstance(x, dict | list) for x in node.values())
    if isinstance(node, dict) and nested:
        inner = (f"{json.dumps(k)}: {_render(x, depth + 1)}" for k, x in node.items())
        return _block("{", inner, "}", depth)
    if isinstance(node, list) and node and isinstance(node[0], dict):
        return _block("[", (_render(x, depth + 1) for x in node), "]", depth)
    return json.dumps(node, ensure_ascii=False)


def _block(opening: str, inner: Any, closing: str, depth: int) -> str:
    pad = " " * (depth + 1)
    return f"{opening}\n{pad}" + f",\n{pad}".join(inner) + f"\n{' ' * depth}{closing}"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
