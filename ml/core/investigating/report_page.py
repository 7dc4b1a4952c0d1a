"""An investigation as a page."""

from __future__ import annotations

from ml.contract.investigation import Cause, FindingState, Investigation, Layer
from ml.core.reports import page

#: Causes that ask for nobody, and those that only ask for more.
_TONES = {
    Cause.NOTHING_FOUND: "good",
    Cause.INSUFFICIENT_DATA: "plain",
    Cause.UNCLEAR: "warn",
}

#: What each cause is, for people.
CAUSE_WORDS: dict[Cause, str] = {
    Cause.STALE_DATA: "The data is stale",
    Cause.BROKEN_FIELD: "A field is broken",
    Cause.DATA_DRIFT: "The data has drifted",
    Cause.BASE_RATE_SHIFT: "The base rate has shifted",
    Cause.LEAK: "A column leaks the outcome",
    Cause.CALIBRATION_LOSS: "The probabilities are no longer right",
    Cause.CONCEPT_CHANGE: "Columns mean something else now",
    Cause.BROKEN_SYNC: "The CRM does not tell what became of leads",
    Cause.WRONG_MODEL: "Not the model that was decided on serves",
    Cause.UNCLEAR: "Something is raised, and it points to no single cause",
    Cause.NOTHING_FOUND: "Nothing was found",
    Cause.INSUFFICIENT_DATA: "There is too little to tell",
}

_LAYER_WORDS = {
    Layer.DATA: "Does it arrive, is it new, is it whole, is it still like that of before?",
    Layer.MODEL: "Does the right one serve, does it rank, do its odds come true?",
    Layer.INTEGRATION: "Do registry, ledger, receipts and the way back from the CRM hold?",
    Layer.BUSINESS: "Does it happen as often, in every band, from the same sources?",
}


def investigation_page(found: Investigation, title: str) -> str:
    """The investigation as one HTML document.

    Parameters
    ----------
    title : str
        Of the use case, for people.
    """
    cause = found.root_cause
    states = [(state, _many(found, state)) for state in FindingState]
    return page(
        f"{title}: investigation",
        "investigation.html",
        found=found,
        cause=CAUSE_WORDS[cause],
        tied=[CAUSE_WORDS[one] for one in found.tied],
        words={one.value: words for one, words in CAUSE_WORDS.items()},
        tone=_TONES.get(cause, "bad"),
        counts=[(state, many) for state, many in states if many],
        layers=[(layer, _LAYER_WORDS[layer], [*found.of(layer)]) for layer in Layer],
    )


def _many(found: Investigation, state: FindingState) -> int:
    return sum(one.state == state for one in found.findings)
