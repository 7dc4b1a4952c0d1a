"""Where leads are sent to be scored, and how much at a time: the same on every server."""

from __future__ import annotations

from ml.contract.faults import Rule
from ml.contract.requests.problems import Problem, pointer_to

#: One lead.
SCORE = "/v1/score"
#: Up to a thousand leads.
SCORE_BATCH = "/v1/score/batch"

MEGABYTE = 1_000_000
#: Largest body of each; a thousand leads with every column of the schema fit the second.
MOST_BYTES = {SCORE: MEGABYTE, SCORE_BATCH: 4 * MEGABYTE}


def not_one_lead() -> Problem:
    """The answer to several leads where one is expected."""
    return Problem.of(
        422,
        Rule.JSON_VALUE,
        "the body holds a list of leads; expected one lead",
        f"send several leads to {SCORE_BATCH}",
        pointer_to("leads"),
    )
