"""Types that moto has nothing behind: they are recorded, and their references resolve."""

from __future__ import annotations

import json

from rehearsal.cloud.model import Stub


class Namespace(Stub):
    """Redshift Serverless: database, key, administrator."""

    type = "AWS::RedshiftServerless::Namespace"
    name_property = "NamespaceName"
    unproven = "that Redshift Serverless takes these settings, and makes and rotates the password"

    def create(self) -> None:
        super().create()
        secret = self.client("secretsmanager").create_secret(
            Name=f"redshift!{self.name}-admin",
            SecretString=json.dumps({"username": "admin", "password": "rehearsal"}),
        )["ARN"]
        number = "00000000-0000-4000-8000-000000000001"
        self.attributes = {
            "Namespace.NamespaceName": self.name,
            "Namespace.NamespaceId": number,
            "Namespace.NamespaceArn": self.arn("redshift-serverless", f"namespace/{number}"),
            "Namespace.AdminPasswordSecretArn": secret,
            "Namespace.DbName": self.properties.get("DbName", "dev"),
        }


class Workgroup(Stub):
    """Redshift Serverless: capacity and network."""

    type = "AWS::RedshiftServerless::Workgroup"
    name_property = "WorkgroupName"
    unproven = "that the work group starts, and is reached from the private subnets alone"

    def create(self) -> None:
        super().create()
        number = "00000000-0000-4000-8000-000000000002"
        host = f"{self.name}.{self.account}.{self.region}.redshift-serverless.amazonaws.com"
        self.attributes = {
            "Workgroup.WorkgroupName": self.name,
            "Workgroup.WorkgroupId": number,
            "Workgroup.WorkgroupArn": self.arn("redshift-serverless", f"workgroup/{number}"),
            "Workgroup.Endpoint.Address": host,
            "Workgroup.Endpoint.Port": 5439,
        }
