"""Glue, Athena, DynamoDB and RDS."""

from __future__ import annotations

import json
import re

from rehearsal.cloud.model import Model, Properties


class Database(Model):
    """A database of the catalog."""

    type = "AWS::Glue::Database"

    def create(self) -> None:
        made = self.properties["DatabaseInput"]
        self.ref = made.get("Name") or self.properties.get("DatabaseName") or self.name.lower()
        self.client("glue").create_database(DatabaseInput=made | {"Name": self.ref})

    def update(self, before: Properties) -> None:
        given = self.properties["DatabaseInput"] | {"Name": self.ref}
        self.client("glue").update_database(Name=self.ref, DatabaseInput=given)

    def delete(self) -> None:
        self.client("glue").delete_database(Name=self.ref)


class Table(Model):
    """A table of the catalog."""

    type = "AWS::Glue::Table"
    replaced_by = ("DatabaseName",)

    def create(self) -> None:
        self.ref = self.properties["TableInput"]["Name"]
        self.client("glue").create_table(**self._asked())

    def update(self, before: Properties) -> None:
        self.client("glue").update_table(**self._asked())

    def delete(self) -> None:
        self.client("glue").delete_table(Name=self.ref, **self.pick("DatabaseName"))

    def _asked(self) -> Properties:
        return self.pick("DatabaseName", "TableInput")


class Connection(Model):
    """How jobs reach what stands in the VPC."""

    type = "AWS::Glue::Connection"

    def create(self) -> None:
        given = self.properties["ConnectionInput"]
        self.ref = given.get("Name", self.name)
        self.client("glue").create_connection(ConnectionInput=given | {"Name": self.ref})

    def update(self, before: Properties) -> None:
        self.client("glue").delete_connection(ConnectionName=self.ref)
        self.create()

    def delete(self) -> None:
        self.client("glue").delete_connection(ConnectionName=self.ref)


class SecurityConfiguration(Model):
    """What jobs and crawlers encrypt with."""

    type = "AWS::Glue::SecurityConfiguration"
    name_property = "Name"
    replaced_by = ("EncryptionConfiguration",)

    def create(self) -> None:
        spelled = {"S3Encryptions": "S3Encryption"}
        given = self.properties["EncryptionConfiguration"]
        self.client("glue").create_security_configuration(
            Name=self.name,
            EncryptionConfiguration={spelled.get(k, k): v for k, v in given.items()},
        )
        self.ref = self.name

    def delete(self) -> None:
        self.client("glue").delete_security_configuration(Name=self.name)


class CatalogEncryption(Model):
    """What the catalog is encrypted with."""

    type = "AWS::Glue::DataCatalogEncryptionSettings"

    def create(self) -> None:
        self.ref = self.name
        self.update({})

    def update(self, before: Properties) -> None:
        self.client("glue").put_data_catalog_encryption_settings(
            **self.pick("DataCatalogEncryptionSettings")
        )

    def delete(self) -> None:
        """CloudFormation leaves the catalog as it is."""


class Job(Model):
    """A Spark job."""

    type = "AWS::Glue::Job"
    name_property = "Name"

    def create(self) -> None:
        self.client("glue").create_job(Name=self.name, Tags=self.tag_map(), **self._asked())
        self.ref = self.name

    def update(self, before: Properties) -> None:
        self.client("glue").update_job(JobName=self.name, JobUpdate=self._asked())

    def delete(self) -> None:
        self.client("glue").delete_job(JobName=self.name)

    def _asked(self) -> Properties:
        given = self.without("Name", "Tags")
        if "MaxRetries" in given:
            given["MaxRetries"] = int(given["MaxRetries"])
        return given


class Crawler(Model):
    """What reads the schema of new files."""

    type = "AWS::Glue::Crawler"
    name_property = "Name"

    def create(self) -> None:
        self.client("glue").create_crawler(Name=self.name, Tags=self.tag_map(), **self._asked())
        self.ref = self.name

    def update(self, before: Properties) -> None:
        # moto has no update_crawler.
        self.delete()
        self.create()

    def delete(self) -> None:
        self.client("glue").delete_crawler(Name=self.name)

    def _asked(self) -> Properties:
        given = self.without("Name", "Tags")
        if "Schedule" in given:
            given["Schedule"] = given["Schedule"]["ScheduleExpression"]
        return given


