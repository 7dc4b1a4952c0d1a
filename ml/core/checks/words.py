"""What to do about a finding."""

from __future__ import annotations

from ml.contract.names import Check

_NEXT: dict[Check, str] = {
    Check.SCHEMA: "give the column its declared type back, or change the use case",
    Check.ADDED_COLUMNS: "nothing to do; add it to the use case to use it",
    Check.HELD_BACK: "look at the rows in quarantine and mend the export",
    Check.ROWS: "send more rows; so few teach a model little",
    Check.ROWS_KEPT: "check that the export is whole",
    Check.DUPLICATE_IDS: "clean the file again; ids must be unique",
    Check.REPEATED: "check that leads are not exported twice under new ids",
    Check.REPEATED_RISE: "check that leads are not exported twice under new ids",
    Check.TARGET: "export the outcome again; to learn, it must be known and differ between rows",
    Check.BASE_RATE: "check that outcomes are complete; late ones look like lost leads",
    Check.FRESHNESS: "export newer rows",
    Check.FUTURE: "check the dates and the time zone of the export",
    Check.WEEKLY_VOLUME: "check that the week was exported once and whole",
    Check.RANGE: "clean the file again; the value breaks the use case's bounds",
    Check.MISSING: "ask whether the field is still filled in",
    Check.MISSING_RISE: "ask what changed in the form or the CRM field",
    Check.SINGLE_VALUE: "nothing is learnt from it; ask whether the field is in use",
    Check.CONSTANT: "ask whether the field still says anything",
    Check.OUTLIERS: "check the values and their unit",
    Check.TYPICAL: "check the unit, and whether the field still counts the same",
    Check.NEW_LEVELS: "mend the spelling, or add the new values to the use case",
}


def next_move(check: Check) -> str:
    """The next move, as one sentence without a final stop."""
    return _NEXT[check]
