"""What the steps need from the world, as small protocols; `ml.bootstrap` picks who answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from ml.contract.access import Account
from ml.contract.feedback import Feedback
from ml.contract.file_jobs import FileJob
from ml.contract.incidents import Incident
from ml.contract.kept_answers import KeptAnswer
from ml.contract.ledger import LedgerEntry
from ml.contract.messages import Alert, RetrainEnded, RetrainWanted
from ml.contract.names import Alias
from ml.contract.receipts import Receipt
from ml.contract.records import JsonObject, Record, SnapshotRecord
from ml.contract.retraining import Lease, LeaseStanding, Refusal
from ml.contract.shadowing import Answer
from ml.contract.use_case import UseCase
from ml.core.out_of_fold import HeldOut


class Lake(Protocol):
    """Files under keys; a key is written once and never changes."""

    def fetch(self, key: str, version: str | None = None) -> Path:
        """A local, complete, read-only copy; Gone names an absent key.

        With `version` as `publish` told it, these bytes and no others; Altered where they have
        been replaced. A lake without versions does not look at it.
        """

    def publish(self, key: str, file: Path) -> str | None:
        """Move a finished local file under its key, all or nothing; the first writer wins.

        What is told is the version under the key now, None where the lake keeps no versions.
        """

    def keys(self, prefix: str) -> list[str]:
        """Keys below a prefix, sorted."""

    def exists(self, key: str) -> bool:
        """Whether the key holds a file."""

    def scratch(self) -> AbstractContextManager[Path]:
        """A folder for unfinished files, gone afterwards."""


class Engine(Protocol):
    """Runs SQL over files."""

    @property
    def dialect(self) -> str:
        """Name under which sqlglot knows the engine's SQL."""

    def export(self, sql: str, tables: Mapping[str, Path], to: Path) -> int:
        """Write a query's rows as Parquet, in its order; the number of rows.

        A query without an ORDER BY that takes each row of one table by itself keeps their order.
        """

    def rows(self, sql: str, tables: Mapping[str, Path]) -> pa.Table:
        """A query's rows in memory; for small answers."""

    def batches(self, sql: str, tables: Mapping[str, Path], size: int) -> Iterator[pa.RecordBatch]:
        """A query's rows in pieces, with memory that does not grow with them."""


@dataclass(frozen=True, kw_only=True)
class EncodedRows:
    """A Parquet file of rows as trees take them.

    Parameters
    ----------
    file : Path
        One float column per position, and the target.
    columns, kinds : tuple of str
        Names of the positions, and for each `c` (codes of levels) or `q` (a quantity).
    target : str
        Column of the outcome.
    """

    file: Path
    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    target: str


@dataclass(frozen=True, kw_only=True)
class Boosted:
    """Fitted trees as XGBoost's JSON, and what they say of rows that they have not seen."""

    model: bytes
    unseen: HeldOut


class Boosting(Protocol):
    """Fits gradient boosting on more rows than one process may hold."""

    def fit(
        self, train: Sequence[EncodedRows], unseen: EncodedRows, model: Any, *, folder: Path
    ) -> Boosted:
        """Trees with the parameters of an unfitted XGBClassifier or XGBRegressor.

        `folder` is for files that nobody needs afterwards.
        """


class Snapshots(Protocol):
    """Training sets under tags; the rows that a tag names never change."""

    def freeze(self, snapshot: SnapshotRecord, files: Sequence[Path]) -> SnapshotRecord:
        """Keep the rows of finished Parquet files, which are moved, under the snapshot's tag.

        What is told also says where the rows are. Rows that are there already are not written
        again; TagTaken where the tag names others.
        """

    def tag(self, snapshot: SnapshotRecord, tag: str) -> SnapshotRecord:
        """Give a kept training set one more tag; TagTaken where it names other rows."""

    def find(self, use_case: str, tag: str) -> SnapshotRecord:
        """What a tag names; UnknownName lists the tags that there are."""

    def all(self, use_case: str) -> list[SnapshotRecord]:
        """One record per tag, oldest training set first."""

    def fetch(self, snapshot: SnapshotRecord) -> list[Path]:
        """Local, complete, read-only Parquet files that hold the rows.

        Gone or BrokenDataset name a file that is missing, or is not what the manifest lists.
        """


