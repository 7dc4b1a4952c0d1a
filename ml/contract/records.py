"""What each step leaves behind: stored in the journal, printed by the command line.

`degraded` says what a step could not do although it ended well; empty if it did everything.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from ml.contract.datasets import Dataset
from ml.contract.errors import LeadwiseError
from ml.contract.watching import Signal


@dataclass(frozen=True, kw_only=True)
class RowCount:
    """Where every row of an input went.

    Raises
    ------
    LeadwiseError
        If the parts do not add up: then a row was lost, and no figure can be trusted.

    Examples
    --------
    >>> RowCount(received=100, accepted=97, quarantined=2, deduplicated=1).to_dict()
    {'in': 100, 'accepted': 97, 'quarantined': 2, 'deduplicated': 1}
    """

    received: int
    accepted: int
    quarantined: int = 0
    deduplicated: int = 0

    def __post_init__(self) -> None:
        placed = self.accepted + self.quarantined + self.deduplicated
        if placed != self.received:
            raise LeadwiseError(
                f"{self.received} rows came in but {placed} are accounted for ({self}); "
                "report this as a bug"
            )

    def to_dict(self) -> dict[str, int]:
        """The four counts under the names that people see."""
        return {
            "in": self.received,
            "accepted": self.accepted,
            "quarantined": self.quarantined,
            "deduplicated": self.deduplicated,
        }


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A figure with its confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class IngestRecord:
    """A file was admitted: its text lies in the lake, structurally broken rows in quarantine."""

    source: str
    file_sha256: str
    raw: str
    text: str
    quarantine: str
    purpose: str
    moment: str
    rows: RowCount
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CleanRecord:
    """Text became typed rows; broken ones are in quarantine. `rows` counts those of the file.

    `data` says what the file of clean rows must hold.
    """

    source_sha256: str
    clean: str
    quarantine: str
    canonical_hash: str
    rows: RowCount
    warnings: dict[str, int] = field(default_factory=dict)
    data: Dataset = Dataset()


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One data check that does not pass, where, and what to do about it.

    Parameters
    ----------
    check, state : str
        A `Check`, and a `CheckState` other than pass.
    columns : tuple of str
        Columns that it is about; none where it is about all of a row.
    figure : float
        What was measured.
    bound : float or None
        What it was held to.
    message, hint : str
        What was seen, and the next move; sentences without a final stop.
    rows : int, default=0
        Rows that it is about; 0 where it is about none in particular.
    lines : tuple of int, default=()
        Lines in the file of the first such rows.
    ids : tuple of str, default=()
        Their ids.
    values : tuple of str, default=()
        Values that it is about, the frequent ones, each with its rows.
    """

    check: str
    state: str
    columns: tuple[str, ...]
    figure: float
    bound: float | None
    message: str
    hint: str
    rows: int = 0
    lines: tuple[int, ...] = ()
    ids: tuple[str, ...] = ()
    values: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Figure, rows and next move as one line of text.

        Examples
        --------
        >>> Finding(check="missing", state="warn", columns=("city",), figure=0.99, bound=0.95,
        ...     message="City is empty in 99 % of rows", hint="ask why", lines=(2, 5)).sentence()
        'missing: City is empty in 99 % of rows, first on lines 2, 5 (ask why)'
        """
        return f"{self.check}: {self.message}{self.where} ({self.hint})"

    @property
    def where(self) -> str:
        """First lines and frequent values, to follow the message; empty where there are none."""
        values = f": {', '.join(self.values)}" if self.values else ""
        lines = f", first on lines {', '.join(map(str, self.lines))}" if self.lines else ""
        return values + lines


@dataclass(frozen=True, kw_only=True)
class CheckRecord:
    """Clean rows were held to the data checks. `state` is a `CheckState`.

    Parameters
    ----------
    canonical_hash : str
        Of the clean rows.
    checks : int
        Checks that were made.
    findings : tuple of Finding
        Those that do not pass, the gravest first.
    profile : str
        Key of the rows' figures, for later data to be compared with.
    reference : str or None
        Key of the figures that they were compared with.
    notes : tuple of str, default=()
        What is remarkable about the rows and needs no move.
    """

    state: str
    canonical_hash: str
    rows: RowCount
    checks: int
    findings: tuple[Finding, ...]
    profile: str
    reference: str | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SnapshotRecord:
    """An immutable training set: what it holds, of what it was made, and how it is found.

    `schema` says the kind of each column. `sources` are SHA-256 of the files that the rows came
    in; `created_at` is UTC in ISO 8601. `place` is where people look for it.
    """

    use_case: str
    tag: str
    canonical_hash: str
    rows: int
    columns: int
    schema: dict[str, str]
    code_version: str
    created_at: str
    sources: tuple[str, ...] = ()
    place: str = ""
    data: Dataset = Dataset()


@dataclass(frozen=True, kw_only=True)
class SliceRecord:
    """Rows were written by week of arrival; `weeks` counts them, `undated` those without a day."""

    manifest: str
    weeks: dict[str, int]
    undated: int


#: Parts of a split, as records, packages and lake keys call them.
SPLIT_PARTS = ("train", "validation", "test")


@dataclass(frozen=True, kw_only=True)
class SplitRecord:
    """Training, validation and test rows of one snapshot, and holdout rows if some are kept so.

    `rows` counts each part, and what is in none of them as `left_out` where there is such. `data`
    says what the files must hold.
    """

    train: str
    validation: str
    test: str
    rows: dict[str, int]
    holdout: str | None = None
    data: Dataset = Dataset()


@dataclass(frozen=True, kw_only=True)
class TrialRecord:
    """One configuration: means and standard deviations over the folds that judged it."""

    candidate: str
    figures: dict[str, float]
    spread: dict[str, float]
    folds: int
    finished: bool


@dataclass(frozen=True, kw_only=True)
class TrainRecord:
    """Candidates were tried; the best was refitted, packaged and registered as challenger.

    `chosen` is its configuration; `validation` holds the best of each candidate; `importance` says
    how far each column moves a score on average, the largest first.
    """

    model: str
    version: str
    estimator: str
    run_id: str
    package: str
    package_sha256: str
    validation: dict[str, dict[str, float]]
    seconds: float
    chosen: str = ""
    trials: tuple[TrialRecord, ...] = ()
    importance: dict[str, float] = field(default_factory=dict)
    degraded: str = ""


@dataclass(frozen=True, kw_only=True)
class GateResult:
    """One gate, the figure seen, and whether it holds."""

    gate: str
    figure: float
    passed: bool
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the test rows say of a challenger.

    `champion_intervals` are the champion's figures on the same rows; `card` is the key of the model
    card's page.
    """

    model: str
    version: str
    champion: str | None
    approved: bool
    metrics: dict[str, float]
    intervals: dict[str, Interval]
    gates: tuple[GateResult, ...]
    against_champion: Interval | None = None
    champion_intervals: dict[str, Interval] = field(default_factory=dict)
    reason: str = ""
    card: str = ""
    degraded: str = ""


