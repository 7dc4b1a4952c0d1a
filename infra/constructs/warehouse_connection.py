"""The Glue connection to the warehouse: from which subnet, and with whose password."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

_Connection = glue.CfnConnection
_DESCRIBE = (
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeVpcEndpoints",
)
_TAG = "aws-glue-service-resource"  # what Glue writes on its interfaces


class WarehouseConnection(Construct):
    """JDBC to Redshift; jobs that name it run in one private subnet of the VPC.

    Parameters
    ----------
    scope, id
        As of every construct.
    name : str
        Of the connection.
    url : str
        ``jdbc:redshift://host:5439/database``.
    secret_name, secret_arn : str
        Secret with user name and password; Glue reads it when a job connects.
    secret_key : IKey
        Encrypts the secret.
    subnet : ISubnet
        Where the job's interfaces stand.
    group : ISecurityGroup
        What they may reach.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        url: str,
        secret_name: str,
        secret_arn: str,
        secret_key: kms.IKey,
        subnet: ec2.ISubnet,
        group: ec2.ISecurityGroup,
    ) -> None:
        super().__init__(scope, id)
        self.name, self._subnet, self._group = name, subnet, group
        self._secret_arn, self._secret_key = secret_arn, secret_key
        _Connection(
            self,
            "Resource",
            catalog_id=cdk.Stack.of(self).account,
            connection_input=_Connection.ConnectionInputProperty(
                name=name,
                description="The warehouse, from where jobs run",
                connection_type="JDBC",
                connection_properties={
                    "JDBC_CONNECTION_URL": url,
                    "JDBC_ENFORCE_SSL": "true",
                    "SECRET_ID": secret_name,
                },
                physical_connection_requirements=_Connection.PhysicalConnectionRequirementsProperty(
                    availability_zone=subnet.availability_zone,
                    subnet_id=subnet.subnet_id,
                    security_group_id_list=[group.security_group_id],
                ),
            ),
        )

    def let_use(self, role: iam.Role) -> None:
        """Let the role of a job sign in with it, and stand where it says."""
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["glue:GetConnection"],
                resources=[
                    self._arn("glue", "catalog"),
                    self._arn("glue", "connection", self.name),
                ],
            )
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["secretsmanager:GetSecretValue"], resources=[self._secret_arn]
            )
        )
        self._secret_key.grant_decrypt(role)
        self._let_join(role)

    def _let_join(self, role: iam.Role) -> None:
        # Interfaces get their names when they are made; subnet and group are what limits them.
        interfaces = self._arn("ec2", "network-interface", "*")
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["ec2:CreateNetworkInterface"],
                resources=[
                    interfaces,
                    self._arn("ec2", "subnet", self._subnet.subnet_id),
                    self._arn("ec2", "security-group", self._group.security_group_id),
                ],
            )
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["ec2:DeleteNetworkInterface"],
                resources=[interfaces],
                conditions={
                    "ArnEquals": {"ec2:Subnet": self._arn("ec2", "subnet", self._subnet.subnet_id)}
                },
            )
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["ec2:CreateTags", "ec2:DeleteTags"],
                resources=[interfaces],
                conditions={"ForAllValues:StringEquals": {"aws:TagKeys": [_TAG]}},
            )
        )
        # Reading about networks has no resources to name.
        role.add_to_policy(iam.PolicyStatement(actions=list(_DESCRIBE), resources=["*"]))

    def _arn(self, service: str, kind: str, name: str | None = None) -> str:
        return cdk.Stack.of(self).format_arn(service=service, resource=kind, resource_name=name)