class Warehouse(Protocol):
    """Tables that people query, called `<use case>.<table>`.

    Queries are in Redshift's dialect, with `:name` for parameters.
    """

    def prepare(self, use_case: UseCase) -> None:
        """Make the use case's tables, or add columns to them; OtherSchemaVersion refuses more."""

    def load(self, table: str, file: Path, version: str) -> int:
        """Replace what `version` loaded before by a Parquet file's rows; their number."""

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """Rows of a query, in memory."""

    def export(self, sql: str, to: Path, parameters: Mapping[str, Any] | None = None) -> int:
        """Write a query's rows as Parquet, with memory that does not grow; their number."""


class FeatureStore(Protocol):
    """What was known of each lead of one use case, and when; nothing that arrives later changes it.

    Records have the columns of the `FeatureGroup` and `event_time`, in UTC to the millisecond.
    """

    def put_records(self, records: pa.Table) -> int:
        """Keep records; their number. The last of one lead and time counts."""

    def last_known(self, leads: Sequence[str]) -> pa.Table:
        """The record of each lead that is true now; leads without one are left out."""

    def as_of(self, asked: pa.Table, *, known_by: datetime | None = None) -> pa.Table:
        """What was known of leads at times: for each row of lead and `as_of`, its last record.

        A record counts once its event has happened and it is in the store. With `known_by`,
        records that came to the store late count too, if they had come by then. Where nothing
        was known, `event_time` and the features are missing.
        """

    def erase(self, leads: Sequence[str]) -> None:
        """Forget all that was put of leads so far, whatever time is asked for."""


class Run(Protocol):
    """One open run of the tracker."""

    @property
    def id(self) -> str:
        """The tracker's name for the run; ours, while it waits."""

    def params(self, values: Mapping[str, Any]) -> None:
        """Record parameters."""

    def metrics(self, values: Mapping[str, float]) -> None:
        """Record metrics."""

    def tags(self, values: Mapping[str, str]) -> None:
        """Record tags."""

    def artifact(self, file: Path, folder: str = "") -> None:
        """Keep a file with the run."""


@dataclass(frozen=True, kw_only=True)
class ModelVersion:
    """One version of a registered model."""

    model: str
    version: str
    run_id: str
    tags: Mapping[str, str]


class Tracker(Protocol):
    """Remembers runs."""

    def run(
        self, experiment: str, name: str, *, nested: bool = False
    ) -> AbstractContextManager[Run]:
        """Open a run; it is marked failed if the block raises.

        While the tracker is away the run waits: nothing of it is lost, and work goes on.
        """

    def settle(self) -> None:
        """Tell all that waits, once; DependencyUnavailable while the tracker is away."""

    def waiting(self) -> int:
        """How many runs wait to be told."""


#: What an alias points to, or what is in force, does not matter.
ANYTHING = "*"


class Registry(Protocol):
    """Remembers model versions and which of them an alias points to."""

    def register(
        self,
        model: str,
        *,
        run: Run,
        package: Path,
        pipeline: Any,
        example: Any,
        tags: Mapping[str, str],
    ) -> ModelVersion:
        """Register a packaged scorer and the pipeline that it was made from as the next version."""

    def get(self, model: str, version: str) -> ModelVersion | None:
        """One version, if it exists."""

    def aliased(self, model: str, alias: Alias) -> ModelVersion | None:
        """The version that an alias points to, if any."""

    def point(
        self, model: str, alias: Alias, version: str, *, expected: str | None = ANYTHING
    ) -> None:
        """Let an alias point to a version.

        With `expected` (a version, or None for no version) only if the alias points there now;
        raises StaleAlias otherwise.
        """

    def tag(self, model: str, version: str, name: str, value: str) -> None:
        """Set a tag of a version, whatever it was."""

    def package(self, version: ModelVersion) -> dict[str, bytes]:
        """The packaged scorer's files by name."""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A packaged scorer in force, and the hash that its manifest had when it was registered."""

    model: str
    version: str
    files: Mapping[str, bytes]
    package_sha256: str | None = None


class Endpoint(Protocol):
    """Where scorers serve."""

    def deploy(self, deployment: Deployment, *, expected: str | None = ANYTHING) -> None:
        """Put a package in force, all or nothing.

        With `expected` (a stamp, or None for none) only if that is the stamp now; raises
        StaleEndpoint otherwise.
        """

    def current(self, model: str) -> Deployment | None:
        """The package in force."""

    def stamp(self, model: str) -> str | None:
        """Changes whenever another package comes into force; cheap enough to ask every second."""


class TableScoring(Protocol):
    """Scores more rows than one machine may hold."""

    def score(
        self, use_case: UseCase, deployment: Deployment, clean: Path, *, reasons: int, to: Path
    ) -> int:
        """Write clean rows' scores, `ml.core.scoring.scored_batch.SCORES`; their number."""


