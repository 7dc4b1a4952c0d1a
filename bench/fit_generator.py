"""Estimate the synthetic generator's tables from the real X Education file.

Recipe for every figure in `ml/core/generator/tables.json`::

    python -m bench.fit_generator Leads.csv ml/core/generator/tables.json
"""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from bench.generator_outcome import fit_outcome
from bench.generator_rules import MIN_CELL, MIN_LEAF, fit_rare, fit_rules
from bench.generator_variables import describe, list_levels
from ml.core.generator import variables as v

FLAGS = ("Do Not Call", "Search", "Newspaper Article", "X Education Forums", "Newspaper",
         "Digital Advertisement", "Through Recommendations")  # fmt: skip


def main(source: str, target: str) -> None:
    """Read the real file, estimate the tables, write them."""
    leads = pd.read_csv(source, keep_default_na=False, na_values=[""])
    Path(target).write_text(render(fit(leads)), encoding="utf-8")


def fit(leads: pd.DataFrame) -> dict[str, Any]:
    """The JSON document of the generator's tables."""
    values = describe(leads)
    levels = {name: list_levels(name, values[name]) for name in values if name != v.PERIOD}
    rules = fit_rules(values, levels)
    return {
        "about": {
            "recipe": "python -m bench.fit_generator",
            "leads": len(leads),
            "least_leads_in_a_table": MIN_LEAF,
            "least_leads_behind_a_figure": MIN_CELL,
        },
        "levels": levels,
        "flags": fit_flags(leads),
        "rules": rules,
        "rare": {n: r for n in rules if (r := fit_rare(n, values[n], levels[n]))},
        "outcome": fit_outcome(values),
    }


def fit_flags(leads: pd.DataFrame) -> dict[str, float]:
    """Share of `Yes` in the rare check boxes; counts below the minimum are pooled."""
    counts = {name: int((leads[name] == "Yes").sum()) for name in FLAGS}
    rare = [n for n in counts.values() if n < MIN_CELL]
    pooled = sum(rare) / max(len(rare), 1)
    return {
        name: round((pooled if n < MIN_CELL else n) / len(leads), 5) for name, n in counts.items()
    }


def render(document: Mapping[str, Any]) -> str:
    """JSON with one table or question on each line."""
    return _render(document, 0) + "\n"


def _render(node: Any, depth: int) -> str:
    nested = isinstance(node, dict) and any(isinstance(x, dict | list) for x in node.values())
    if isinstance(node, dict) and nested and "shares" not in node:
        inner = (f"{json.dumps(k)}: {_render(x, depth + 1)}" for k, x in node.items())
        return _block("{", inner, "}", depth)
    if isinstance(node, list) and node and isinstance(node[0], dict):
        return _block("[", (_render(x, depth + 1) for x in node), "]", depth)
    return json.dumps(node, ensure_ascii=False)


def _block(opening: str, inner: Iterable[str], closing: str, depth: int) -> str:
    pad = " " * (depth + 1)
    return f"{opening}\n{pad}" + f",\n{pad}".join(inner) + f"\n{' ' * depth}{closing}"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
