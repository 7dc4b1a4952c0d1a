"""Reasons on the real file: stable when the model is fitted again, and in words of a rep."""

import re

import pytest

from ml.contract.moments import ENGAGED
from ml.contract.names import Estimator
from ml.core.scoring.stability import top_overlap
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.judged_leads import judged_leads


@pytest.fixture(scope="module")
def told(real_leads_csv):
    """The same unseen leads, explained by models of three bootstraps."""
    models = [
        judged_leads(real_leads_csv, Estimator.LIGHTGBM, ENGAGED, parts=2, drawn=drawn)
        for drawn in range(3)
    ]
    return [one.scorer.reasons(one.unseen.slice(0, 300), top=3) for one in models]


def test_two_of_three_reasons_survive_a_refit(told):
    first, second, third = told
    assert min(top_overlap(first, second), top_overlap(second, third)) >= 0.7
    assert top_overlap(first, first) == 1.0
    assert top_overlap(first, first[::-1]) < 0.7  # reasons are a lead's own


def test_sentences_hold_no_code_and_no_later_column(told):
    later = [c.label for c in LEAD_CONVERSION.schema.columns if c.known_from > ENGAGED]
    sentences = {reason.text for why in told[0] for reason in (*why.up, *why.down)}
    assert len(sentences) > 100
    for text in sentences:
        assert not re.search(r"_|\bTrue\b|\bFalse\b|\bNone\b|\bnan\b|Select|\d\d\.[A-Z]", text), (
            text
        )
        assert not any(text.startswith(f"{label}:") for label in later), text
