"""Who tells people: the alert topics' only listener, and the mail that works without it."""

import json

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.constructs.alert_topics import AlertTopics
from infra.constructs.failed_events import keep_failed_events
from infra.constructs.python_function import PythonFunction
from infra.constructs.queue import DeadLetters
from infra.constructs.secret_reader import grant_secret
from infra.constructs.table import SecureTable
from infra.environments import Environment
from infra.retention import removal_of_data
from ml.contract.alerts import AlertSeverity
from ml.contract.cloud_settings import TABLE_EXPIRY, TABLE_KEY, NotifierSettings
from ml.contract.names import PRODUCT

_CHANNELS = ("slack_webhook_url", "pagerduty_routing_key")


class Notifier(Construct):
    """A Lambda between the alert topics and Slack, PagerDuty and e-mail.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Named in each message; its `alarm_emails` get mail.
    topics : AlertTopics
        What it listens to.
    key : IKey
        Encrypts channels, messages and memory.

    Attributes
    ----------
    function : PythonFunction
        The Lambda.
    dead_letters : DeadLetters
        Messages that reached nobody.
    mail : Topic
        Mails people; alarms about the notifier itself go there directly.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        topics: AlertTopics,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, id)
        self._environment, self._key = environment, key
        self.dead_letters = DeadLetters(self, "DeadLetters", key=key)
        self.mail = self._mail()
        channels, said = self._channels(), self._said()
        self.function = PythonFunction(
            self,
            "Function",
            module="notifier",
            purpose="Tells people of alerts, once each",
            settings=NotifierSettings(
                environment=environment.name,
                channels_secret=channels.secret_arn,
                email_topic=self.mail.topic_arn,
                dedup_table=said.table_name,
            ),
            environment=environment,
            key=key,
        )
        keep_failed_events(self.function, self.dead_letters, key=key)
        self._let_tell(channels, said)
        self._listen(topics)

    def _mail(self) -> sns.Topic:
        mail = sns.Topic(
            self,
            "Mail",
            topic_name=f"{PRODUCT}-{self._environment.name}-mail",
            master_key=self._key,
            enforce_ssl=True,
        )
        for address in self._environment.alarm_emails:
            mail.add_subscription(
                subscriptions.EmailSubscription(address, dead_letter_queue=self.dead_letters)
            )
        mail.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsOfThisAccount",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[mail.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(self).account}},
            )
        )
        return mail

    def _channels(self) -> secretsmanager.Secret:
        # Empty until a person writes the true values in; a deployment does not touch them again.
        empty = dict.fromkeys(_CHANNELS, "")
        channels = secretsmanager.Secret(
            self,
            "Channels",
            description=f"Leadwise {self._environment.name}: where alerts go; empty is unused",
            encryption_key=self._key,
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template=json.dumps(empty),
                generate_string_key="not_used",  # a template must come with one
            ),
            removal_policy=removal_of_data(self, self._environment),
        )
        cdk.CfnOutput(self, "ChannelsSecret", value=channels.secret_arn)
        resource = channels.node.default_child
        assert isinstance(resource, secretsmanager.CfnSecret)
        resource.add_metadata("rotation", "by hand: docs/runbook.md")
        return channels

    def _said(self) -> SecureTable:
        return SecureTable(
            self,
            "Said",
            partition_key=TABLE_KEY,
            key=self._key,
            removal=removal_of_data(self, self._environment),
            expiry_attribute=TABLE_EXPIRY,
        )

    def _let_tell(self, channels: secretsmanager.Secret, said: SecureTable) -> None:
        grant_secret(self.function, channels, key=self._key)
        said.grant(self.function, "dynamodb:UpdateItem")
        self.function.add_to_role_policy(
            iam.PolicyStatement(actions=["sns:Publish"], resources=[self.mail.topic_arn])
        )

    def _listen(self, topics: AlertTopics) -> None:
        for severity in AlertSeverity:
            topics[severity].add_subscription(
                subscriptions.LambdaSubscription(self.function, dead_letter_queue=self.dead_letters)
            )
