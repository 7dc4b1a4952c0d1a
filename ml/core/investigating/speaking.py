"""Which finding speaks for or against which cause: the one table that decides.

Points are small whole numbers, so that anybody can add them up. A finding that proves a cause by
itself has `ENOUGH` or more; what every fault brings along (scores that move, a ranking that
suffers) has few or none, as it does not tell causes from each other. A cause that sits earlier in
the chain (rows, then the model, then outcomes) takes points from later ones that show the same.

Several findings of one check count once: ten columns that drifted are one drift.
"""

from __future__ import annotations

from dataclasses import dataclass

from ml.contract.investigation import Cause, FindingState, Look

#: Points from which a cause is named.
ENOUGH = 4

_RAISED, _OK = FindingState.RAISED, FindingState.OK


@dataclass(frozen=True, kw_only=True)
class Speaks:
    """A check in a state gives a cause so many points; below 0 it speaks against it."""

    check: Look
    cause: Cause
    points: int
    state: FindingState = _RAISED


TABLE: tuple[Speaks, ...] = (
    # Rows that are not of late, whatever else they are like.
    Speaks(check=Look.FRESHNESS, cause=Cause.STALE_DATA, points=9),
    Speaks(check=Look.NEW_LEADS, cause=Cause.STALE_DATA, points=9),
    # A field that tells nothing any more.
    Speaks(check=Look.BROKEN_FIELDS, cause=Cause.BROKEN_FIELD, points=8),
    Speaks(check=Look.SCHEMA, cause=Cause.BROKEN_FIELD, points=8),
    Speaks(check=Look.HELD_BACK, cause=Cause.BROKEN_FIELD, points=6),
    # Columns that moved without breaking.
    Speaks(check=Look.DRIFT, cause=Cause.DATA_DRIFT, points=4),
    Speaks(check=Look.MISSING, cause=Cause.DATA_DRIFT, points=4),
    Speaks(check=Look.NEW_LEVELS, cause=Cause.DATA_DRIFT, points=2),
    Speaks(check=Look.SOURCES, cause=Cause.DATA_DRIFT, points=1),
    Speaks(check=Look.BROKEN_FIELDS, cause=Cause.DATA_DRIFT, points=-3),
    # A column that knows the end of the story.
    Speaks(check=Look.LEAKS, cause=Cause.LEAK, points=7),
    # More or fewer convert, at the same columns and with the same spread.
    Speaks(check=Look.LEVEL_OF_ODDS, cause=Cause.BASE_RATE_SHIFT, points=4),
    Speaks(check=Look.BASE_RATE, cause=Cause.BASE_RATE_SHIFT, points=2),
    Speaks(check=Look.SPREAD_OF_ODDS, cause=Cause.BASE_RATE_SHIFT, points=1, state=_OK),
    Speaks(check=Look.SPREAD_OF_ODDS, cause=Cause.BASE_RATE_SHIFT, points=-2),
    Speaks(check=Look.BASE_RATE, cause=Cause.BASE_RATE_SHIFT, points=-2, state=_OK),
    Speaks(check=Look.DRIFT, cause=Cause.BASE_RATE_SHIFT, points=-3),
    Speaks(check=Look.BROKEN_FIELDS, cause=Cause.BASE_RATE_SHIFT, points=-4),
    Speaks(check=Look.OUTCOMES_RETURN, cause=Cause.BASE_RATE_SHIFT, points=-3),
    # Odds that are spread otherwise, though nothing better could be learnt.
    Speaks(check=Look.SPREAD_OF_ODDS, cause=Cause.CALIBRATION_LOSS, points=5),
    Speaks(check=Look.RELEARNT, cause=Cause.CALIBRATION_LOSS, points=1, state=_OK),
    Speaks(check=Look.RELEARNT, cause=Cause.CALIBRATION_LOSS, points=-4),
    Speaks(check=Look.DRIFT, cause=Cause.CALIBRATION_LOSS, points=-3),
    Speaks(check=Look.BROKEN_FIELDS, cause=Cause.CALIBRATION_LOSS, points=-4),
    Speaks(check=Look.OUTCOMES_RETURN, cause=Cause.CALIBRATION_LOSS, points=-2),
    # Columns mean something else now: a model that learns anew ranks better.
    Speaks(check=Look.RELEARNT, cause=Cause.CONCEPT_CHANGE, points=5),
    Speaks(check=Look.PERFORMANCE, cause=Cause.CONCEPT_CHANGE, points=2),
    Speaks(check=Look.DRIFT, cause=Cause.CONCEPT_CHANGE, points=-3),
    Speaks(check=Look.BROKEN_FIELDS, cause=Cause.CONCEPT_CHANGE, points=-4),
    Speaks(check=Look.LEAKS, cause=Cause.CONCEPT_CHANGE, points=-3),
    # What the CRM should tell does not come back, or of other leads.
    Speaks(check=Look.OUTCOMES_RETURN, cause=Cause.BROKEN_SYNC, points=7),
    Speaks(check=Look.STRANGE_IDS, cause=Cause.BROKEN_SYNC, points=2),
    Speaks(check=Look.CONTRADICTIONS, cause=Cause.BROKEN_SYNC, points=4),
    Speaks(check=Look.RECEIPTS, cause=Cause.BROKEN_SYNC, points=4),
    # Not the model that was decided on.
    Speaks(check=Look.SERVED, cause=Cause.WRONG_MODEL, points=8),
    Speaks(check=Look.PACKAGE, cause=Cause.WRONG_MODEL, points=10),
    Speaks(check=Look.REPLAY, cause=Cause.WRONG_MODEL, points=10),
    Speaks(check=Look.LEDGER, cause=Cause.WRONG_MODEL, points=4),
)

#: A cause is ruled out where one of these checks could be made and is not raised. Where none of
#: them could be made it may well be there, and nobody has looked.
DECIDED_BY: dict[Cause, frozenset[Look]] = {
    Cause.STALE_DATA: frozenset({Look.FRESHNESS, Look.NEW_LEADS}),
    Cause.BROKEN_FIELD: frozenset({Look.BROKEN_FIELDS}),
    Cause.DATA_DRIFT: frozenset({Look.DRIFT}),
    Cause.LEAK: frozenset({Look.LEAKS}),
    Cause.BASE_RATE_SHIFT: frozenset({Look.LEVEL_OF_ODDS}),
    Cause.CALIBRATION_LOSS: frozenset({Look.SPREAD_OF_ODDS}),
    Cause.CONCEPT_CHANGE: frozenset({Look.RELEARNT}),
    Cause.BROKEN_SYNC: frozenset({Look.OUTCOMES_RETURN}),
    Cause.WRONG_MODEL: frozenset({Look.PACKAGE}),
}
