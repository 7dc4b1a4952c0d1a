"""What the generator decides for each lead, and in which order.

Names in lower case are hidden: they steer the columns and are never shown.
"""

from typing import Final

from ml.core.generator import columns as c

PERIOD: Final = "period"
FORM: Final = "form"
SESSIONS: Final = "sessions"
STAGE: Final = "stage"
VENDOR: Final = "vendor"
MODIFIED: Final = "modified"

PERIODS: Final = 20
"""Slices of the file by arrival order; the vendor's scores come and go with them."""

MISSING: Final = "missing"
MISSING_NUMBER: Final = -1

ARRIVAL: Final = (
    c.ORIGIN,
    c.SOURCE,
    FORM,
    "Specialization",
    "City",
    c.VISITS,
    SESSIONS,
    c.WEB_TIME,
    "A free copy of Mastering The Interview",
    "Do Not Email",
    "Country",
)
"""Known when the lead arrives; the outcome is decided from these."""

ENGAGEMENT: Final = (
    STAGE,
    c.WHAT_MATTERS,
    c.OCCUPATION,
    c.HOW_HEARD,
    c.LAST_ACTIVITY,
    MODIFIED,
    VENDOR,
    c.ACTIVITY_SCORE,
    c.PROFILE_SCORE,
)
"""Observed while somebody works the lead, so it depends on the outcome."""

AGENT: Final = ("Tags", "Lead Quality", "Lead Profile")
"""Typed by an agent who knows how the lead ended."""

NUMBERS: Final = (c.VISITS, SESSIONS, c.WEB_TIME, c.ACTIVITY_SCORE, c.PROFILE_SCORE)
"""Variables whose levels are whole numbers or ranges such as `61-90`."""
