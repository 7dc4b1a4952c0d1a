"""One SNS topic per severity: alarms and code publish, the notifier listens."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.environments import Environment
from ml.contract.alerts import AlertSeverity
from ml.contract.cloud_settings import AlertTopicSettings
from ml.contract.names import PRODUCT

_PUBLISHERS = ("budgets", "cloudwatch")


class AlertTopics(Construct):
    """Encrypted topics, by severity: ``topics[AlertSeverity.CRITICAL]``.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Part of the topics' names.
    key : IKey
        Encrypts messages; its policy lets CloudWatch and Budgets use it.
    """

    def __init__(
        self, scope: Construct, id: str, *, environment: Environment, key: kms.IKey
    ) -> None:
        super().__init__(scope, id)
        self._topics = {
            severity: sns.Topic(
                self,
                severity.title(),
                topic_name=f"{PRODUCT}-{environment.name}-{severity}",
                master_key=key,
                enforce_ssl=True,
            )
            for severity in AlertSeverity
        }
        self._key = key
        for topic in self._topics.values():
            self._let_services_publish(topic)

    def _let_services_publish(self, topic: sns.Topic) -> None:
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsAndBudgetsOfThisAccount",
                principals=[iam.ServicePrincipal(f"{name}.amazonaws.com") for name in _PUBLISHERS],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(self).account}},
            )
        )

    @property
    def settings(self) -> AlertTopicSettings:
        """Where code of ours finds them."""
        return AlertTopicSettings(
            **{f"{severity}_topic": topic.topic_arn for severity, topic in self._topics.items()}
        )

    def let_tell(self, role: iam.IRole) -> None:
        """Let a role publish to each of them, and have SNS encrypt that with their key."""
        topics = [topic.topic_arn for topic in self._topics.values()]
        through = f"sns.{cdk.Stack.of(self).region}.amazonaws.com"
        for statement in (
            iam.PolicyStatement(actions=["sns:Publish"], resources=topics),
            iam.PolicyStatement(
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=[self._key.key_arn],
                conditions={"StringEquals": {"kms:ViaService": through}},
            ),
        ):
            role.add_to_principal_policy(statement)

    def __getitem__(self, severity: AlertSeverity) -> sns.Topic:
        return self._topics[severity]
