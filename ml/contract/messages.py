"""Messages between parts: each is a fact, as a value that goes to and comes from JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from hashlib import sha256
from typing import Any, Self

from ml.contract.alerts import AlertRule, AlertSeverity, RetrainReason, runbook
from ml.contract.errors import InvalidMessage

#: What EventBridge rules match: our own events carry a message as their detail.
EVENT_SOURCE = "leadwise"
RETRAIN_WANTED = "Retrain wanted"
RETRAIN_ENDED = "Retrain ended"
RETRAIN_AGE_ASKED = "Retrain age asked"
#: How a run ended: `SKIPPED` where it looked and found nothing to train for.
SUCCEEDED, FAILED, STOPPED, SKIPPED = "Succeeded", "Failed", "Stopped", "Skipped"


@dataclass(frozen=True, kw_only=True)
class Message:
    """Base of all messages: a flat, frozen value.

    Examples
    --------
    >>> file = NewFile(bucket="raw", key="leads.csv", version="1", sequencer="00A1", size=10)
    >>> NewFile.from_json(file.to_json()) == file
    True
    """

    def to_json(self) -> str:
        """JSON text that `from_json` reads back to an equal value."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The message that a JSON text holds.

        Raises
        ------
        InvalidMessage
            Naming the message and every field that is missing, unknown or of the wrong type.
        """
        try:
            found = json.loads(text)
        except ValueError as error:
            raise InvalidMessage(f"{cls.__name__} came as text that is not JSON: {error}") from None
        return cls.of(found)

    @classmethod
    def of(cls, found: object) -> Self:
        """The message that JSON values hold; raises as `from_json` does."""
        if not isinstance(found, Mapping):
            kind = type(found).__name__
            raise InvalidMessage(f"{cls.__name__} came as {kind}; expected an object")
        wrong = cls._wrong(found)
        if wrong:
            raise InvalidMessage(f"{cls.__name__} {'; '.join(wrong)}")
        return cls(**found)

    @classmethod
    def _wrong(cls, found: Mapping[str, Any]) -> list[str]:
        known = {field.name: field for field in fields(cls)}
        wrong = [f"has an unknown field {name!r}" for name in found if name not in known]
        for name, field in known.items():
            kind = int if field.type == "int" else str
            if name not in found:
                wrong += [f"lacks {name}"] if field.default is MISSING else []
            elif type(found[name]) is not kind:
                wrong.append(f"has a {name} that is no {kind.__name__}")
        return wrong


@dataclass(frozen=True, kw_only=True)
class NewFile(Message):
    """A file has arrived in the raw bucket.

    Parameters
    ----------
    bucket, key, version : str
        Which object; an empty version where the bucket keeps none.
    sequencer : str
        Hexadecimal text by which S3 orders the events of one key.
    size : int
        Bytes.
    """

    bucket: str
    key: str
    version: str
    sequencer: str
    size: int

    @property
    def event_id(self) -> str:
        """Equal for every delivery of the same event."""
        return _digest(self.bucket, self.key, self.version, self.sequencer)

    @property
    def order(self) -> str:
        """The sequencer as a text that compares as S3 orders: shorter ones end in zeros."""
        return self.sequencer.upper().ljust(64, "0")


@dataclass(frozen=True, kw_only=True)
class RetrainWanted(Message):
    """Somebody or something wants a model to be trained again.

    Parameters
    ----------
    use_case : str
        Whose model.
    reason : str
        A `RetrainReason`.
    cause : str
        What exactly: the alarm's name and the time it rang, a snapshot's hash, a person's words.
        Two requests with the same cause are one request.

    Raises
    ------
    InvalidMessage
        If the reason is none that exists.
    """

    use_case: str
    reason: str
    cause: str

    def __post_init__(self) -> None:
        if self.reason not in set(RetrainReason):
            known = ", ".join(RetrainReason)
            raise InvalidMessage(f"RetrainWanted has reason {self.reason!r}; there is: {known}")

    @property
    def run_key(self) -> str:
        """Equal for equal requests: 40 hexadecimal digits."""
        return _digest(self.use_case, self.reason, self.cause)

    @property
    def is_manual(self) -> bool:
        """Whether a person asked, who need not wait for the cooldown."""
        return self.reason == RetrainReason.MANUAL


@dataclass(frozen=True, kw_only=True)
class RetrainEnded(Message):
    """A retrain is over, whatever came of it, so that the next may start.

    Parameters
    ----------
    use_case : str
        Whose model.
    run : str
        Which run: the ARN of the pipeline's execution, or the id of the DAG's run.
    status : str
        `SUCCEEDED`, `FAILED` or `STOPPED`; or `SKIPPED`, which is no training.
    """

    use_case: str
    run: str
    status: str


@dataclass(frozen=True, kw_only=True)
class RetrainAgeAsked(Message):
    """The clock wants to know how long ago a retrain succeeded, lest none does and nobody notices.

    Parameters
    ----------
    use_case : str
        Whose model.
    """

    use_case: str


@dataclass(frozen=True, kw_only=True)
class Alert(Message):
    """Something that people should know, or that is over.

    Parameters
    ----------
    rule : str
        What kind of thing, such as ``"drift"``; with `subject` it names the incident.
    subject : str
        What it is about, such as a model's name.
    severity : str
        An `AlertSeverity`.
    says : str
        What happened and what to do, in a sentence or two; never a lead's data.
    runbook : str, default=""
        Link to what to do.
    over : int, default=0
        1 where the incident has ended.

    Raises
    ------
    InvalidMessage
        If the severity is none that exists.
    """

    rule: str
    subject: str
    severity: str
    says: str
    runbook: str = ""
    over: int = 0

    def __post_init__(self) -> None:
        if self.severity not in set(AlertSeverity):
            known = ", ".join(AlertSeverity)
            raise InvalidMessage(f"Alert has severity {self.severity!r}; there is: {known}")

    @classmethod
    def began(cls, rule: AlertRule, subject: str, severity: AlertSeverity, says: str) -> Self:
        """An alert of our own code, with the link to its section of the runbook.

        Examples
        --------
        >>> Alert.began(AlertRule.DRIFT, "leads", AlertSeverity.WARNING, "PSI .31 > .2.").rule
        'drift'
        """
        link = runbook(rule)
        return cls(
            rule=rule.value, subject=subject, severity=severity.value, says=says, runbook=link
        )

    @classmethod
    def ended(cls, rule: AlertRule, subject: str, says: str) -> Self:
        """That it is over; those are told who were told that it began, and nobody else."""
        return cls(
            rule=rule.value,
            subject=subject,
            severity=AlertSeverity.INFO.value,
            says=says,
            runbook=runbook(rule),
            over=1,
        )

    @property
    def incident(self) -> str:
        """Equal for every message about the same incident."""
        return _digest(self.rule, self.subject)


def _digest(*parts: str) -> str:
    # Lengths keep ("ab", "c") and ("a", "bc") apart.
    return sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()[:40]
