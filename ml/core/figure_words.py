"""Metrics, traits and gates as people call them."""

from __future__ import annotations

import math
import re

from ml.contract.gates import Gate
from ml.contract.names import Score, Trait

#: How people call what gates and cards show, as it stands within a sentence.
FIGURE_WORDS: dict[Score | Trait, str] = {
    Score.ROC_AUC: "AUC",
    Score.PR_AUC: "area under precision and recall",
    Score.ACCURACY: "accuracy",
    Score.PRECISION: "precision",
    Score.RECALL: "recall",
    Score.F1: "F1",
    Score.PRECISION_AT_10: "precision in the best tenth",
    Score.LIFT_AT_10: "lift of the best tenth",
    Score.LOG_LOSS: "log loss",
    Score.BRIER: "Brier score",
    Score.ECE: "calibration error",
    Score.SPEARMAN: "rank correlation",
    Score.MAE: "mean absolute error",
    Score.RMSE: "root mean squared error",
    Trait.LATENCY_MS: "time of one score in milliseconds",
    Trait.SIZE_MB: "size of the package in megabytes",
    Trait.LEAKS: "columns that give the outcome away",
    Trait.COVERAGE: "share of intervals that hold what happened",
    Trait.BROKEN_INVARIANCES: "broken rules of fairness and invariance",
}
_BY_KEY: dict[str, str] = {name.value: words for name, words in FIGURE_WORDS.items()}
_SIGNS = {">=": "at least", "<=": "at most", ">": "by more than"}
_GATE = re.compile(r"(?P<key>\w+)(?P<of>.*?)(?: (?P<sign>>=|<=|>) (?P<bound>\S+))?", re.DOTALL)


def sentence(text: str) -> str:
    """Text with a capital at its beginning and the rest as it is.

    Examples
    --------
    >>> sentence("calibration error of version B")
    'Calibration error of version B'
    """
    return text[:1].upper() + text[1:]


def gate_title(gate: str) -> str:
    """A gate as a verdict names it, as people read it.

    Examples
    --------
    >>> gate_title("roc_auc >= 0.9")
    'AUC, at least 0.9'
    >>> gate_title("roc_auc ahead of the champion > 0")
    'AUC ahead of the champion, by more than 0'
    >>> gate_title("brier no worse than the champion's")
    "Brier score no worse than the champion's"
    """
    found = _GATE.fullmatch(gate)
    if found is None or found["key"] not in _BY_KEY:
        return gate
    asked = f", {_SIGNS[found['sign']]} {found['bound']}" if found["sign"] else ""
    return sentence(f"{_BY_KEY[found['key']]}{found['of']}{asked}")


def gate_failure(gate: Gate, figure: float, note: str = "") -> str:
    """Why a gate does not hold.

    Parameters
    ----------
    gate : Gate
    figure : float
        What was seen.
    note : str, optional
        What stands behind it.

    Examples
    --------
    >>> gate_failure(Gate(score=Score.ROC_AUC, at_least=0.9), 0.87)
    'the AUC is 0.8700, and at least 0.9 is asked for'
    >>> gate_failure(Gate(score=Trait.BROKEN_INVARIANCES, at_most=0), 1, "more visits score less")
    'the number of broken rules of fairness and invariance is 1, and 0 is asked for: more visits \
score less'
    """
    side = "at least" if gate.at_least is not None else "at most"
    asked = f"{gate.bound:g}" if not gate.bound else f"{side} {gate.bound:g}"
    seen = f"is {_number(gate.score, figure)}" if math.isfinite(figure) else "is not known"
    return f"the {_one(gate.score)} {seen}, and {asked} is asked for" + (
        f": {note}" if note else ""
    )


def _one(name: Score | Trait) -> str:
    """What is counted is told as a number of things."""
    counted = name in {Trait.LEAKS, Trait.BROKEN_INVARIANCES}
    return f"number of {FIGURE_WORDS[name]}" if counted else FIGURE_WORDS[name]


def _number(name: Score | Trait, figure: float) -> str:
    return f"{figure:.4f}" if isinstance(name, Score) else f"{figure:g}"
