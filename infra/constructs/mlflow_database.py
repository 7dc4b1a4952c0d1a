"""MLflow's PostgreSQL: private, encrypted, TLS only, with a password that RDS rotates itself."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from constructs import Construct

from infra.constructs.logs import log_group
from infra.environments import Environment
from ml.contract.names import PRODUCT

_ENGINE = rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_17)
_USER = "mlflow"
_LOGS = ("postgresql", "upgrade")


class MlflowDatabase(rds.DatabaseInstance):
    """The backend store of one MLflow server.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Its `mlflow` says how large.
    vpc : IVpc
        Where it stands.
    subnets : SubnetSelection
        Without any way to the internet.
    group : ISecurityGroup
        Lets only the server in.
    data_key : IKey
        Encrypts storage, backups and snapshots.
    operations_key : IKey
        Encrypts the password and the log.
    removal : RemovalPolicy
        RETAIN also protects it from deletion by hand.

    Attributes
    ----------
    password : ISecret
        Holds ``username`` and ``password``; RDS makes it and rotates it every seven days.
    name : str
        Of the database within the server.
    """

    name = "mlflow"

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        vpc: ec2.IVpc,
        subnets: ec2.SubnetSelection,
        group: ec2.ISecurityGroup,
        data_key: kms.IKey,
        operations_key: kms.IKey,
        removal: cdk.RemovalPolicy,
    ) -> None:
        identifier = f"{PRODUCT}-{environment.name}-mlflow"
        kept = removal is cdk.RemovalPolicy.RETAIN
        super().__init__(
            scope,
            id,
            instance_identifier=identifier,
            engine=_ENGINE,
            instance_type=ec2.InstanceType(environment.mlflow.database_class),
            multi_az=environment.mlflow.multi_az,
            allocated_storage=environment.mlflow.storage_gib,
            storage_type=rds.StorageType.GP3,
            storage_encrypted=True,
            storage_encryption_key=data_key,
            database_name=self.name,
            manage_master_user_password=True,
            credentials=rds.Credentials.from_username(_USER, encryption_key=operations_key),
            iam_authentication=True,
            ca_certificate=rds.CaCertificate.RDS_CA_RSA2048_G1,
            parameter_group=_tls_only(scope, id),
            vpc=vpc,
            vpc_subnets=subnets,
            security_groups=[group],
            publicly_accessible=False,
            backup_retention=cdk.Duration.days(30 if environment.keep_data else 7),
            copy_tags_to_snapshot=True,
            auto_minor_version_upgrade=True,
            enable_performance_insights=environment.is_production,
            performance_insight_encryption_key=(
                operations_key if environment.is_production else None
            ),
            cloudwatch_logs_exports=list(_LOGS),
            deletion_protection=kept,
            delete_automated_backups=not kept,
            removal_policy=removal,
        )
        assert self.secret is not None  # RDS makes it
        self.password = self.secret
        for kind in _LOGS:
            # RDS chooses the name. Made beforehand, the log is encrypted and ends its lines.
            log = log_group(
                scope,
                f"{id}{kind.title()}Log",
                name=f"/aws/rds/instance/{identifier}/{kind}",
                environment=environment,
                key=operations_key,
            )
            self.node.add_dependency(log)


def _tls_only(scope: Construct, id: str) -> rds.ParameterGroup:
    return rds.ParameterGroup(
        scope,
        f"{id}Parameters",
        engine=_ENGINE,
        description="TLS only; who connects is logged",
        parameters={"rds.force_ssl": "1", "log_connections": "1", "log_disconnections": "1"},
    )
