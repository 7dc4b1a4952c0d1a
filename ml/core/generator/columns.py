"""The source spellings of the X Education file, in the order of its header."""

from typing import Final

PROSPECT_ID: Final = "Prospect ID"
LEAD_NUMBER: Final = "Lead Number"
ORIGIN: Final = "Lead Origin"
SOURCE: Final = "Lead Source"
CONVERTED: Final = "Converted"
VISITS: Final = "TotalVisits"
WEB_TIME: Final = "Total Time Spent on Website"
PAGE_VIEWS: Final = "Page Views Per Visit"
LAST_ACTIVITY: Final = "Last Activity"
LAST_NOTABLE_ACTIVITY: Final = "Last Notable Activity"
HOW_HEARD: Final = "How did you hear about X Education"
OCCUPATION: Final = "What is your current occupation"
WHAT_MATTERS: Final = "What matters most to you in choosing a course"
ACTIVITY_INDEX: Final = "Asymmetrique Activity Index"
PROFILE_INDEX: Final = "Asymmetrique Profile Index"
ACTIVITY_SCORE: Final = "Asymmetrique Activity Score"
PROFILE_SCORE: Final = "Asymmetrique Profile Score"

ID_COLUMNS: Final = (PROSPECT_ID, LEAD_NUMBER)

SOURCE_COLUMNS: Final = (
    PROSPECT_ID,
    LEAD_NUMBER,
    ORIGIN,
    SOURCE,
    "Do Not Email",
    "Do Not Call",
    CONVERTED,
    VISITS,
    WEB_TIME,
    PAGE_VIEWS,
    LAST_ACTIVITY,
    "Country",
    "Specialization",
    HOW_HEARD,
    OCCUPATION,
    WHAT_MATTERS,
    "Search",
    "Magazine",
    "Newspaper Article",
    "X Education Forums",
    "Newspaper",
    "Digital Advertisement",
    "Through Recommendations",
    "Receive More Updates About Our Courses",
    "Tags",
    "Lead Quality",
    "Update me on Supply Chain Content",
    "Get updates on DM Content",
    "Lead Profile",
    "City",
    ACTIVITY_INDEX,
    PROFILE_INDEX,
    ACTIVITY_SCORE,
    PROFILE_SCORE,
    "I agree to pay the amount through cheque",
    "A free copy of Mastering The Interview",
    LAST_NOTABLE_ACTIVITY,
)

ARRIVAL_DATE: Final = "Arrival Date"
OUTCOME_DATE: Final = "Outcome Date"
FOLLOW_UP_CODE: Final = "Follow Up Code"
