"""What the leakage guard says: per column, and of all columns together."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from ml.contract.names import LeakVerdict
from ml.contract.records import Interval, JsonObject
from ml.core.leakage.decided import DecidedLevel
from ml.core.leakage.filling import Filling
from ml.core.leakage.timing import Timing


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What was measured of one column.

    Parameters
    ----------
    alone : Interval
        Cross-fitted AUC of the column alone.
    decided : tuple of DecidedLevel
        Levels that all but decide the outcome.
    announcing, excluding : float
        Shares of rows with a level that announces the event, and one that rules it out.
    missing_share : float
        Of all rows.
    filling : Filling or None
        Missingness against the outcome.
    company : tuple of str
        Columns declared for later moments that are filled in for the very same rows.
    timing : Timing or None
        The newest rows beside the others.
    """

    alone: Interval
    decided: tuple[DecidedLevel, ...]
    announcing: float
    excluding: float
    missing_share: float
    filling: Filling | None
    company: tuple[str, ...]
    timing: Timing | None


@dataclass(frozen=True, kw_only=True)
class ColumnFinding:
    """The verdict on one column.

    Parameters
    ----------
    column, source, label : str
        Its names; one that the use case does not declare has its header alone.
    known_from : str
        The moment that it is declared for; for a column that the use case does not declare the
        first one, since nothing speaks for a later one.
    declared : bool
        Whether the use case declares it; no model reads one that it does not.
    verdict : LeakVerdict
    agrees : bool
        Whether the evidence agrees with the moment that the column is declared for.
    sentences : tuple of str
        The evidence for people, what weighs most first.
    evidence : Evidence
        The figures.
    """

    column: str
    source: str
    label: str
    known_from: str
    declared: bool
    verdict: LeakVerdict
    agrees: bool
    sentences: tuple[str, ...]
    evidence: Evidence


@dataclass(frozen=True, kw_only=True)
class MomentSkill:
    """How well the columns of a moment tell the outcome together."""

    moment: str
    columns: int
    auc: Interval


@dataclass(frozen=True, kw_only=True)
class Without:
    """The same without one column of it."""

    column: str
    moment: str
    auc: Interval
    lost: float


@dataclass(frozen=True, kw_only=True)
class LeakageReport:
    """What the guard found.

    Parameters
    ----------
    use_case, moment : str
        Whose columns were looked at: those that a model for the moment reads.
    rows : int
    event : str
        What happens, as a verb.
    event_rate : float
        Share of rows where it happened.
    ordered_by : str or None
        Column that says which rows are newer.
    columns : tuple of ColumnFinding
        Leaks first.
    moments : tuple of MomentSkill
        The ablation over moments, up to the one that was asked for.
    without : tuple of Without
        The moment's model without each column that is under suspicion.
    """

    use_case: str
    moment: str
    rows: int
    event: str
    event_rate: float
    ordered_by: str | None
    columns: tuple[ColumnFinding, ...]
    moments: tuple[MomentSkill, ...]
    without: tuple[Without, ...]

    def of(self, *verdicts: LeakVerdict) -> tuple[ColumnFinding, ...]:
        """Columns with one of these verdicts."""
        return tuple(finding for finding in self.columns if finding.verdict in verdicts)

    @property
    def leaks(self) -> tuple[ColumnFinding, ...]:
        """Leaks that nobody has acknowledged."""
        return self.of(LeakVerdict.LEAK)

    def to_dict(self) -> JsonObject:
        """What `leadwise leakage --json` prints."""
        return asdict(self) | {"leaks": [finding.column for finding in self.leaks]}
