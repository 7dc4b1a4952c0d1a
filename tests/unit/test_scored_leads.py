"""The leads of a scored table: chances with their intervals, and who asked not to be reached."""

import pyarrow as pa
import pytest

from ml.core.planning import Terms, make_plan, scored_leads, scored_rows
from ml.use_cases.lead_conversion import LEAD_CONVERSION

ROWS = pa.Table.from_pylist(
    [
        {"status": "scored", "score": 40, "score_low": 30, "score_high": 55, "probability": 0.404,
         "band": "Warm", "Prospect ID": "a", "Do Not Email": "No", "Do Not Call": "Yes"},
        {"status": "needs_attention", "Prospect ID": "b"},
        {"status": "scored", "score": 91, "score_low": None, "score_high": None,
         "probability": 0.912, "band": "Hot", "Prospect ID": "c", "Do Not Email": "yes",
         "Do Not Call": None},
    ]
)  # fmt: skip


def test_chances_come_with_their_intervals():
    leads = scored_leads(scored_rows(ROWS), LEAD_CONVERSION)
    assert leads.ids.tolist() == ["a", "c"]
    assert leads.probability.tolist() == [0.404, 0.912]
    assert leads.low.tolist() == pytest.approx([0.30, 0.91])
    assert leads.high.tolist() == pytest.approx([0.55, 0.912])
    assert (leads.score_low.tolist(), leads.score_high.tolist()) == ([30, 91], [55, 91])


def test_who_asked_not_to_be_reached_is_left_out_of_that_way():
    leads = scored_leads(scored_rows(ROWS), LEAD_CONVERSION)
    terms = Terms(capacity=5, value=1, cost=0)
    assert [lead.id for lead in make_plan(leads, terms, action="call").chosen] == ["c"]
    assert [lead.id for lead in make_plan(leads, terms, action="e-mail").chosen] == ["a"]
    assert [lead.asked_not for lead in make_plan(leads, terms).chosen] == [("e-mail",), ("call",)]


def test_a_file_without_the_column_holds_no_wishes():
    leads = scored_leads(scored_rows(ROWS.drop_columns(["Do Not Call"])), LEAD_CONVERSION)
    assert leads.wishes(0) == ()
