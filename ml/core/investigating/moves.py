"""What to do next, by cause; every command is one that exists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ml.contract.investigation import Cause, Move

_WITHOUT = {
    Cause.STALE_DATA: "Ask who runs the export why it stopped; until it runs, scores are of leads "
    "that have moved on",
    Cause.BROKEN_FIELD: "Ask who changed the form or the export, and have the field filled again",
    Cause.DATA_DRIFT: "Ask what changed: a campaign, a source, a vendor",
    Cause.BASE_RATE_SHIFT: "Ask what changed for all leads alike: price, season, offer, or how an "
    "outcome is counted",
    Cause.LEAK: "Ask when the field is filled in, and declare that moment, or give it the role "
    "IGNORED",
    Cause.CALIBRATION_LOSS: "Let people go by the order of the leads, not by the probabilities, "
    "until the model is trained again",
    Cause.CONCEPT_CHANGE: "Ask what changed in how leads are won; what a column meant it no "
    "longer means",
    Cause.BROKEN_SYNC: "Ask who runs the CRM which leads come back, and under which ids; do not "
    "train before they do",
    Cause.WRONG_MODEL: "Find out who changed what serves",
    Cause.UNCLEAR: "Look at the raised findings one by one; they point to no single cause",
    Cause.NOTHING_FOUND: "Ask what made somebody doubt the scores, and look at those leads",
    Cause.INSUFFICIENT_DATA: "Bring what the checks lacked: more rows, outcomes, or a model in "
    "force",
}

_RETRAIN = ("Train on recent leads; the gates decide", "run {case} --data FILE")
_COMMANDS: dict[Cause, tuple[tuple[str, str], ...]] = {
    Cause.STALE_DATA: (
        ("See how the newest export differs from the last good one", "check {case} --data FILE"),
    ),
    Cause.BROKEN_FIELD: (
        ("See each column of a file with outcomes", "check {case} --data FILE"),
        ("Draw what is missing, and since when", "explore {case} --data FILE --output PAGE.html"),
    ),
    Cause.DATA_DRIFT: (
        ("Draw how each column moved", "watch {case} --current {current}"),
        _RETRAIN,
    ),
    Cause.BASE_RATE_SHIFT: (
        _RETRAIN,
        (
            "Plan the work by the order of leads meanwhile",
            "plan {case} --capacity N --value V --cost C",
        ),
    ),
    Cause.LEAK: (("See what the column gives away", "leakage {case} --data FILE"),),
    Cause.CALIBRATION_LOSS: (_RETRAIN,),
    Cause.CONCEPT_CHANGE: (_RETRAIN,),
    Cause.BROKEN_SYNC: (
        ("See which outcomes the warehouse has", 'query "SELECT COUNT(*) FROM {case}.outcomes"'),
    ),
    Cause.WRONG_MODEL: (
        ("Read who promoted and deployed what", "history {case}"),
        ("Put the champion of the ledger in force", "step deploy {case}"),
        ("Or go back to the champion before", "rollback {case}"),
    ),
    Cause.UNCLEAR: (("See each column beside before", "watch {case} --current {current}"),),
    Cause.NOTHING_FOUND: (("See why a lead was scored so", "why RECEIPT"),),
    Cause.INSUFFICIENT_DATA: (
        ("Look again with outcomes", "investigate {case} --current {current} --outcomes FILE"),
    ),
}

_WITH_MOMENT = frozenset(
    {"run", "watch", "check", "explore", "leakage", "plan", "history", "step", "rollback",
     "investigate"}
)  # fmt: skip


def next_moves(
    causes: Iterable[Cause], *, use_case: str, moment: str, current: str
) -> tuple[Move, ...]:
    """What to do, the likeliest cause first; no command twice.

    Parameters
    ----------
    causes : iterable of Cause
        By rank.
    use_case, moment, current : str
        Words of the commands: the use case, the moment, the file of late leads.

    Examples
    --------
    >>> next_moves([Cause.LEAK], use_case="u", moment="arrival", current="f.csv")[1].command
    'leadwise leakage u --data FILE --moment arrival'
    """
    moves = [move for cause in causes for move in _of(cause, use_case, moment, current)]
    return tuple(dict.fromkeys(moves))


def _of(cause: Cause, use_case: str, moment: str, current: str) -> Iterator[Move]:
    yield Move(says=f"{_WITHOUT[cause]}.")
    for says, words in _COMMANDS[cause]:
        name = words.split()[0]
        tail = f" --moment {moment}" if name in _WITH_MOMENT else ""
        filled = words.replace("{case}", use_case).replace("{current}", current)
        yield Move(says=f"{says}.", command=f"leadwise {filled}{tail}")
