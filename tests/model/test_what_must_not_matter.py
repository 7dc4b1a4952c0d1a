"""Fairness and invariance of models of the real leads, family by family."""

import pytest

from ml.contract.moments import ENGAGED
from ml.contract.names import Estimator
from ml.core.invariance import invariances
from tests.support.judged_leads import judged_leads


@pytest.fixture(scope="module", params=list(Estimator), ids=str)
def found(request, real_leads_csv):
    made = judged_leads(real_leads_csv, request.param, ENGAGED)
    return request.param, {one.name: one for one in invariances(made.scorer, made.unseen)}


def test_ids_and_order_of_rows_never_matter(found):
    _, seen = found
    assert seen["order of rows"].passed, seen["order of rows"].sentence
    assert seen["ids and outcome"].passed, seen["ids and outcome"].sentence


@pytest.mark.parametrize("wish", ["Asked for no e-mail", "Asked for no calls"])
def test_opting_out_never_raises_a_score(found, wish):
    _, seen = found
    kept = seen[f"{wish} never raises a score"]
    assert kept.passed, kept.sentence


def test_a_minute_more_on_the_website_never_moves_a_score_wildly(found):
    family, seen = found
    steady = seen["Time on the website is steady"]
    if family is Estimator.DECISION_TREE:
        assert not steady.passed  # one tree is all steps: this is what wild looks like
    else:
        assert steady.passed, steady.sentence
