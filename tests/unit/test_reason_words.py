"""Reasons are sentences that a sales person understands."""

import pytest

from ml.core.scoring.words import level_words, value_words
from ml.use_cases.lead_conversion import LEAD_CONVERSION

SCHEMA = LEAD_CONVERSION.schema


@pytest.mark.parametrize(
    ("column", "value", "beside", "words"),
    [
        (
            "total_time_on_website",
            1640,
            ("typical", 250.0),
            "Time on the website: 27 min (typical: 4 min)",
        ),
        (
            "page_views_per_visit",
            2.25,
            ("high scores", 2.0),
            "Pages per visit: 2.25 pages (high scores: 2 pages)",
        ),
        ("total_visits", None, ("typical", 3.0), "Visits to the website: not given"),
        ("occupation", "Working Professional", None, "Occupation: Working Professional"),
        ("occupation", "Other", None, "Occupation: Other"),
        ("last_activity", "SMS Sent", None, "Last activity: SMS Sent"),
        ("specialization", "Select", None, "Specialization: left open in the form"),
        ("city", None, None, "City: not given"),
        ("country", "Other", None, "Country: a value that is not on our list"),
        ("do_not_email", True, None, "Asked for no e-mail"),
        ("do_not_email", False, None, "May be e-mailed"),
        ("free_interview_copy", False, None, "Did not ask for the free interview guide"),
        ("newspaper", True, None, "Saw us: Newspaper: yes"),
        ("do_not_email", None, None, "Asked for no e-mail: not given"),
        ("asymmetrique_profile_index", "02.Medium", None, "Vendor's profile index: Medium"),
        (
            "total_time_on_website",
            90,
            ("typical", 9_000.0),
            "Time on the website: 90 s (typical: 2.5 h)",
        ),
    ],
)
def test_sentences(column, value, beside, words):
    assert value_words(SCHEMA[column], value, beside) == words


def test_no_is_said():
    assert level_words(SCHEMA["do_not_email"], False) == "no"
