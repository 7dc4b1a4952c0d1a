"""The foundation: the keys that encrypt everything, and the topics that alarms go to."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.constructs.alert_topics import AlertTopics
from infra.constructs.data_trail import trail_name
from infra.environments import Environment
from infra.retention import removal_of_data
from infra.stacks.base import LeadwiseStack
from ml.contract.names import PRODUCT

# Services that encrypt on their own account, not as the role of whoever calls them.
_SERVICES = ("cloudwatch", "events", "budgets", "sns", "delivery.logs")
_USE = [
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:ReEncrypt*",
]


class FoundationStack(LeadwiseStack):
    """What all other stacks refer to, so that none of them refers back.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Decides whether the keys outlive the stack.

    Attributes
    ----------
    data_key : Key
        Encrypts leads and all that is made of them.
    operations_key : Key
        Encrypts logs, queues, topics, secrets and disks.
    topics : AlertTopics
        One per severity.
    """

    def __init__(self, scope: Construct, id: str, *, environment: Environment) -> None:
        super().__init__(
            scope,
            id,
            environment=environment,
            purpose="encryption keys and alert topics",
            holds_data=True,
        )
        self._environment = environment
        self.data_key = self._key("Data", "data", "Leads and all that is made of them")
        self.operations_key = self._key(
            "Operations", "operations", "Logs, queues, topics, secrets and disks"
        )
        self._let_services_use(self.operations_key)
        self._let_groups_start_machines(self.operations_key)
        self.topics = AlertTopics(self, "Alerts", environment=environment, key=self.operations_key)

    def _key(self, id: str, name: str, purpose: str) -> kms.Key:
        return kms.Key(
            self,
            id,
            alias=f"{PRODUCT}/{self._environment.name}/{name}",
            description=f"Leadwise {self._environment.name}: {purpose}",
            enable_key_rotation=True,
            removal_policy=removal_of_data(self, self._environment),
        )

    def _let_services_use(self, key: kms.Key) -> None:
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="LogGroupsOfThisAccount",
                principals=[iam.ServicePrincipal(f"logs.{self.region}.amazonaws.com")],
                actions=_USE,
                resources=["*"],  # in a key's policy: this key
                conditions={
                    "ArnLike": {
                        "kms:EncryptionContext:aws:logs:arn": self._arn_of("logs", "*"),
                    }
                },
            )
        )
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="ServicesThatSendAlerts",
                principals=[iam.ServicePrincipal(f"{name}.amazonaws.com") for name in _SERVICES],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],  # in a key's policy: this key
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="TrailOfThisEnvironment",
                principals=[iam.ServicePrincipal("cloudtrail.amazonaws.com")],
                actions=["kms:DescribeKey", "kms:GenerateDataKey*"],
                resources=["*"],  # in a key's policy: this key
                conditions={
                    "StringEquals": {
                        "aws:SourceArn": self._arn_of(
                            "cloudtrail", f"trail/{trail_name(self._environment)}"
                        )
                    }
                },
            )
        )

    def _let_groups_start_machines(self, key: kms.Key) -> None:
        # Auto Scaling acts as a role of its own, which has no policy that we could add to. AWS
        # makes it with the account's first group: until then a policy may not name it as a
        # principal, only in a condition.
        scaling = "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
        only = {
            "aws:PrincipalArn": f"arn:aws:iam::{self.account}:role/{scaling}",
            "kms:CallerAccount": self.account,
        }
        for sid, actions, more in (
            ("GroupsOfMachinesUseIt", _USE, {}),
            (
                "GroupsOfMachinesGrantIt",
                ["kms:CreateGrant"],
                {"Bool": {"kms:GrantIsForAWSResource": "true"}},
            ),
        ):
            key.add_to_resource_policy(
                iam.PolicyStatement(
                    sid=sid,
                    principals=[iam.AnyPrincipal()],
                    actions=actions,
                    resources=["*"],  # in a key's policy: this key
                    conditions={"StringEquals": only} | more,
                )
            )

    def _arn_of(self, service: str, resource: str) -> str:
        return cdk.Arn.format(cdk.ArnComponents(service=service, resource=resource), self)
