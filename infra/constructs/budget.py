"""What an environment may cost in a month, and who hears when it costs more."""

from aws_cdk import aws_budgets as budgets
from constructs import Construct

from infra.constructs.alert_topics import AlertTopics
from infra.environments import Environment
from ml.contract.alerts import AlertSeverity
from ml.contract.names import PRODUCT

_Budget = budgets.CfnBudget


def monthly_budget(
    scope: Construct, id: str, *, environment: Environment, topics: AlertTopics
) -> budgets.CfnBudget:
    """A budget of the environment's own resources, by their tag ``environment``.

    AWS counts by a tag once it is activated as a cost allocation tag: docs/runbook.md says how.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Its `monthly_budget` in US dollars.
    topics : AlertTopics
        Told when 80 % are forecast, and when all is spent.
    """
    return _Budget(
        scope,
        id,
        budget=_Budget.BudgetDataProperty(
            budget_name=f"{PRODUCT}-{environment.name}",
            budget_type="COST",
            time_unit="MONTHLY",
            budget_limit=_Budget.SpendProperty(amount=environment.monthly_budget, unit="USD"),
            cost_filters={"TagKeyValue": [f"user:environment${environment.name}"]},
        ),
        notifications_with_subscribers=[
            _told("FORECASTED", 80, topics, AlertSeverity.WARNING),
            _told("ACTUAL", 100, topics, AlertSeverity.CRITICAL),
        ],
    )


def _told(
    kind: str, percent: int, topics: AlertTopics, severity: AlertSeverity
) -> budgets.CfnBudget.NotificationWithSubscribersProperty:
    return _Budget.NotificationWithSubscribersProperty(
        notification=_Budget.NotificationProperty(
            notification_type=kind,
            comparison_operator="GREATER_THAN",
            threshold=percent,
            threshold_type="PERCENTAGE",
        ),
        subscribers=[
            _Budget.SubscriberProperty(address=topics[severity].topic_arn, subscription_type="SNS")
        ],
    )
