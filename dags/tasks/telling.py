"""What people and other parts are told: a task that failed, and how a run ended."""

from __future__ import annotations

from dags.tasks.clients import client
from ml.contract.alerts import AlertRule, AlertSeverity
from ml.contract.cloud_settings import RetrainDagSettings
from ml.contract.errors import DependencyUnavailable
from ml.contract.messages import EVENT_SOURCE, RETRAIN_ENDED, Alert, RetrainEnded


def tell_of_failure(settings: RetrainDagSettings, task: str, run: str) -> Alert:
    """Tell people that a task has failed for good; never what its log says, which may quote data.

    Parameters
    ----------
    settings : RetrainDagSettings
        Whose topic.
    task, run : str
        Which task of which run of the DAG.

    Returns
    -------
    Alert
        What they are told.
    """
    says = (
        f"Task {task} of Airflow's run {run} failed; the model in force stays. Its log says why. "
        "Clear the task to try again: what ended well is not started a second time."
    )
    # The rule and the subject by which EventBridge tells it too: one incident, told once.
    alert = Alert.began(
        AlertRule.RETRAIN_FAILED, settings.pipeline_name, AlertSeverity.WARNING, says
    )
    client("sns").publish(TopicArn=settings.alerts, Subject=alert.rule, Message=alert.to_json())
    return alert


def announce_end(settings: RetrainDagSettings, run: str, status: str) -> None:
    """Say that a run has ended, so that the retrain Lambda gives its lease back.

    Raises
    ------
    DependencyUnavailable
        If EventBridge does not take it: to be tried again.
    """
    ended = RetrainEnded(use_case=settings.use_case, run=run, status=status)
    event = {
        "Source": EVENT_SOURCE,
        "DetailType": RETRAIN_ENDED,
        "Detail": ended.to_json(),
        "Resources": [settings.pipeline],
    }
    if client("events").put_events(Entries=[event])["FailedEntryCount"]:
        raise DependencyUnavailable(f"EventBridge did not take {event}; try the task again")
