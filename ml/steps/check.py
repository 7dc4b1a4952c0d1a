"""Check: hold clean rows to the data checks before anything is learnt from them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from ml.contract.alerts import AlertRule, AlertSeverity
from ml.contract.checks import checks_of
from ml.contract.errors import DataStopped
from ml.contract.faults import Rule
from ml.contract.messages import Alert
from ml.contract.names import CheckState, Step, Zone
from ml.contract.records import CheckRecord, CleanRecord, Finding, IngestRecord
from ml.contract.use_case import UseCase
from ml.core.checks import (
    Figures,
    Source,
    judge,
    measure,
    notes_on,
    state_of,
    types_of,
    with_examples,
)
from ml.core.checks.sql import QUARANTINE
from ml.core.cleaning.sql import CLEAN, TEXT
from ml.ports import Runtime

_FIGURES = TypeAdapter(Figures)


def check(
    use_case: UseCase,
    runtime: Runtime,
    *,
    ingest: IngestRecord,
    clean: CleanRecord,
    reference: str | None = None,
) -> CheckRecord:
    """Count the rows, judge the figures, and keep them for later rows to be compared with.

    Parameters
    ----------
    ingest, clean : IngestRecord, CleanRecord
        The file, and what became of it.
    reference : str or None, default=None
        Key of the figures of the last data that passed or only warned. Without it the checks
        that compare are silent.

    Returns
    -------
    CheckRecord
        Its state says whether a training set may be made of the rows.
    """
    runtime.progress.start(Step.CHECK)
    before = _read(runtime, reference)
    source = _source(runtime, ingest, clean)
    now = measure(use_case, source, before)
    found = judge(use_case, now, before, today=runtime.now().date())
    findings = with_examples(use_case, found, source, before)
    state = state_of(findings)
    runtime.progress.done(f"{state}, findings: {len(findings)}")
    return CheckRecord(
        state=state,
        canonical_hash=clean.canonical_hash,
        rows=clean.rows,
        checks=len(checks_of(use_case)),
        findings=findings,
        profile=_keep(use_case, runtime, now),
        reference=reference if before else None,
        notes=notes_on(use_case, now, findings),
    )


def last_good(latest: CheckRecord | None, canonical_hash: str) -> str | None:
    """Key of the figures that rows are compared with: those of the last rows that went on.

    Parameters
    ----------
    latest : CheckRecord or None
        The last check.
    canonical_hash : str
        Of the rows to be checked; the same rows are compared with what they were compared with.
    """
    if latest is None:
        return None
    passed = latest.state != CheckState.STOP and latest.canonical_hash != canonical_hash
    return latest.profile if passed else latest.reference


def tell(use_case: UseCase, runtime: Runtime, record: CheckRecord) -> None:
    """Alert people of a stop, and of its end."""
    if record.state != CheckState.STOP:
        passed = f"The data checks let rows of {use_case.name} pass again."
        runtime.alerts.send(Alert.ended(AlertRule.DATA_STOPPED, use_case.name, passed))
        return
    found = " ".join(f"{finding.sentence()}." for finding in stopped_by(record))
    says = (
        f"The data checks say stop, the model in force stays: {found} Next: mend what delivers the "
        "rows and send them again; where the change is meant, change its limit in `checks` of the "
        "use case."
    )
    alert = Alert.began(AlertRule.DATA_STOPPED, use_case.name, AlertSeverity.WARNING, says)
    runtime.alerts.send(alert)


def refuse_if_stopped(use_case: UseCase, record: CheckRecord) -> None:
    """Let nothing after the checks happen to rows that they stop.

    Raises
    ------
    DataStopped
        Naming checks, columns, rows and the next move.
    """
    if record.state == CheckState.STOP:
        raise DataStopped(use_case.name, stopped_by(record))


def stopped_by(record: CheckRecord) -> tuple[Finding, ...]:
    """Findings for which no training set may be made."""
    return tuple(finding for finding in record.findings if finding.state == CheckState.STOP)


@dataclass(frozen=True, kw_only=True)
class _Views:
    """Runs statements over the clean rows and their quarantine."""

    runtime: Runtime
    files: dict[str, Path]

    def __call__(self, sql: str) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = self.runtime.engine.rows(sql, self.files).to_pylist()
        return rows


def _source(runtime: Runtime, ingest: IngestRecord, clean: CleanRecord) -> Source:
    files = {CLEAN: runtime.lake.fetch(clean.clean)}
    files |= {QUARANTINE: runtime.lake.fetch(clean.quarantine)}
    files |= {TEXT: runtime.lake.fetch(ingest.text)}
    schema = pq.read_schema(files[CLEAN])
    natives = {name: str(kind) for name, kind in zip(schema.names, schema.types, strict=True)}
    return Source(
        run=_Views(runtime=runtime, files=files),
        dialect=runtime.engine.dialect,
        types=types_of(natives),
        received=clean.rows.received,
        quarantined=clean.rows.quarantined,
        unknown=tuple(_unknown(ingest)),
        text=True,
    )


def _unknown(ingest: IngestRecord) -> Iterator[str]:
    """Columns of the file that nobody declared, in the words of the intake."""
    for said in ingest.warnings:
        _, rule, words = said.partition(f"{Rule.UNKNOWN_COLUMN}: ")
        if rule:
            yield f"the file has {words.rpartition(' (')[0]}"


def _read(runtime: Runtime, key: str | None) -> Figures | None:
    """Figures of before; None where there are none, or an older release counted other things."""
    if key is None:
        return None
    try:
        return _FIGURES.validate_json(runtime.lake.fetch(key).read_bytes())
    except ValidationError:
        return None


def _keep(use_case: UseCase, runtime: Runtime, figures: Figures) -> str:
    """Keep figures in the lake under a key that their content decides."""
    content = _FIGURES.dump_json(figures, indent=1)
    digest = hashlib.sha256(content).hexdigest()[:16]
    key = f"{Zone.CHECKS}/{use_case.name}/{digest}.json"
    with runtime.lake.scratch() as folder:
        (folder / "figures.json").write_bytes(content)
        runtime.lake.publish(key, folder / "figures.json")
    return key
