"""RDS: a database server, where it stands, and its settings."""

from __future__ import annotations

import json
import re

from rehearsal.cloud.model import Model, Properties


class DatabaseInstance(Model):
    """A database server."""

    type = "AWS::RDS::DBInstance"
    name_property = "DBInstanceIdentifier"
    unproven = "that the database starts, with this engine version and class"
    replaced_by = ("Engine", "KmsKeyId", "MasterUsername", "StorageEncrypted")

    def create(self) -> None:
        self.name = self.name.lower()[:63].rstrip("-")
        made = self.client("rds").create_db_instance(
            DBInstanceIdentifier=self.name, **self._asked()
        )["DBInstance"]
        self.ref = self.name
        self.attributes = {
            "DBInstanceArn": made["DBInstanceArn"],
            "DbiResourceId": made["DbiResourceId"],
            "Endpoint.Address": made["Endpoint"]["Address"],
            "Endpoint.Port": str(made["Endpoint"]["Port"]),
            "MasterUserSecret.SecretArn": made.get("MasterUserSecret", {}).get("SecretArn", ""),
        }

    def update(self, before: Properties) -> None:
        self.client("rds").modify_db_instance(
            DBInstanceIdentifier=self.name,
            ApplyImmediately=True,
            **self.pick("BackupRetentionPeriod", "DBInstanceClass", "MultiAZ"),
        )

    def delete(self) -> None:
        self.client("rds").delete_db_instance(
            DBInstanceIdentifier=self.name, SkipFinalSnapshot=True
        )

    def _asked(self) -> Properties:
        own = ("AllowMajorVersionUpgrade", "DBInstanceIdentifier", "DeleteAutomatedBackups")
        spelled = {"VPCSecurityGroups": "VpcSecurityGroupIds"}
        given = {spelled.get(k, k): v for k, v in self.without(*own, "MasterUserSecret").items()}
        secret = self.properties.get("MasterUserSecret", {})
        if "KmsKeyId" in secret:
            given["MasterUserSecretKmsKeyId"] = secret["KmsKeyId"]
        numbers = {name: int(given[name]) for name in ("AllocatedStorage", "Port") if name in given}
        hidden = {
            name: self._value(str(given[name]))
            for name in ("MasterUsername", "MasterUserPassword")
            if name in given
        }
        return given | numbers | hidden

    def _value(self, text: str) -> str:
        """What a dynamic reference stands for."""
        asked = re.fullmatch(r"\{\{resolve:secretsmanager:(.+):SecretString:(\w+):.*\}\}", text)
        if not asked:
            return text
        found = self.client("secretsmanager").get_secret_value(SecretId=asked[1])
        return str(json.loads(found["SecretString"])[asked[2]])


class DatabaseSubnets(Model):
    """Where a database may stand."""

    type = "AWS::RDS::DBSubnetGroup"
    name_property = "DBSubnetGroupName"

    def create(self) -> None:
        self.name = self.name.lower()
        self.client("rds").create_db_subnet_group(
            DBSubnetGroupName=self.name, **self.without(self.name_property)
        )
        self.ref = self.name

    def update(self, before: Properties) -> None:
        self.client("rds").modify_db_subnet_group(
            DBSubnetGroupName=self.name,
            **self.pick("DBSubnetGroupDescription", "SubnetIds"),
        )

    def delete(self) -> None:
        self.client("rds").delete_db_subnet_group(DBSubnetGroupName=self.name)


class DatabaseParameters(Model):
    """A database's settings."""

    type = "AWS::RDS::DBParameterGroup"
    name_property = "DBParameterGroupName"
    replaced_by = ("Family", "Description")

    def create(self) -> None:
        self.name = self.name.lower()
        self.client("rds").create_db_parameter_group(
            DBParameterGroupName=self.name,
            DBParameterGroupFamily=self.properties["Family"],
            **self.pick("Description", "Tags"),
        )
        self.ref = self.name
        self.update({})

    def update(self, before: Properties) -> None:
        wanted = [
            {"ParameterName": name, "ParameterValue": str(value), "ApplyMethod": "pending-reboot"}
            for name, value in self.properties.get("Parameters", {}).items()
        ]
        if wanted:
            self.client("rds").modify_db_parameter_group(
                DBParameterGroupName=self.name, Parameters=wanted
            )

    def delete(self) -> None:
        self.client("rds").delete_db_parameter_group(DBParameterGroupName=self.name)
