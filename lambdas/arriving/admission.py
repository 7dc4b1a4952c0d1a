"""Whether a new file becomes a run of the Glue job, and what is said of it."""

from __future__ import annotations

from enum import StrEnum

from lambdas.arriving.order import is_newest
from lambdas.arriving.source import read_head
from lambdas.clients import client
from lambdas.observed import LOG, count
from ml.contract.alerts import Metric
from ml.contract.cloud_settings import IntakeSettings
from ml.contract.errors import InputRefused, UsageError
from ml.contract.faults import Rule
from ml.contract.intake.head import check_head
from ml.contract.intake.limits import Limits
from ml.contract.intake.reading import Reading
from ml.contract.jobs import CleanRequest
from ml.contract.messages import NewFile
from ml.contract.names import Purpose
from ml.contract.places import is_manifest, parts_prefix
from ml.contract.raw_manifest import raw_files
from ml.use_cases import find


class Outcome(StrEnum):
    """What became of an event."""

    STARTED = "STARTED"
    REFUSED = "REFUSED"
    SOURCE_GONE = "SOURCE_GONE"
    OUTDATED = "OUTDATED"
    FOLDER = "FOLDER"
    PART = "PART"
    DUPLICATE = "DUPLICATE"


def admit(file: NewFile, settings: IntakeSettings) -> Outcome:
    """Start the job for a file whose head is that of the use case, and say what was done.

    Parameters
    ----------
    file : NewFile
        Which file.
    settings : IntakeSettings
        Whose header is expected, and which job cleans.
    """
    outcome = _judge(file, settings)
    LOG.info(outcome.value, event_id=file.event_id, key=file.key, version=file.version)
    return outcome


def _judge(file: NewFile, settings: IntakeSettings) -> Outcome:
    if file.key.endswith("/") and file.size == 0:
        return Outcome.FOLDER  # what the S3 console leaves when a person makes a folder
    if file.key.startswith(parts_prefix(settings.use_case)):
        return Outcome.PART  # it counts once a manifest names it
    if not is_newest(file, settings.idempotency_table):
        count(Metric.DUPLICATE_EVENTS)
        return Outcome.OUTDATED
    head = read_head(file)
    if head is None:
        count(Metric.SOURCES_GONE)
        return Outcome.SOURCE_GONE
    try:
        _check(file, head, settings)
    except (InputRefused, UsageError) as refused:
        _say_refused(refused, file)
        return Outcome.REFUSED
    _start(file, settings.glue_job)
    count(Metric.FILES_ADMITTED)
    return Outcome.STARTED


def _check(file: NewFile, head: bytes, settings: IntakeSettings) -> None:
    if is_manifest(file.key):
        raw_files(head, "the manifest")
    else:
        check_head(head, _reading(settings.use_case))


def _reading(name: str) -> Reading:
    use_case = find(name)
    return Reading(
        use_case=use_case,
        purpose=Purpose.SCORE,  # a file without outcomes is worth keeping: it can be scored
        moment=use_case.moments[0],
        limits=Limits(),
        name="the file",
    )


def _say_refused(refused: InputRefused | UsageError, file: NewFile) -> None:
    # A fault's message may quote the file; its rule and the schema's own names do not.
    faults = refused.faults if isinstance(refused, InputRefused) else ()
    missing = [f.column for f in faults if f.rule is Rule.MISSING_COLUMN]
    rules = sorted({fault.rule.value for fault in faults}) or ["MANIFEST"]
    LOG.warning("file refused", event_id=file.event_id, rules=rules, missing_columns=missing)
    count(Metric.FILES_REFUSED)


def _start(file: NewFile, job: str) -> None:
    request = CleanRequest(bucket=file.bucket, key=file.key, version_id=file.version)
    run = client("glue").start_job_run(JobName=job, Arguments=request.to_arguments())
    LOG.info("job started", event_id=file.event_id, job=job, run=run["JobRunId"])
