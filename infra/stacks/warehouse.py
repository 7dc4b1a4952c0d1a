"""The warehouse: Redshift Serverless, private, capped, with its tables."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_redshiftserverless as redshift
from constructs import Construct

from infra.constructs.logs import log_group
from infra.constructs.object_access import let_read
from infra.constructs.role import ServiceRole
from infra.constructs.tiers import Tier
from infra.constructs.warehouse_setup import WarehouseSetup
from infra.environments import Environment
from infra.retention import removal_of_data
from infra.stacks.base import LeadwiseStack
from infra.stacks.foundation import FoundationStack
from infra.stacks.lake import LakeStack
from infra.stacks.network import NetworkStack
from ml.contract.cloud_settings import WarehouseSettings, WarehouseSetupSettings
from ml.contract.names import PRODUCT, Zone
from ml.contract.places import STAGING
from ml.contract.table_ddl import table_ddl
from ml.use_cases import find

# Not the name that Redshift gives by itself, and everybody knows.
_ADMIN = "leadwise_admin"
_LOGS = ("connectionlog", "useractivitylog", "userlog")
_PARAMETERS = {
    "enable_user_activity_logging": "true",  # else that log stays empty
    "max_query_execution_time": "1800",  # a query that hangs is paid for by the second
    "require_ssl": "true",
    # Drivers in Glue and Airflow do not all speak FIPS 140's ciphers.
    "use_fips_ssl": "false",
}


class WarehouseStack(LeadwiseStack):
    """Redshift Serverless and the Lambda that keeps its tables as the use case says.

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
        Buckets.

    Attributes
    ----------
    workgroup_name : str
        Where statements run.
    workgroup_arn : str
        The same, for permissions.
    namespace_name : str
        What holds the data.
    database_name : str
        Of the only database.
    admin_secret_name : str
        Secret that Redshift makes and rotates itself; the Data API and Glue take the name.
    admin_secret_arn : str
        The same, for permissions: CloudFormation does not tell its last six letters, so they are
        question marks.
    load_role : Role
        What Redshift is when it reads the clean bucket for COPY and writes it for UNLOAD.
    client_settings : WarehouseSettings
        What a client is told; `let_use_warehouse` lets it use that.
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
            purpose="Redshift Serverless",
            holds_data=True,
        )
        self._environment = environment
        self._foundation = foundation
        self.database_name = "leads"
        self.namespace_name = self.workgroup_name = f"{PRODUCT}-{environment.name}"
        self.admin_secret_name = f"redshift!{self.namespace_name}-{_ADMIN}"
        self.admin_secret_arn = self.format_arn(
            service="secretsmanager",
            resource=f"secret:{self.admin_secret_name}-??????",
        )
        self.load_role = self._load_role(lake)
        namespace = self._namespace()
        workgroup = self._workgroup(network)
        workgroup.node.add_dependency(namespace)
        self.workgroup_arn = workgroup.attr_workgroup_workgroup_arn
        self._set_up(workgroup)
        self.client_settings = WarehouseSettings(
            warehouse_workgroup=self.workgroup_name,
            warehouse_database=self.database_name,
            warehouse_role=self.load_role.role_arn,
            warehouse_staging=lake.clean.s3_url_for_object(STAGING),
        )

    def _load_role(self, lake: LakeStack) -> iam.Role:
        role = ServiceRole(
            self,
            "LoadRole",
            "redshift.amazonaws.com",
            "redshift-serverless.amazonaws.com",
            description="Redshift: reads clean leads for COPY, writes snapshots for UNLOAD",
        )
        bucket, key = lake.clean.bucket_arn, self._foundation.data_key.key_arn
        unloaded = lake.clean.arn_for_objects(f"{STAGING}*")
        for prefix in (f"{Zone.CLEAN}/", STAGING):
            let_read(role, lake.clean, prefix)
        for actions, resource in (
            (["s3:GetBucketLocation"], bucket),
            (["s3:AbortMultipartUpload", "s3:PutObject"], unloaded),
            (["kms:Decrypt", "kms:GenerateDataKey"], key),
        ):
            role.add_to_policy(iam.PolicyStatement(actions=actions, resources=[resource]))
        return role

    def _namespace(self) -> redshift.CfnNamespace:
        namespace = redshift.CfnNamespace(
            self,
            "Namespace",
            namespace_name=self.namespace_name,
            db_name=self.database_name,
            admin_username=_ADMIN,
            manage_admin_password=True,
            admin_password_secret_kms_key_id=self._foundation.operations_key.key_id,
            kms_key_id=self._foundation.data_key.key_arn,
            iam_roles=[self.load_role.role_arn],
            default_iam_role_arn=self.load_role.role_arn,
            log_exports=list(_LOGS),
        )
        namespace.apply_removal_policy(removal_of_data(self, self._environment))
        # Redshift makes what it does not find: kept for ever, and not with our key.
        for name in _LOGS:
            namespace.node.add_dependency(self._log(name))
        return namespace

    def _log(self, name: str) -> Construct:
        return log_group(
            self,
            name.title(),
            name=f"/aws/redshift/{self.namespace_name}/{name}",
            environment=self._environment,
            key=self._foundation.operations_key,
        )

    def _workgroup(self, network: NetworkStack) -> redshift.CfnWorkgroup:
        size = self._environment.redshift
        return redshift.CfnWorkgroup(
            self,
            "Workgroup",
            workgroup_name=self.workgroup_name,
            namespace_name=self.namespace_name,
            base_capacity=size.base_rpu,
            max_capacity=size.max_rpu,
            enhanced_vpc_routing=True,
            publicly_accessible=False,
            subnet_ids=network.vpc.select_subnets(
                subnet_type=network.isolated.subnet_type
            ).subnet_ids,
            security_group_ids=[network.tiers[Tier.WAREHOUSE].security_group_id],
            config_parameters=[
                redshift.CfnWorkgroup.ConfigParameterProperty(
                    parameter_key=key, parameter_value=value
                )
                for key, value in _PARAMETERS.items()
            ],
        )

    def _set_up(self, workgroup: redshift.CfnWorkgroup) -> None:
        use_case = find(self._environment.use_case)
        setup = WarehouseSetup(
            self,
            "Setup",
            environment=self._environment,
            settings=WarehouseSetupSettings(
                workgroup=self.workgroup_name,
                database=self.database_name,
                admin_secret=self.admin_secret_name,
                use_case=use_case.name,
            ),
            workgroup_arn=self.workgroup_arn,
            admin_secret_arn=self.admin_secret_arn,
            statements=table_ddl(use_case),
            key=self._foundation.operations_key,
        )
        setup.node.add_dependency(workgroup)