class Trigger(Model):
    """What starts jobs and crawlers."""

    type = "AWS::Glue::Trigger"
    name_property = "Name"

    def create(self) -> None:
        given = self.without("Name", "Tags")
        if "Predicate" in given:
            given["Predicate"] = {"Logical": "AND"} | given["Predicate"]  # moto knows no default
        self.client("glue").create_trigger(Name=self.name, Tags=self.tag_map(), **given)
        self.ref = self.name

    def update(self, before: Properties) -> None:
        # moto has no update_trigger.
        self.delete()
        self.create()

    def delete(self) -> None:
        self.client("glue").delete_trigger(Name=self.name)


class WorkGroup(Model):
    """Where Athena's queries run."""

    type = "AWS::Athena::WorkGroup"
    name_property = "Name"

    def create(self) -> None:
        self.client("athena").create_work_group(
            Name=self.name,
            Configuration=self.properties.get("WorkGroupConfiguration", {}),
            Tags=self.properties.get("Tags", []),
            **self.pick("Description"),
        )
        self.ref = self.name

    def update(self, before: Properties) -> None:
        raise NotImplementedError("moto cannot change an Athena work group")

    def delete(self) -> None:
        self.client("athena").delete_work_group(WorkGroup=self.name)


class DynamoTable(Model):
    """A table with its key, its backups and its expiry."""

    type = "AWS::DynamoDB::Table"
    name_property = "TableName"
    replaced_by = ("KeySchema",)

    def create(self) -> None:
        settings = (
            "PointInTimeRecoverySpecification", "SSESpecification", "TableName",
            "TimeToLiveSpecification", "ContributorInsightsSpecification",
        )  # fmt: skip
        made = self.client("dynamodb").create_table(
            TableName=self.name, **self.without(*settings), **self._encryption()
        )["TableDescription"]
        self.ref = self.name
        self.attributes = {"Arn": made["TableArn"], "StreamArn": made.get("LatestStreamArn", "")}
        self.update({})

    def update(self, before: Properties) -> None:
        tables, given = self.client("dynamodb"), self.properties
        backups = given.get("PointInTimeRecoverySpecification")
        if backups and backups != before.get("PointInTimeRecoverySpecification"):
            tables.update_continuous_backups(
                TableName=self.name, PointInTimeRecoverySpecification=backups
            )
        expiry = given.get("TimeToLiveSpecification")
        if expiry and expiry != before.get("TimeToLiveSpecification"):
            tables.update_time_to_live(TableName=self.name, TimeToLiveSpecification=expiry)

    def delete(self) -> None:
        self.client("dynamodb").delete_table(TableName=self.name)

    def _encryption(self) -> Properties:
        given = self.properties.get("SSESpecification")
        if not given:
            return {}
        spelled = {"SSEEnabled": "Enabled"}
        return {"SSESpecification": {spelled.get(k, k): v for k, v in given.items()}}


class DatabaseInstance(Model):
    """A database server."""

    type = "AWS::RDS::DBInstance"
    name_property = "DBInstanceIdentifier"
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
        spelled = {
            "VPCSecurityGroups": "VpcSecurityGroupIds",
            "AllowMajorVersionUpgrade": "",
            "DeleteAutomatedBackups": "",
        }
        given = {spelled.get(k, k): v for k, v in self.without("DBInstanceIdentifier").items()}
        given.pop("", None)
        secret = given.pop("MasterUserSecret", {})
        if "KmsKeyId" in secret:
            given["MasterUserSecretKmsKeyId"] = secret["KmsKeyId"]
        for number in ("AllocatedStorage", "Port"):
            if number in given:
                given[number] = int(given[number])
        for hidden in ("MasterUsername", "MasterUserPassword"):
            if hidden in given:
                given[hidden] = self._value(str(given[hidden]))
        return given

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


class NamedQuery(Model):
    """A query that people can start from."""

    type = "AWS::Athena::NamedQuery"
    replaced_by = ("Database", "Description", "Name", "QueryString", "WorkGroup")

    def create(self) -> None:
        made = self.client("athena").create_named_query(
            **{"Name": self.name, "Description": self.name, **self.properties}
        )
        self.ref = made["NamedQueryId"]
        self.attributes = {"NamedQueryId": self.ref}

    def delete(self) -> None:
        """It stays: moto cannot delete a named query."""
