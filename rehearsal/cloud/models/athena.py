"""Athena: where queries run, and those that people can start from."""

from __future__ import annotations

from rehearsal.cloud.model import Model, Properties


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


class NamedQuery(Model):
    """A query that people can start from."""

    type = "AWS::Athena::NamedQuery"
    unproven = "that Athena runs it; DuckDB does in the tests"
    replaced_by = ("Database", "Description", "Name", "QueryString", "WorkGroup")

    def create(self) -> None:
        made = self.client("athena").create_named_query(
            **{"Name": self.name, "Description": self.name, **self.properties}
        )
        self.ref = made["NamedQueryId"]
        self.attributes = {"NamedQueryId": self.ref}

    def delete(self) -> None:
        """It stays: moto cannot delete a named query."""
