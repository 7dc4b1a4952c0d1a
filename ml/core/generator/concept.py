"""Concept drift: the same leads come, and what some fields say of conversion is another thing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ml.core.generator import columns as c
from ml.core.generator.block import Block
from ml.core.generator.odds import as_many
from ml.core.generator.outcome import Outcome, conversion_logit, probability
from ml.core.generator.rules import Floats, Ints

TURNED_COLUMNS: Final = (c.SOURCE, c.WEB_TIME)
"""Columns whose part of the log-odds changes, with all that they tell together with others."""


def with_other_meaning(
    logit: Floats, known: Mapping[str, Ints], block: Block, outcome: Outcome
) -> Floats:
    """Log-odds of the leads after the concept drift; as they were where none is planted."""
    strength = block.scenario.concept_strength
    touched = block.affected
    if not strength or not touched.any():
        return logit
    turned = logit - 2 * strength * conversion_logit(_of_turned(outcome), known)
    changed = logit.copy()
    changed[touched] = as_many(turned[touched], float(probability(logit[touched]).mean()))
    return changed


def _of_turned(outcome: Outcome) -> Outcome:
    terms = [t for t in outcome.terms if any(name in TURNED_COLUMNS for name, _ in t.axes)]
    return replace(outcome, intercept=0.0, terms=tuple(terms))
