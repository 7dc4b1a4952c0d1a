"""Every error that Leadwise raises on purpose.

* LeadwiseError                 exit 1
  x UsageError                  exit 2   the caller's words are off
    - InvalidUseCase                     a use case breaks a rule of the contract
    - InvalidSettings                    a setting is missing or out of range
    - UnknownName                        a use case, moment, step or version is not known
    - InvalidMessage                     a message between parts lacks a field or has a wrong one
    - TagTaken                           a tag names other rows
    - OtherSchemaVersion                 a table is not as the use case declares it
  x InputRefused                exit 2   a file as a whole cannot be read as leads
  x GateRefused                 exit 3   a quality gate said no
    - DataStopped                        the data checks said stop
    - TooFewOutcomes                     the rows cannot judge or teach a model
    - LeakFound                          a column gives the outcome away
    - BrokenLedger                       the ledger is not what was written
  x DependencyUnavailable       exit 4   something that we need is away
    - HomeBusy                           another process works on the same home
    - AccessDenied                       a service refuses what our role asks of it
    - Gone                               a file, bucket or table that must be there is not
    - Altered                            what was never to change is not what was written
    - BrokenDataset                      a file of a data set is not what its manifest lists
    - WarehouseAway                      the warehouse is paused, being changed or out of reach
    - WarehouseBusy                      it took no statement for as long as we wait
    - StatementFailed                    it took a statement and could not finish it
      + ResultTooLarge                   a result has more bytes than it hands over
    - StatementTooSlow                   a statement took longer than we wait, and was cancelled
    - NotTold                            a channel did not take a message
    - JobFailed                          a training job ended in any way but well
  x StepMissing                 exit 2   a step was asked for before the one that it reads
  x UntrustedPackage            exit 1   a model package is not what its manifest says
  x StaleAlias                  exit 1   an alias moved since it was read
  x StaleEndpoint               exit 1   another package came into force meanwhile
  x StaleLease                  exit 1   another retrain was started meanwhile
  x DeploymentFailed            exit 1   a version could not be put in force
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from ml.contract.faults import Fault
    from ml.contract.records import Finding

#: Findings that one line has room for.
_SAID = 3


class LeadwiseError(Exception):
    """Base of all errors that a user of Leadwise can act on."""

    exit_code: ClassVar[int] = 1


class UsageError(LeadwiseError):
    """Raised when a command, argument or declaration cannot mean anything."""

    exit_code = 2


class InvalidUseCase(UsageError):
    """Raised when a use case is constructed that breaks a rule of the contract."""


class InvalidSettings(UsageError):
    """Raised when a runtime's settings are missing or out of range."""


class UnknownName(UsageError):
    """Raised when a name is not among those that exist."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(known)
        choices = ", ".join(self.known) or "none yet"
        super().__init__(f"unknown {kind} {name!r}; there is: {choices}")


class InvalidMessage(UsageError):
    """Raised when a message from another part is not what its type says."""


class TagTaken(UsageError):
    """Raised when rows are to get a tag that names other rows."""

    def __init__(self, tag: str, use_case: str, theirs: str, ours: str) -> None:
        self.tag, self.theirs, self.ours = tag, theirs, ours
        super().__init__(
            f"tag {tag!r} of {use_case} names rows with hash {theirs}, not {ours}; a tag never "
            "moves: choose another"
        )


class OtherSchemaVersion(UsageError):
    """Raised when a table is not as the use case declares it and no added column helps."""

    def __init__(self, table: str, column: str, found: str, wanted: str, move: str) -> None:
        self.table, self.column, self.found, self.wanted = table, column, found, wanted
        super().__init__(
            f"table {table} is of another schema version: column {column!r} is {found} there and "
            f"{wanted}; {move}"
        )


class StepMissing(UsageError):
    """Raised when a step is asked for before the step whose result it reads."""

    def __init__(self, step: str, needs: str) -> None:
        self.step, self.needs = str(step), str(needs)
        super().__init__(
            f"step {self.step!r} reads the result of {self.needs!r}, "
            "which has not run on this home; run it first"
        )


class InputRefused(LeadwiseError):
    """Raised when a file as a whole cannot be read as leads; `faults` say why.

    `file` names it to those who read many.
    """

    exit_code = 2

    def __init__(self, faults: Sequence[Fault], *, file: str = "") -> None:
        self.faults = tuple(faults)
        said = "; ".join(fault.sentence() for fault in self.faults)
        super().__init__(f"{file}: {said}" if file else said)


class GateRefused(LeadwiseError):
    """Raised when a quality gate says no and the caller asked for a yes."""

    exit_code = 3


class DataStopped(GateRefused):
    """Raised when data checks say stop: nothing after them runs, what is in force stays."""

    def __init__(self, use_case: str, findings: Sequence[Finding]) -> None:
        self.use_case, self.findings = use_case, tuple(findings)
        said = [finding.sentence() for finding in self.findings[:_SAID]]
        more = len(self.findings) - len(said)
        if more > 0:
            said.append(f"and {more} more, which `leadwise check` lists")
        super().__init__(
            f"the data checks of {use_case} say stop: {'; '.join(said)}; the last good snapshot "
            "and the model stay in force: mend the source and run again, or change the limit in "
            "`checks` of the use case"
        )


class BrokenLedger(GateRefused):
    """Raised when entries of a model's ledger were changed, removed or moved."""

    def __init__(self, model: str, faults: Sequence[str]) -> None:
        self.model, self.faults = model, tuple(faults)
        super().__init__(
            f"the ledger of {model} was tampered with: {'; '.join(self.faults[:_SAID])}; "
            "find out who could write there, and restore it from a copy; a rollback works meanwhile"
        )


