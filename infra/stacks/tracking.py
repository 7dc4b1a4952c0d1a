"""Tracking: the MLflow server, its database, and its name in the VPC."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.constructs.logs import log_group
from infra.constructs.mlflow_database import MlflowDatabase
from infra.constructs.mlflow_role import MlflowRole
from infra.constructs.mlflow_server import MlflowServer
from infra.constructs.secret_reader import grant_secret
from infra.constructs.tiers import Tier
from infra.environments import Environment
from infra.retention import removal_of_data
from infra.source_assets import mlflow_server_files
from infra.stacks.base import LeadwiseStack
from infra.stacks.foundation import FoundationStack
from infra.stacks.lake import LakeStack
from infra.stacks.network import NetworkStack
from ml.contract.alerts import AlertSeverity
from ml.contract.cloud_settings import MlflowClientSettings, MlflowServerSettings
from ml.contract.names import PRODUCT

_ADMINISTRATOR = "admin"
_FOLDER = "mlflow"


class TrackingStack(LeadwiseStack):
    """MLflow on one self-healing machine; all state lies in PostgreSQL and S3.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Its sizes and schedules.
    foundation : FoundationStack
        Keys and alert topics.
    network : NetworkStack
        VPC and tiers.
    lake : LakeStack
        Its artifacts bucket holds MLflow's, in a folder.

    Attributes
    ----------
    uri : str
        ``http://mlflow.<environment>.leadwise.internal:5000``
    client_settings : MlflowClientSettings
        What a client is told; `grant_use` lets it use that.
    admin_secret : Secret
        User name and password of MLflow's administrator.
    group_name : str
        Auto Scaling group of one.
    database : MlflowDatabase
        Backend store.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        foundation: FoundationStack,
        network: NetworkStack,
        lake: LakeStack,
    ) -> None:
        super().__init__(
            scope,
            id,
            environment=environment,
            purpose="MLflow server",
            holds_data=True,
        )
        self._environment, self._foundation = environment, foundation
        self._network, self._lake = network, lake
        self.group_name = f"{PRODUCT}-{environment.name}-mlflow"
        self.admin_secret = self._admin_secret()
        self.database = MlflowDatabase(
            self,
            "Database",
            environment=environment,
            vpc=network.vpc,
            subnets=network.isolated,
            group=network.tiers[Tier.MLFLOW_DATABASE],
            data_key=foundation.data_key,
            operations_key=foundation.operations_key,
            removal=removal_of_data(self, environment),
        )
        # A name instead of a load balancer: half a dollar a month, and the server is one anyway.
        self._zone = route53.PrivateHostedZone(
            self, "Zone", zone_name=f"{environment.name}.{PRODUCT}.internal", vpc=network.vpc
        )
        self._settings = self._server_settings()
        self.uri = f"http://{self._settings.host_name}:{self._settings.port}"
        self.client_settings = MlflowClientSettings(
            mlflow_uri=self.uri, mlflow_secret=self.admin_secret.secret_arn
        )
        self._start_server()

    def grant_use(self, client: iam.IGrantable) -> None:
        """Let a client sign in; its security group must be one that may talk to MLflow's."""
        grant_secret(client, self.admin_secret, key=self._foundation.operations_key)

    def _admin_secret(self) -> secretsmanager.Secret:
        # MLflow keeps the password's hash. Whoever gives the secret a new value is followed: the
        # health check signs in with it, is refused, and restarts the server, which takes it over.
        secret = secretsmanager.Secret(
            self,
            "Admin",
            description=f"Leadwise {self._environment.name}: administrator of MLflow",
            encryption_key=self._foundation.operations_key,
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template=f'{{"username": "{_ADMINISTRATOR}"}}',
                generate_string_key="password",
                password_length=40,
                exclude_punctuation=True,
            ),
        )
        resource = secret.node.default_child
        assert isinstance(resource, secretsmanager.CfnSecret)
        resource.add_metadata("rotation", "by hand: docs/adr/0010-mlflow-behind-a-gate.md")
        return secret

    def _server_settings(self) -> MlflowServerSettings:
        return MlflowServerSettings(
            database_secret=self.database.password.secret_arn,
            database_host=self.database.db_instance_endpoint_address,
            database_name=self.database.name,
            admin_secret=self.admin_secret.secret_arn,
            artifacts=self._lake.artifacts.s3_url_for_object(_FOLDER),
            host_name=f"mlflow.{self._zone.zone_name}",
            zone_id=self._zone.hosted_zone_id,
            group_name=self.group_name,
        )

    def _start_server(self) -> None:
        foundation, network = self._foundation, self._network
        files = mlflow_server_files(self, "Files")
        log = log_group(
            self,
            "Log",
            name="mlflow",
            environment=self._environment,
            key=foundation.operations_key,
        )
        role = MlflowRole(self, "Role")
        role.grant_files(files)
        role.grant_artifacts(self._lake.artifacts, _FOLDER)
        role.grant_name(self._zone, self._settings.host_name)
        role.grant_own_health(self.group_name)
        log.grant_write(role)
        for secret in (self.admin_secret, self.database.password):
            grant_secret(role, secret, key=foundation.operations_key)
        foundation.data_key.grant(role, "kms:Decrypt", "kms:GenerateDataKey")
        server = MlflowServer(
            self,
            "Server",
            environment=self._environment,
            settings=self._settings,
            files=files,
            role=role,
            vpc=network.vpc,
            subnets=network.private,
            group=network.tiers[Tier.MLFLOW],
            key=foundation.operations_key,
            log_group=log.log_group_name,
            topic=foundation.topics[AlertSeverity.INFO],
        )
        # Its first steps need all of the role.
        server.node.add_dependency(role)
