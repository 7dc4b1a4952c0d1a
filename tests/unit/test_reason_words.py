"""Reasons are sentences that a sales person understands."""

import pytest

from ml.core.scoring.words import level_words, value_words
from ml.use_cases.lead_conversion import LEAD_CONVERSION

SCHEMA = LEAD_CONVERSION.schema


@pytest.mark.parametrize(
    ("column", "value", "typical", "words"),
    [
        ("total_time_on_website", 1640, 250.0, "Time on the website: 1,640 s (typical: 250 s)"),
        ("page_views_per_visit", 2.25, 2.0, "Pages per visit: 2.25 pages (typical: 2 pages)"),
        ("total_visits", None, 3.0, "Visits to the website: not given"),
        ("occupation", "Working Professional", None, "Occupation: Working Professional"),
        ("occupation", "Other", None, "Occupation: Other"),
        ("last_activity", "SMS Sent", None, "Last activity: SMS Sent"),
        ("specialization", "Select", None, "Specialization: shown, nothing chosen"),
        ("city", None, None, "City: not given"),
        ("country", "Other", None, "Country: a value that is not on our list"),
        ("do_not_email", True, None, "Asked for no e-mail: yes"),
    ],
)
def test_sentences(column, value, typical, words):
    assert value_words(SCHEMA[column], value, typical) == words


def test_no_is_said():
    assert level_words(SCHEMA["do_not_email"], False) == "no"
