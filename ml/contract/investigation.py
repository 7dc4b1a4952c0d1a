"""What an investigation found: by layer, what it points to, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum

from ml.contract.records import JsonObject


class Layer(StrEnum):
    """Where something can be wrong, in the order in which it is looked for."""

    DATA = "data"
    MODEL = "model"
    INTEGRATION = "integration"
    BUSINESS = "business"


class FindingState(StrEnum):
    """What a check says. Only `OK` says that all is well there."""

    OK = "OK"
    RAISED = "RAISED"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"
    LABELS_PENDING = "LABELS_PENDING"
    #: Nothing says which leads turned into what.
    NO_OUTCOMES = "NO_OUTCOMES"
    NO_REFERENCE = "NO_REFERENCE"
    NO_MODEL = "NO_MODEL"
    #: The home keeps nothing to look at: no receipts, no days.
    NOT_KEPT = "NOT_KEPT"
    #: The check means nothing for this kind of task.
    NOT_MEANT = "NOT_MEANT"
    #: The check itself came to grief; the others went on.
    FAILED = "FAILED"

    @property
    def judged(self) -> bool:
        """Whether the check could be made."""
        return self in {FindingState.OK, FindingState.RAISED}


class Look(StrEnum):
    """The checks, by their names."""

    ARRIVES = "arrives"
    SCHEMA = "schema"
    HELD_BACK = "held_back"
    ADDED_COLUMNS = "added_columns"
    DAYS = "days"
    FRESHNESS = "freshness"
    NEW_LEADS = "new_leads"
    BROKEN_FIELDS = "broken_fields"
    MISSING = "missing"
    NEW_LEVELS = "new_levels"
    RANGE = "range"
    VOLUME = "volume"
    DRIFT = "drift"
    LEAKS = "leaks"
    SERVED = "served"
    PACKAGE = "package"
    AGE = "age"
    SCORES = "scores"
    EXPECTED = "expected"
    PERFORMANCE = "performance"
    SPREAD_OF_ODDS = "spread_of_odds"
    LEVEL_OF_ODDS = "level_of_odds"
    RELEARNT = "relearnt"
    REGISTRY = "registry"
    LEDGER = "ledger"
    RECEIPTS = "receipts"
    REPLAY = "replay"
    OUTCOMES_RETURN = "outcomes_return"
    STRANGE_IDS = "strange_ids"
    CONTRADICTIONS = "contradictions"
    BASE_RATE = "base_rate"
    BANDS = "bands"
    SOURCES = "sources"
    LABEL_DELAY = "label_delay"


class Cause(StrEnum):
    """What can be at the root."""

    STALE_DATA = "STALE_DATA"
    BROKEN_FIELD = "BROKEN_FIELD"
    DATA_DRIFT = "DATA_DRIFT"
    BASE_RATE_SHIFT = "BASE_RATE_SHIFT"
    LEAK = "LEAK"
    CALIBRATION_LOSS = "CALIBRATION_LOSS"
    CONCEPT_CHANGE = "CONCEPT_CHANGE"
    BROKEN_SYNC = "BROKEN_SYNC"
    WRONG_MODEL = "WRONG_MODEL"
    #: Something is raised, and it points to no single cause.
    UNCLEAR = "UNCLEAR"
    NOTHING_FOUND = "NOTHING_FOUND"
    #: Nothing is raised among what could be judged, and not all could be.
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One check, what it saw, and what that says.

    Parameters
    ----------
    layer, check, state : str
        A `Layer`, a `Look`, a `FindingState`.
    severity : str or None, default=None
        A `Severity` exactly where the state is `RAISED`.
    subject : str, default=''
        What it is about where there are several: a column, a band.
    value, expected, bound : float or None, default=None
        What was seen, what was so before, and from where on it is raised; None where there is
        none or it could not be told.
    says : str
        One sentence for people.
    """

    layer: str
    check: str
    state: str
    severity: str | None = None
    subject: str = ""
    value: float | None = None
    expected: float | None = None
    bound: float | None = None
    says: str = ""


@dataclass(frozen=True, kw_only=True)
class RankedCause:
    """A cause with what speaks for and against it.

    Parameters
    ----------
    cause : str
        A `Cause`.
    points : int
        What the findings speak for it, less what they speak against it.
    weight : float
        Its share of the points of all causes that are named, 0 to 1.
    why, against : tuple of str
        Sentences of the findings, what weighs most first.
    """

    cause: str
    points: int
    weight: float
    why: tuple[str, ...] = ()
    against: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Move:
    """What to do next, and the command that does it where there is one."""

    says: str
    command: str = ""


@dataclass(frozen=True, kw_only=True)
class Investigation:
    """What was found.

    Parameters
    ----------
    use_case, moment, version : str
        Whose model; the version is that in force, empty where none is.
    at : str
        When, UTC in ISO 8601.
    current, outcomes : str
        The files that were looked at, by their names; empty where there was none.
    rows : int
        Rows of the leads of late.
    findings : tuple of Finding
        By layer, in the order of the checks.
    causes : tuple of RankedCause
        The most likely first; never empty.
    moves : tuple of Move
        What to do next.
    """

    use_case: str
    moment: str
    version: str
    at: str
    current: str
    outcomes: str
    rows: int
    findings: tuple[Finding, ...]
    causes: tuple[RankedCause, ...]
    moves: tuple[Move, ...]

    @property
    def root_cause(self) -> Cause:
        """The most likely one."""
        return Cause(self.causes[0].cause)

    @property
    def tied(self) -> tuple[Cause, ...]:
        """All causes that are as likely as the first; one where none is."""
        most = self.causes[0].points
        return tuple(Cause(one.cause) for one in self.causes if one.points == most)

    @property
    def raised(self) -> tuple[Finding, ...]:
        """Findings that ask for somebody."""
        return tuple(one for one in self.findings if one.state == FindingState.RAISED)

    def of(self, layer: Layer) -> Iterator[Finding]:
        """Findings of one layer."""
        return (one for one in self.findings if one.layer == layer)

    def to_dict(self) -> JsonObject:
        """What `leadwise investigate --json` prints."""
        causes = {"root_cause": self.root_cause.value, "tied": [one.value for one in self.tied]}
        return asdict(self) | causes
