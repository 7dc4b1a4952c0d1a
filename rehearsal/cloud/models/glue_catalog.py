"""Glue's catalog: databases, connections, and what is encrypted with which key."""

from __future__ import annotations

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


class Connection(Model):
    """How jobs reach what stands in the VPC."""

    type = "AWS::Glue::Connection"
    unproven = "that jobs reach the warehouse through it"

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
