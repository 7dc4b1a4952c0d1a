"""What is watched and what was seen: the words of watch, alerts, pages and investigations."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ml.contract.alerts import AlertSeverity


class Severity(StrEnum):
    """How much what was seen matters, from least to most."""

    LOW = "low"  # a line in the report
    MEDIUM = "medium"  # look today
    HIGH = "high"  # a retrain is asked for, or decisions suffer
    CRITICAL = "critical"  # scores should not be trusted

    @property
    def rank(self) -> int:
        """0 for the least.

        Examples
        --------
        >>> max(Severity.LOW, Severity.HIGH, key=lambda severity: severity.rank)
        <Severity.HIGH: 'high'>
        """
        return list(Severity).index(self)

    @property
    def level(self) -> int:
        """The same as a metric says it: 1 for the least, as 0 is where nothing is raised."""
        return self.rank + 1

    @property
    def alert(self) -> AlertSeverity:
        """Who is told, and how soon."""
        return _ALERTS[self]


_ALERTS = {
    Severity.LOW: AlertSeverity.INFO,
    Severity.MEDIUM: AlertSeverity.WARNING,
    Severity.HIGH: AlertSeverity.WARNING,
    Severity.CRITICAL: AlertSeverity.CRITICAL,
}


class Watched(StrEnum):
    """Parts of the system that are watched."""

    DATA = "data"
    PREDICTIONS = "predictions"
    PERFORMANCE = "performance"
    SERVICE = "service"
    BUSINESS = "business"


class SignalState(StrEnum):
    """What a figure says. Only `OK` says that all is well."""

    OK = "OK"
    RAISED = "RAISED"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"
    LABELS_PENDING = "LABELS_PENDING"
    NO_REFERENCE = "NO_REFERENCE"
    #: Nothing is kept that would tell, such as the days of leads; more rows would not help.
    NOT_KEPT = "NOT_KEPT"


@dataclass(frozen=True, kw_only=True)
class Signal:
    """One figure that was watched, and what it says.

    Parameters
    ----------
    watched : str
        A `Watched`.
    name : str
        The figure, such as ``"psi"``, ``"missing_share"`` or ``"roc_auc"``.
    subject : str, default=''
        What it is about where there are several: a column, a band, a source of leads.
    value, expected, bound : float or None
        What was seen, what was so before, and from where on it is raised. None where there is
        none or it could not be told; never 0 in its place, and never NaN.
    state : str
        A `SignalState`.
    severity : str or None, default=None
        A `Severity` exactly where the state is `RAISED`.
    says : str
        One sentence for people, with the figures; never a lead's data.
    """

    watched: str
    name: str
    subject: str = ""
    value: float | None = None
    expected: float | None = None
    bound: float | None = None
    state: str = SignalState.OK.value
    severity: str | None = None
    says: str = ""

    @property
    def key(self) -> str:
        """Equal for the same figure of another day.

        Examples
        --------
        >>> Signal(watched="data", name="psi", subject="lead_origin").key
        'data/psi/lead_origin'
        """
        return "/".join(part for part in (self.watched, self.name, self.subject) if part)
