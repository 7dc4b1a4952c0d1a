"""RDS and Redshift Serverless."""

from typing import Any

from infra.policy.control import Control
from infra.policy.template import Resource

_DATABASE = ("AWS::RDS::DBInstance",)
_NAMESPACE = ("AWS::RedshiftServerless::Namespace",)
_WORKGROUP = ("AWS::RedshiftServerless::Workgroup",)


def _forces_tls(group: Resource) -> bool:
    return (group.get("Parameters") or {}).get("rds.force_ssl") == "1"


def _requires_ssl(workgroup: Resource) -> bool:
    parameters = workgroup.list("ConfigParameters")
    return {"ParameterKey": "require_ssl", "ParameterValue": "true"} in parameters


def _are_isolated(subnets: list[Any]) -> bool:
    """Whether all are of the network's isolated kind, as the names of its exports say."""
    return bool(subnets) and all("isolatedSubnet" in str(each) for each in subnets)


def _keeps_backups(database: Resource) -> bool:
    return int(database.get("BackupRetentionPeriod") or 0) >= 7


def _is_protected(database: Resource) -> bool:
    return database.get("DeletionProtection") is True or not database.stack.environment.keep_data


def _has_standby(database: Resource) -> bool:
    return database.get("MultiAZ") is True or not database.stack.environment.is_production


CONTROLS = (
    Control(
        id="RDS.2",
        says="the database is private",
        types=_DATABASE,
        holds=lambda r: r.get("PubliclyAccessible") is False,
    ),
    Control(
        id="RDS.3",
        says="the database is encrypted with our key",
        types=_DATABASE,
        holds=lambda r: r.get("StorageEncrypted") is True and r.get("KmsKeyId") is not None,
    ),
    Control(
        id="RDS.5",
        says="production's database has a standby in a second zone",
        types=_DATABASE,
        holds=_has_standby,
    ),
    Control(
        id="RDS.8",
        says="the database is protected from deletion where data is kept",
        types=_DATABASE,
        holds=_is_protected,
    ),
    Control(
        id="RDS.9",
        says="the database's log is exported",
        types=_DATABASE,
        holds=lambda r: "postgresql" in r.list("EnableCloudwatchLogsExports"),
    ),
    Control(
        id="RDS.10",
        says="people sign in to the database through IAM",
        types=_DATABASE,
        holds=lambda r: r.get("EnableIAMDatabaseAuthentication") is True,
    ),
    Control(
        id="RDS.11",
        says="backups are kept for a week or longer",
        types=_DATABASE,
        holds=_keeps_backups,
    ),
    Control(
        id="RDS.13",
        says="minor versions are installed by themselves",
        types=_DATABASE,
        holds=lambda r: r.get("AutoMinorVersionUpgrade") is not False,
    ),
    Control(
        id="RDS.17",
        says="snapshots carry the tags",
        types=_DATABASE,
        holds=lambda r: r.get("CopyTagsToSnapshot") is True,
    ),
    Control(
        id="RDS.18",
        says="the database lies in our VPC",
        types=_DATABASE,
        holds=lambda r: r.get("DBSubnetGroupName") is not None,
    ),
    Control(
        id="RDS.46",
        says="the database's subnets have no way to the internet",
        types=("AWS::RDS::DBSubnetGroup",),
        holds=lambda r: _are_isolated(r.list("SubnetIds")),
    ),
    Control(
        id="RDS.25",
        says="the administrator has a name of its own",
        types=_DATABASE,
        holds=lambda r: r.get("MasterUsername") not in {None, "admin", "postgres", "root"},
    ),
    Control(
        id="LW.RDS.1",
        says="RDS makes and rotates the password itself",
        types=_DATABASE,
        holds=lambda r: (
            r.get("ManageMasterUserPassword") is True and r.get("MasterUserPassword") is None
        ),
    ),
    Control(
        id="RDS.38",
        says="the database refuses connections without TLS",
        types=("AWS::RDS::DBParameterGroup",),
        holds=_forces_tls,
    ),
    Control(
        id="RedshiftServerless.1",
        says="COPY and UNLOAD stay in the VPC",
        types=_WORKGROUP,
        holds=lambda r: r.get("EnhancedVpcRouting") is True,
    ),
    Control(
        id="RedshiftServerless.2",
        says="the warehouse refuses connections without TLS",
        types=_WORKGROUP,
        holds=_requires_ssl,
    ),
    Control(
        id="RedshiftServerless.3",
        says="the warehouse is private",
        types=_WORKGROUP,
        holds=lambda r: r.get("PubliclyAccessible") is False,
    ),
    Control(
        id="LW.RS.3",
        says="the warehouse's subnets have no way to the internet",
        types=_WORKGROUP,
        holds=lambda r: _are_isolated(r.list("SubnetIds")),
    ),
    Control(
        id="RedshiftServerless.4",
        says="the warehouse is encrypted with our key",
        types=_NAMESPACE,
        holds=lambda r: r.get("KmsKeyId") is not None,
    ),
    Control(
        id="RedshiftServerless.5",
        says="the administrator has a name of its own",
        types=_NAMESPACE,
        holds=lambda r: r.get("AdminUsername") not in {None, "admin", "awsuser"},
    ),
    Control(
        id="RedshiftServerless.6",
        says="connections, users and activity are logged",
        types=_NAMESPACE,
        holds=lambda r: (
            {"userlog", "connectionlog", "useractivitylog"} <= set(r.list("LogExports"))
        ),
    ),
    Control(
        id="RedshiftServerless.7",
        says="the database has a name of its own",
        types=_NAMESPACE,
        holds=lambda r: r.get("DbName") not in {None, "dev"},
    ),
    Control(
        id="LW.RS.1",
        says="Redshift makes and rotates the password itself",
        types=_NAMESPACE,
        holds=lambda r: r.get("ManageAdminPassword") is True and r.get("AdminUserPassword") is None,
    ),
    Control(
        id="LW.RS.2",
        says="the warehouse's size has a ceiling",
        types=_WORKGROUP,
        holds=lambda r: (r.get("MaxCapacity") or 0) >= (r.get("BaseCapacity") or 999),
    ),
)