class LeakFound(GateRefused):
    """Raised when columns give the outcome away and nobody has acknowledged it."""

    def __init__(self, use_case: str, columns: Sequence[str]) -> None:
        self.use_case, self.columns = use_case, tuple(columns)
        named = ", ".join(repr(name) for name in self.columns)
        super().__init__(
            f"the outcome of {use_case} is given away by {named}: declare the moment from which "
            "each is really known, give it the role IGNORED, or add a KnownLeak with a reason to "
            "`known_leaks` of the use case"
        )


class DependencyUnavailable(LeadwiseError):
    """Raised when a service, file or program that the work needs cannot be reached."""

    exit_code = 4


class HomeBusy(DependencyUnavailable):
    """Raised when another process holds the lock of a home for longer than we wait."""


class AccessDenied(DependencyUnavailable):
    """Raised when a service refuses what our role asks; to ask again does not help."""


class Gone(DependencyUnavailable):
    """Raised when a file, bucket or table that must be there is not."""


class Altered(DependencyUnavailable):
    """Raised when what was never to change is not what was written."""


class WarehouseAway(DependencyUnavailable):
    """Raised when the warehouse is paused, being changed or out of reach."""


class WarehouseBusy(DependencyUnavailable):
    """Raised when the warehouse took no statement for as long as we wait."""


class StatementFailed(DependencyUnavailable):
    """Raised when the warehouse took a statement and could not finish it; its words say why."""


class ResultTooLarge(StatementFailed):
    """Raised when a row, or a whole result, has more bytes than the warehouse hands over."""


class StatementTooSlow(DependencyUnavailable):
    """Raised when a statement took longer than we wait; it was cancelled."""


class NotTold(DependencyUnavailable):
    """Raised when a channel did not take a message; `wait_seconds` is how long it wants peace.

    Its words name the host and never what is secret: no path of a webhook, no key, no password.
    """

    def __init__(self, why: str, *, wait_seconds: float = 0.0) -> None:
        self.wait_seconds = wait_seconds
        super().__init__(why)


class JobFailed(DependencyUnavailable):
    """Raised when a training job ended in any way but well; its own words say why."""

    def __init__(self, job: str, status: str, reason: str) -> None:
        self.job, self.status, self.reason = job, status, reason
        why = " ".join(reason.split()) or "it gave no reason; see its log"
        super().__init__(
            f"training job {job!r} ended as {status}: {why}; mend that and train again"
        )


class BrokenDataset(Altered):
    """Raised before any row of a data set is used whose files are not what its manifest lists."""

    def __init__(self, key: str, why: str, kept: str = "") -> None:
        self.key, self.why, self.kept = key, why, kept
        held = f"; what was found is kept as {kept!r}" if kept else ""
        super().__init__(
            f"file {key!r} {why}{held}: no row was read; run the step that writes it again"
        )


class UntrustedPackage(LeadwiseError):
    """Raised before anything of a model package is used that differs from its manifest."""


class TooFewOutcomes(GateRefused):
    """Raised when rows hold too few of an outcome to judge or teach a model."""

    def __init__(self, what: str, seen: int, rows: int, needed: int) -> None:
        self.what, self.seen, self.rows, self.needed = what, seen, rows, needed
        super().__init__(
            f"{what} occurs {seen} times in {rows} rows; at least {needed} are needed, "
            f"{needed - seen} more: "
            "collect more rows, or give this part a larger share of them"
        )


class StaleAlias(LeadwiseError):
    """Raised when an alias no longer points to the version that the caller saw."""

    def __init__(self, model: str, alias: str, expected: str | None, found: str | None) -> None:
        self.model, self.alias, self.expected, self.found = model, alias, expected, found
        super().__init__(
            f"{alias} of {model} is version {found or 'none'}, not {expected or 'none'} as it was "
            "when the decision was made; evaluate again"
        )


class StaleLease(LeadwiseError):
    """Raised when another retrain has been started since this one: only the newest may promote."""

    def __init__(self, model: str, token: int, newest: int) -> None:
        self.model, self.token, self.newest = model, token, newest
        super().__init__(
            f"this retrain of {model} runs under token {token}, and {newest} has been given since: "
            "it took longer than its lease, so nothing of it was promoted; let the newer one end, "
            "or allow more lease_minutes"
        )


class StaleEndpoint(LeadwiseError):
    """Raised when another package came into force since the caller looked."""

    def __init__(self, model: str, version: str) -> None:
        self.model, self.version = model, version
        super().__init__(
            f"another package of {model} came into force while version {version} was being "
            "deployed; look at `leadwise history` and deploy again"
        )


class DeploymentFailed(LeadwiseError):
    """Raised when a version could not be put in force; the message says what serves instead."""

    def __init__(self, model: str, version: str, cause: str, state: str) -> None:
        self.model, self.version, self.cause = model, version, cause
        super().__init__(
            f"version {version} of {model} could not be put in force ({cause}); {state}"
        )
