"""An alarm that says what is wrong, how bad it is, and where to read what to do."""

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from constructs import Construct

from infra.constructs.alert_topics import AlertTopics
from ml.contract.alerts import AlertSeverity
from ml.contract.alerts import runbook as link_to


def alarm(
    scope: Construct,
    id: str,
    *,
    metric: cloudwatch.IMetric,
    threshold: float,
    says: str,
    runbook: str,
    severity: AlertSeverity,
    topics: AlertTopics,
    periods: int = 1,
    comparison: cloudwatch.ComparisonOperator = (
        cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
    ),
    missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
    name: str | None = None,
    lasts: bool = True,
) -> cloudwatch.Alarm:
    """An alarm that tells the topic of its severity, both when it starts and when it ends.

    Parameters
    ----------
    scope, id
        As of every construct.
    metric, threshold, periods, comparison, missing
        As of `aws_cloudwatch.Alarm`; by default one period at or above the threshold.
    says : str
        What is wrong, in a sentence.
    runbook : str
        Heading in docs/runbook.md, as a link's anchor: ``"dead-letters"``.
    severity : AlertSeverity
        Chooses the topic.
    topics : AlertTopics
        The environment's topics.
    name : str or None
        Given where something else knows the alarm by its name; else CloudFormation chooses one.
    lasts : bool, default=True
        False where something happened and is not over when nothing more happens: nobody is told
        then that it has ended.
    """
    created = cloudwatch.Alarm(
        scope,
        id,
        metric=metric,
        alarm_name=name,
        threshold=threshold,
        evaluation_periods=periods,
        comparison_operator=comparison,
        treat_missing_data=missing,
        alarm_description=f"{says} What to do: {link_to(runbook)}",
    )
    action = actions.SnsAction(topics[severity])
    created.add_alarm_action(action)
    if lasts:
        created.add_ok_action(action)
    return created