@dataclass(frozen=True, kw_only=True)
class PromoteRecord:
    """Which version is champion after the verdict, and which was before."""

    model: str
    champion: str | None
    previous: str | None
    promoted: bool
    reason: str


@dataclass(frozen=True, kw_only=True)
class DeployRecord:
    """Which package is in force."""

    model: str
    version: str
    package_sha256: str
    changed: bool


@dataclass(frozen=True, kw_only=True)
class RollbackRecord:
    """Which version serves after a rollback, and which was champion before it."""

    model: str
    champion: str
    before: str | None
    moved: bool
    package_sha256: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ScoreRecord:
    """A table was scored; every row of the input is in the output with a status."""

    output: str
    model: str
    version: str
    package_sha256: str
    moment: str
    rows: RowCount
    bands: dict[str, int]
    warnings: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ColumnBin:
    """Share of rows with values as `label` says, on both sides."""

    label: str
    reference: float
    current: float


@dataclass(frozen=True, kw_only=True)
class ColumnDrift:
    """How one column differs from its reference; `p_value` is adjusted for the many columns.

    `bins` are those that `psi` was told from, without the empty ones; empty in records of before.
    """

    column: str
    test: str
    statistic: float
    p_value: float
    psi: float
    missing_change: float
    drifted: bool
    bins: tuple[ColumnBin, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RetrainRequest:
    """Somebody should train again, and why."""

    use_case: str
    moment: str
    reasons: tuple[str, ...]
    figures: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class ScoreBin:
    """Share of scores from `low` up to `high`, as predictions, on both sides."""

    low: float
    high: float
    reference: float
    current: float


@dataclass(frozen=True, kw_only=True)
class WatchRecord:
    """What the current rows look like beside the reference. `state` is a `DriftState`.

    A share or index that could not be told is None, never 0; `notes` say why. `watched_at` is UTC
    in ISO 8601, `severity` the worst of the raised `signals`, `scores` the histogram of the
    predictions of both sides, empty without a model. `current` is the canonical hash of the rows:
    two looks at the same rows are one look at the data. `file` is the key of the file that they
    came in, as it came; empty where there was none.
    """

    state: str
    reference: str
    rows: RowCount
    drifted_share: float | None
    prediction_psi: float | None
    columns: tuple[ColumnDrift, ...]
    report: str | None
    run_id: str | None
    retrain: RetrainRequest | None
    notes: tuple[str, ...] = ()
    degraded: str = ""
    watched_at: str = ""
    signals: tuple[Signal, ...] = ()
    severity: str | None = None
    scores: tuple[ScoreBin, ...] = ()
    current: str = ""
    file: str = ""


Record = (
    IngestRecord | CleanRecord | CheckRecord | SnapshotRecord | SliceRecord | SplitRecord
    | TrainRecord | Verdict | PromoteRecord | DeployRecord | RollbackRecord | ScoreRecord
    | WatchRecord
)  # fmt: skip

JsonObject = dict[str, Any]


def plain(record: Record) -> JsonObject:
    """A record as JSON-ready values, its rows under the names that people see."""
    facts = asdict(record)
    rows = getattr(record, "rows", None)
    return facts | {"rows": rows.to_dict()} if isinstance(rows, RowCount) else facts