class Journal(Protocol):
    """Remembers finished steps, so that a repeated step is a no-op and a killed run resumes."""

    def finished(self, use_case: str, step: str, fingerprint: str) -> JsonObject | None:
        """The record of a step that finished with the same inputs."""

    def finish(self, use_case: str, step: str, fingerprint: str, record: Record) -> None:
        """Remember a finished step."""

    def latest(self, use_case: str, step: str) -> JsonObject | None:
        """The record of the step that finished last."""


class Ledger(Protocol):
    """Append-only story of models; the place where it is decided which version is champion."""

    def append(self, entry: LedgerEntry) -> bool:
        """Add an entry; False, and nothing is written, where another has its number.

        There is no way to change one.
        """

    def entries(self, model: str) -> list[LedgerEntry]:
        """Entries of a model, oldest first, with all that anybody has appended so far."""


class Receipts(Protocol):
    """Remembers what each score was made of; several processes may write at once."""

    def add(self, receipts: Sequence[Receipt]) -> None:
        """Keep receipts; what is there already stays as it is, so that all may be added again."""

    def find(self, receipt_id: str) -> Receipt | None:
        """One receipt, if there is such a one."""

    def of_lead(
        self, lead: str, *, before: str | None = None, most: int | None = None
    ) -> list[Receipt]:
        """A lead's receipts, newest first; with `before`, those older than that receipt."""

    def between(self, start: datetime, end: datetime) -> Iterator[Receipt]:
        """Receipts from one time until just before another, oldest first."""

    def forget(self, leads: Sequence[str] = (), *, before: datetime | None = None) -> int:
        """Forget all of leads, and all that is older than a time; how many there were."""


class FeedbackStore(Protocol):
    """Remembers what people said of leads; nothing that is said later changes it."""

    def add(self, feedback: Feedback) -> Feedback:
        """Keep feedback; where it repeats what its rep said last of that lead, that is told."""

    def of_leads(self, leads: Sequence[str]) -> list[Feedback]:
        """All that was said of leads, newest first."""

    def between(self, start: datetime, end: datetime) -> Iterator[Feedback]:
        """What was said from one time until just before another, oldest first."""

    def forget(self, leads: Sequence[str] = (), *, before: datetime | None = None) -> int:
        """Forget all of leads, and all that is older than a time; how many there were."""


class KeptAnswers(Protocol):
    """Remembers answers under the keys of their requests, so that a repeat gets the same."""

    def keep(self, answer: KeptAnswer) -> KeptAnswer:
        """The answer under the key: this one, or that of another request that came first."""

    def find(self, key: str) -> KeptAnswer | None:
        """The answer under a key."""

    def forget(self, leads: Sequence[str] = (), *, before: datetime | None = None) -> int:
        """Forget answers about leads, and all that is older than a time; how many there were."""


class Accounts(Protocol):
    """Users and API keys of a home; names are unique among both."""

    def all(self) -> list[Account]:
        """Every account, by name."""

    def add(self, account: Account) -> bool:
        """Keep an account; nothing is written, and False said, where its name is taken."""

    def remove(self, account: Account) -> None:
        """Forget an account and all its sessions."""

    def renew(self, account: Account, secret: str) -> bool:
        """Give an account another hash and end its sessions; False where it is another by now."""


