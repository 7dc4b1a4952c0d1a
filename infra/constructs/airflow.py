"""Managed Airflow: closed to the internet, encrypted with our key, able to do one DAG's work."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_mwaa as mwaa
from constructs import Construct

from infra.constructs.airflow_logs import airflow_logs
from infra.constructs.airflow_role import AirflowRole
from infra.constructs.dag_bucket import DagBucket
from infra.constructs.dag_work import DagWork
from infra.constructs.tiers import Tier
from infra.environments import Environment
from infra.shapes import Airflow
from infra.source_assets import locked_airflow
from infra.stacks.network import NetworkStack
from ml.contract.errors import InvalidSettings
from ml.contract.names import PRODUCT
from ml.contract.places import AIRFLOW_DAGS, AIRFLOW_REQUIREMENTS

# After the weekend's last files and before Monday's retrain.
_MAINTENANCE = "SUN:03:30"
_MICRO = "mw1.micro"


class ManagedAirflow(Construct):
    """An MWAA environment whose pages are reached from inside the VPC only.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Part of its name; says how long logs are kept.
    airflow : Airflow
        Version and size.
    network : NetworkStack
        Two private subnets and the Airflow tier.
    key : IKey
        Encrypts its database, queue, logs and bucket.
    work : DagWork
        What the DAG may start, read and tell, and nothing else.

    Raises
    ------
    InvalidSettings
        If the requirements are locked for another version of Airflow: MWAA would start without
        them and say so in a log only.

    Attributes
    ----------
    name : str
        Of the MWAA environment.
    settings : RetrainDagSettings
        What the DAG is told.
    rest_api_arn : str
        What a caller of its REST API must be allowed: to act as Airflow's role ``User``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        airflow: Airflow,
        network: NetworkStack,
        key: kms.IKey,
        work: DagWork,
    ) -> None:
        super().__init__(scope, id)
        _hold_to_lock(airflow.version)
        self.name = f"{PRODUCT}-{environment.name}"
        self.rest_api_arn = cdk.Stack.of(self).format_arn(
            service="airflow", resource="role", resource_name=f"{self.name}/User"
        )
        self._airflow, self._key = airflow, key
        self.settings = work.settings(environment.retrain.lease_minutes)
        self._logs = airflow_logs(self, name=self.name, environment=environment, key=key)
        self._dags = DagBucket(self, "Dags", environment=environment, key=key)
        self._role = AirflowRole(
            self, "Role", name=self.name, dags=self._dags.bucket, key=key, work=work
        )
        self._environment(network).node.add_dependency(self._role, self._logs)

    def _environment(self, network: NetworkStack) -> mwaa.CfnEnvironment:
        return mwaa.CfnEnvironment(
            self,
            "Environment",
            name=self.name,
            airflow_version=self._airflow.version,
            environment_class=self._airflow.environment_class,
            execution_role_arn=self._role.role_arn,
            kms_key=self._key.key_arn,
            source_bucket_arn=self._dags.bucket.bucket_arn,
            dag_s3_path=AIRFLOW_DAGS,
            requirements_s3_path=AIRFLOW_REQUIREMENTS,
            requirements_s3_object_version=self._dags.requirements_version,
            webserver_access_mode="PRIVATE_ONLY",
            network_configuration=_within(network),
            logging_configuration=_logging(),
            airflow_configuration_options=self._options(),
            weekly_maintenance_window_start=_MAINTENANCE,
            **_workers(self._airflow.environment_class),
        )

    def _options(self) -> dict[str, str]:
        # Airflow 3 moved what the web server shows from [webserver] to [api].
        pages = "webserver" if self._airflow.version.startswith("2.") else "api"
        hardening = {
            "core.load_examples": "False",
            "core.dag_discovery_safe_mode": "True",
            # A DAG that is new must run when the Lambda asks for it.
            "core.dags_are_paused_at_creation": "False",
            f"{pages}.expose_config": "False",
        }
        return hardening | self.settings.to_options()


def _hold_to_lock(version: str) -> None:
    locked = locked_airflow()
    if version != locked:
        raise InvalidSettings(
            f"airflow: version is {version!r}; expected {locked!r}, which requirements/mwaa.txt is "
            "locked for: change requirements/mwaa.in and its constraints, and run scripts/lock"
        )


def _within(network: NetworkStack) -> mwaa.CfnEnvironment.NetworkConfigurationProperty:
    subnets = network.vpc.select_subnets(subnet_type=network.private.subnet_type).subnet_ids
    return mwaa.CfnEnvironment.NetworkConfigurationProperty(
        security_group_ids=[network.tiers[Tier.AIRFLOW].security_group_id],
        subnet_ids=subnets[:2],  # MWAA takes exactly two
    )


def _logging() -> mwaa.CfnEnvironment.LoggingConfigurationProperty:
    def at(level: str) -> mwaa.CfnEnvironment.ModuleLoggingConfigurationProperty:
        return mwaa.CfnEnvironment.ModuleLoggingConfigurationProperty(enabled=True, log_level=level)

    return mwaa.CfnEnvironment.LoggingConfigurationProperty(
        task_logs=at("INFO"),
        dag_processing_logs=at("INFO"),
        scheduler_logs=at("WARNING"),
        webserver_logs=at("WARNING"),
        worker_logs=at("WARNING"),
    )


def _workers(environment_class: str) -> dict[str, Any]:
    """The smallest class is one of each and nothing else; the others keep AWS's own choice."""
    one_each = ("min_workers", "max_workers", "min_webservers", "max_webservers", "schedulers")
    return dict.fromkeys(one_each, 1) if environment_class == _MICRO else {}
