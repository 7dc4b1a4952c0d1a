"""What asks for a retrain, or says that one has ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ml.contract.alerts import RetrainReason
from ml.contract.errors import InvalidMessage, UnknownName
from ml.contract.messages import (
    RETRAIN_AGE_ASKED,
    RETRAIN_ENDED,
    RETRAIN_WANTED,
    RetrainAgeAsked,
    RetrainEnded,
    RetrainWanted,
)

_OVER = {"Succeeded", "Failed", "Stopped"}

Ours = RetrainWanted | RetrainEnded | RetrainAgeAsked
Said = Ours | None


def read(event: Mapping[str, Any], use_case: str, request_id: str) -> Said:
    """What an event says; None where there is nothing to do.

    Parameters
    ----------
    event : mapping
        An event of EventBridge (an alarm, the end of a pipeline, our own, the clock's), or the
        fields of `RetrainWanted` as a schedule and people send them, where ``use_case`` and
        ``cause`` may be left out.
    use_case : str
        Whose model is trained here.
    request_id : str
        Stands in for a missing cause.

    Raises
    ------
    InvalidMessage
        If it is none of these.
    UnknownName
        If it is about another use case.
    """
    if "detail-type" not in event:
        given = {"use_case": use_case, "cause": request_id, **event}
        return _of_ours(RetrainWanted.of(given), use_case)
    detail = event.get("detail")
    if not isinstance(detail, Mapping):
        raise InvalidMessage(f"event {event['detail-type']!r} has no detail; expected an object")
    try:
        return _by_type(str(event["detail-type"]), detail, use_case)
    except (KeyError, TypeError) as error:
        raise InvalidMessage(f"event {event['detail-type']!r} lacks {error}") from None


def _by_type(kind: str, detail: Mapping[str, Any], use_case: str) -> Said:
    if kind not in _READERS:
        known = ", ".join(_READERS)
        raise InvalidMessage(f"event {kind!r} is not understood; there is: {known}")
    return _READERS[kind](detail, use_case)


def _alarm(detail: Mapping[str, Any], use_case: str) -> Said:
    state = detail["state"]
    if state["value"] != "ALARM":
        return None
    cause = f"{detail['alarmName']} at {state['timestamp']}"
    return RetrainWanted(use_case=use_case, reason=RetrainReason.ALARM.value, cause=cause)


def _end_of_pipeline(detail: Mapping[str, Any], use_case: str) -> Said:
    status = detail["currentPipelineExecutionStatus"]
    if status not in _OVER:
        return None
    return RetrainEnded(use_case=use_case, run=detail["pipelineExecutionArn"], status=status)


def _of_ours(said: Ours, use_case: str) -> Said:
    if said.use_case != use_case:
        raise UnknownName("use case", said.use_case, [use_case])
    return said


_READERS: dict[str, Callable[[Mapping[str, Any], str], Said]] = {
    "CloudWatch Alarm State Change": _alarm,
    "SageMaker Model Building Pipeline Execution Status Change": _end_of_pipeline,
    RETRAIN_WANTED: lambda detail, use_case: _of_ours(RetrainWanted.of(detail), use_case),
    RETRAIN_ENDED: lambda detail, use_case: _of_ours(RetrainEnded.of(detail), use_case),
    RETRAIN_AGE_ASKED: lambda detail, use_case: _of_ours(RetrainAgeAsked.of(detail), use_case),
}