class Sessions(Protocol):
    """Who is signed in; a session is known by the hash of what the browser holds."""

    def begin(self, digest: str, name: str, *, now: datetime, until: datetime) -> None:
        """Let a user be signed in until then; sessions that are over are forgotten."""

    def name_of(self, digest: str, now: datetime) -> str | None:
        """The user of a session that is not over."""

    def end(self, digest: str) -> None:
        """Sign out."""

    def tried(self, digest: str, *, now: datetime, most: int, within: timedelta) -> int:
        """Count a try under a name's hash; the seconds to wait where there were too many."""


class Leases(Protocol):
    """The right to retrain one model: one holder at a time, by epoch seconds of one clock."""

    def take(self, wanted: RetrainWanted, now: int) -> Lease | Refusal:
        """The lease, if nobody holds it and, unless a person asked, the cooldown is over.

        A holder that says nothing for the length of a lease is taken for dead. Each lease has a
        larger token than the one before.
        """

    def record(self, lease: Lease, run: str, now: int) -> bool:
        """Note which run was started; False if the lease went to somebody else meanwhile."""

    def give_back(self, lease: Lease) -> bool:
        """Let the next request start at once, because this one could not."""

    def end(self, ended: RetrainEnded, now: int) -> bool:
        """Free the lease that a run holds; False if it holds none any more."""

    def standing(self, now: int) -> LeaseStanding:
        """The newest token, whether somebody holds the lease, and when a run last started."""


class ShadowScoring(Protocol):
    """Lets a model that nobody trusts yet answer leads where it can harm nobody."""

    def answers(
        self, deployment: Deployment, leads: Sequence[Mapping[str, Any]], *, seconds: float
    ) -> list[Answer]:
        """One answer per lead of raw cells, whatever the package does, after `seconds` at most."""


class Alerts(Protocol):
    """Tells people."""

    def send(self, alert: Alert) -> None:
        """Deliver or queue an alert; never raises into the caller.

        What is over is said only of what began, so that callers need not remember it.
        """


class Outbox(Protocol):
    """Remembers what people were to be told, and hands it over."""

    def incidents(self, most: int) -> list[Incident]:
        """Incidents, those that are open first, then newest first; `most` of them."""

    def close(self, number: int, *, who: str, why: str) -> None:
        """End an incident that will not end by itself; UsageError if it is not open."""

    def deliver(self) -> object:
        """Hand over what is due; several processes may do so at once. Never raises."""


class Progress(Protocol):
    """Shows a person how far long work has come."""

    def start(self, step: str, total: int | None = None) -> None:
        """A step begins; `total` units are expected if that is known."""

    def advance(self, units: int = 1, note: str = "") -> None:
        """Some units are done."""

    def done(self, note: str = "") -> None:
        """The step ended well."""


class ScoredFiles(Protocol):
    """Files that people had scored."""

    def forget(self, leads: Sequence[str]) -> int:
        """Remove the files that name some of the leads, whole; their number."""


class FileJobs(Protocol):
    """Jobs that score files; every process of a server sees the same ones."""

    def add(self, job: FileJob) -> None:
        """Keep a new job."""

    def get(self, job_id: str) -> FileJob | None:
        """A job by its id."""

    def of(self, owner: str) -> list[FileJob]:
        """The newest jobs of one caller, newest first."""

    def change(self, job_id: str, *, holder: str = "", **values: Any) -> FileJob | None:
        """Change an open job; None if it has ended, or if another worker than `holder` has it."""

    def claim(self, worker: str, *, now: float, until: float) -> FileJob | None:
        """Take the oldest job that waits, or whose worker was not heard of up to `now`.

        It is the worker's until `until`, both in seconds since 1970.
        """


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """Everything that a step may touch."""

    lake: Lake
    snapshots: Snapshots
    engine: Engine
    warehouse: Warehouse
    tracker: Tracker
    registry: Registry
    endpoint: Endpoint
    journal: Journal
    ledger: Ledger
    alerts: Alerts
    progress: Progress
    now: Callable[[], datetime]
    who: str
    code_version: Callable[[], str]
    #: Where rows are too many for this process; None where training reads them itself.
    boosting: Boosting | None = None
    #: The same for scoring a table.
    scoring: TableScoring | None = None
