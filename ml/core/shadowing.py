"""What a challenger's answers to real leads say beside those of the champion."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from scipy import stats

from ml.contract.modelling import BinaryTask, OrdinalTask
from ml.contract.shadowing import Answer, Answered, ShadowRecord
from ml.contract.use_case import UseCase
from ml.core.columns import Floats

#: Fewer pairs have no rank correlation to speak of.
_LEAST_PAIRS = 3


def read_answer(said: object, use_case: UseCase, *, cpu_ms: float | None = None) -> Answer:
    """What a scorer said of a lead, if it is what scorers say.

    Parameters
    ----------
    said : object
        As `Scored.to_dict` gives it: a finite `prediction` in the range of the task with a `band`
        of the use case, or none with `faults`.
    use_case : UseCase
    cpu_ms : float or None, default=None
        Processor time that it took.

    Examples
    --------
    >>> from ml.use_cases import find
    >>> read_answer({"prediction": 1.5, "band": "Hot"}, find("lead_conversion")).state
    <Answered.OTHER_SCHEMA: 'other_schema'>
    """
    if not isinstance(said, Mapping) or not {"prediction", "band"} <= set(said):
        return _strange(f"a {type(said).__name__} without prediction and band")
    prediction, band = said["prediction"], said["band"]
    if prediction is None and said.get("faults"):
        return Answer(state=Answered.REFUSED, cpu_ms=cpu_ms)
    low, high = _range(use_case)
    number = isinstance(prediction, float | int) and not isinstance(prediction, bool)
    if not (number and math.isfinite(prediction) and low <= prediction <= high):
        return _strange(f"prediction {prediction!r}; expected a number from {low:g} to {high:g}")
    if band not in {each.name for each in use_case.bands}:
        return _strange(f"band {band!r}, which the use case does not have")
    return Answer(state=Answered.SCORED, prediction=float(prediction), band=band, cpu_ms=cpu_ms)


def _strange(says: str) -> Answer:
    return Answer(state=Answered.OTHER_SCHEMA, says=says)


def _range(use_case: UseCase) -> tuple[float, float]:
    match use_case.task:
        case BinaryTask():
            return 0.0, 1.0
        case OrdinalTask(low=low, high=high):
            return low, high
    return -math.inf, math.inf


def compare_answers(
    challenger: Sequence[Answer],
    champion: Sequence[Answer] | None,
    *,
    version: str,
    champion_version: str | None,
    source: str,
) -> ShadowRecord:
    """Count what came back, and hold it beside the champion's answers to the same leads.

    Parameters
    ----------
    challenger, champion : sequence of Answer
        One per lead, in the same order; None where no champion is in force.
    version, champion_version : str
        Who answered.
    source : str
        Where the leads are from.

    Returns
    -------
    ShadowRecord
        With an objection for every kind of answer that must not reach a caller. That scores differ
        is told and is no objection: the gates judge which of them are better.
    """
    counts = {state: sum(each.state is state for each in challenger) for state in Answered}
    other = champion or [Answer(state=Answered.FAILED)] * len(challenger)
    pairs = list(zip(challenger, other, strict=True))
    both = [(a, b) for a, b in pairs if a.prediction is not None and b.prediction is not None]
    refused_alone = sum(a.state is Answered.REFUSED and b.prediction is not None for a, b in pairs)
    ours, theirs = (np.array([pair[side].prediction for pair in both]) for side in (0, 1))
    differences = np.abs(ours - theirs) if both else np.empty(0)
    return ShadowRecord(
        challenger=version,
        champion=champion_version,
        source=source,
        leads=len(challenger),
        answered=counts[Answered.SCORED],
        failed=counts[Answered.FAILED] + refused_alone,
        late=counts[Answered.LATE],
        other_schema=counts[Answered.OTHER_SCHEMA],
        refused=counts[Answered.REFUSED] - refused_alone,
        mean_difference=float(differences.mean()) if both else None,
        largest_difference=float(differences.max()) if both else None,
        band_changes=sum(a.band != b.band for a, b in both),
        rank_correlation=_correlation(ours, theirs),
        challenger_ms=_median_ms(challenger),
        champion_ms=_median_ms(champion or ()),
        objections=tuple(_objections(challenger, counts, refused_alone)),
    )


def _objections(
    answers: Sequence[Answer], counts: Mapping[Answered, int], refused_alone: int
) -> Iterator[str]:
    total = len(answers)
    if not total:
        yield "there was no lead to answer: score some, or name a file that holds some"
    words = {
        Answered.FAILED: "failed on",
        Answered.LATE: "had not answered",
        Answered.OTHER_SCHEMA: "gave something else than a score for",
    }
    for state, what in words.items():
        if counts[state]:
            yield f"it {what} {counts[state]:,} of {total:,} leads{_first(answers, state)}"
    if refused_alone:
        yield f"it refuses {refused_alone:,} of {total:,} leads that the champion scores"
    if total and not counts[Answered.SCORED] and not any(counts[state] for state in words):
        yield f"it scored none of {total:,} leads"


def _first(answers: Sequence[Answer], state: Answered) -> str:
    said = next((each.says for each in answers if each.state is state and each.says), "")
    return f" ({said})" if said else ""


def _correlation(ours: Floats, theirs: Floats) -> float | None:
    if len(ours) < _LEAST_PAIRS or min(np.ptp(ours), np.ptp(theirs)) == 0:
        return None
    return float(stats.spearmanr(ours, theirs).statistic)


def _median_ms(answers: Sequence[Answer]) -> float | None:
    times = [each.cpu_ms for each in answers if each.cpu_ms is not None]
    return float(np.median(times)) if times else None
