"""Look at new leads, and train again where they ask for it: one DAG for the use case.

The retrain Lambda starts it, never a schedule of Airflow's own: so one lease is obeyed whatever
runs a retrain, and the last task gives it back. Who starts it here says why with `reason`; for
`drift` and `alarm` it trains only where the rows have drifted, else it records that it did not.

Each task asks AWS what was started for the run's data interval before it starts anything, and waits
without holding a worker. So a task that runs again, after a worker's death or by "clear", starts
nothing twice; what ended well is not done again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.exceptions import AirflowException, AirflowFailException

from dags.tasks.attempts import Work, WorkFailed, advance
from dags.tasks.data import RawFile, newest_file, run_key
from dags.tasks.jobs import JobWork, next_task, outcome_of, said_by, verdict_of
from dags.tasks.lake import Cleaning, Crawl
from dags.tasks.telling import announce_end, tell_of_failure
from ml.contract.alerts import RetrainReason
from ml.contract.cloud_settings import RetrainDagSettings
from ml.contract.jobs import Job, PipelineParameter
from ml.contract.messages import FAILED, SKIPPED, SUCCEEDED

try:
    from airflow.sdk import Param, dag, task
except ImportError:  # Airflow 2
    from airflow.decorators import dag, task
    from airflow.models.param import Param

_SETTINGS = RetrainDagSettings.from_env(os.environ)
_PATIENCE = timedelta(minutes=_SETTINGS.patience_minutes)
_REASONS = [reason.value for reason in RetrainReason]


def _waiting(look: Callable[..., bool]) -> Any:
    """A task that waits without holding a worker: it is put back between two looks."""
    sensor = task.sensor(
        mode="reschedule",
        poke_interval=_SETTINGS.poke_seconds,
        timeout=_PATIENCE.total_seconds(),
    )
    return sensor(look)


def _end(dag_run: Any) -> datetime:
    """Of the data interval; a run without one is about all that there is when it starts."""
    end: datetime = dag_run.data_interval_end or dag_run.run_after
    return end.astimezone(UTC)


def _key(dag_run: Any) -> str:
    return run_key(_SETTINGS.dag, _end(dag_run))


def _done(work: Work, ti: Any) -> bool:
    try:
        return advance(work, ti.try_number)
    except WorkFailed as failed:
        kind = AirflowException if failed.passing else AirflowFailException
        raise kind(str(failed)) from None


def _job_done(job: Job, params: Mapping[str, Any], dag_run: Any, ti: Any, **more: str) -> bool:
    parameters = {PipelineParameter.REASON.value: str(params["reason"]), **more}
    return _done(JobWork(_SETTINGS, job, _key(dag_run), parameters), ti)


def _tell(context: Mapping[str, Any]) -> None:
    """Tell people; as the callback of a task or of the run as a whole."""
    ti = context.get("task_instance") or context.get("ti")
    run = context["dag_run"].run_id if "dag_run" in context else context.get("run_id", "")
    tell_of_failure(_SETTINGS, ti.task_id if ti else "(the run as a whole)", str(run))


@task
def find(dag_run: Any = None) -> dict[str, str]:
    """The file that the run is about."""
    return newest_file(_SETTINGS.raw_bucket, _SETTINGS.use_case, _end(dag_run)).to_dict()


@_waiting
def crawl(file: dict[str, str], ti: Any = None) -> bool:
    """The lake's files stand in the catalog."""
    return _done(Crawl(_SETTINGS.crawler, RawFile(**file)), ti)


@_waiting
def clean(file: dict[str, str], ti: Any = None) -> bool:
    """Glue has cleaned the file into lake and warehouse: usually when it came."""
    return _done(Cleaning(_SETTINGS.glue_job, _SETTINGS.raw_bucket, RawFile(**file)), ti)


@_waiting
def check(file: dict[str, str], params: Any = None, dag_run: Any = None, ti: Any = None) -> bool:
    """The rows hold the data checks, and are compared with those of the model in force."""
    source = {PipelineParameter.INPUT_DATA.value: f"s3://{_SETTINGS.raw_bucket}/{file['key']}"}
    return _job_done(Job.PROCESS, params, dag_run, ti, **source)


@task
def report_drift(dag_run: Any = None) -> dict[str, Any]:
    """What that job found of drift, and whether it says to train."""
    said = said_by(_SETTINGS, Job.PROCESS, _key(dag_run))
    return {"drift": said["drift"], "train": said["train"]}


@task.branch
def decide(seen: dict[str, Any]) -> str:
    """Where to go on: the job has decided."""
    return next_task(seen)


@task
def skip(dag_run: Any = None) -> dict[str, Any]:
    """That nothing was trained, and why, as the job has recorded it."""
    return outcome_of(_SETTINGS, _key(dag_run))


@_waiting
def train(params: Any = None, dag_run: Any = None, ti: Any = None) -> bool:
    """A challenger is trained."""
    return _job_done(Job.TRAIN, params, dag_run, ti)


@_waiting
def evaluate(params: Any = None, dag_run: Any = None, ti: Any = None) -> bool:
    """The challenger is judged."""
    return _job_done(Job.EVALUATE, params, dag_run, ti)


@task
def judge(dag_run: Any = None) -> dict[str, Any]:
    """What the gates say; a challenger that they refuse ends the run, and changes nothing."""
    verdict = verdict_of(_SETTINGS, _key(dag_run))
    if not verdict["approved"]:
        raise AirflowFailException(f"a quality gate said no: {verdict['reason']}")
    return verdict


@_waiting
def register(params: Any = None, dag_run: Any = None, ti: Any = None) -> bool:
    """The challenger is champion, packaged and registered."""
    return _job_done(Job.REGISTER, params, dag_run, ti)


@task
def deploy(dag_run: Any = None) -> dict[str, Any]:
    """Which package is in force now, and what could not be done, as the last job recorded it."""
    return outcome_of(_SETTINGS, _key(dag_run))


@task(trigger_rule="all_done")
def announce(trained: Any, skipped: Any, dag_run: Any = None) -> str:
    """Give the lease back, however the run ended; fail where it did not end well."""
    status = SUCCEEDED if trained else SKIPPED if skipped else FAILED
    announce_end(_SETTINGS, str(dag_run.run_id), status)
    if status == FAILED:
        raise AirflowFailException("the run did not end well; see the tasks before this")
    return status


@dag(
    dag_id=_SETTINGS.dag,
    schedule=None,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=_PATIENCE,
    params={"reason": Param(RetrainReason.DRIFT.value, enum=_REASONS, title="Why")},
    default_args={
        "retries": 2,
        "retry_delay": timedelta(minutes=5),
        "on_failure_callback": _tell,
    },
    on_failure_callback=_tell,
    tags=["leadwise", _SETTINGS.use_case],
    doc_md=__doc__,
)
def lead_scoring() -> None:
    """The run as a whole."""
    file = find()
    seen = report_drift()
    choice, trained, skipped = decide(seen), train(), skip()
    crawl(file) >> clean(file) >> check(file) >> seen
    choice >> [trained, skipped]
    deployed = deploy()
    trained >> evaluate() >> judge() >> register() >> deployed
    announce(deployed, skipped)


lead_scoring()
