"""What the CDK's own Lambdas would do; these are not Python, and not ours."""

from __future__ import annotations

from typing import Any

from rehearsal.cloud.model import Model, Properties

_FRAMEWORK = "USER_ON_EVENT_FUNCTION_ARN"


class RestrictDefaultGroup(Model):
    """Takes the rules out of a VPC's default group; CDK's own Lambda would do it."""

    type = "Custom::VpcRestrictDefaultSG"

    def create(self) -> None:
        ec2, group = self.client("ec2"), self.properties["DefaultSecurityGroupId"]
        found = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
        if found["IpPermissions"]:
            ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=found["IpPermissions"])
        if found["IpPermissionsEgress"]:
            ec2.revoke_security_group_egress(
                GroupId=group, IpPermissions=found["IpPermissionsEgress"]
            )

    def update(self, before: Properties) -> None:
        self.create()

    def delete(self) -> None:
        """The group goes with its VPC."""


class Notifications(Model):
    """What a bucket announces; CDK's own Lambda would say it to S3 in the same words."""

    type = "Custom::S3BucketNotifications"

    def create(self) -> None:
        self.update({})

    def update(self, before: Properties) -> None:
        self._put(self.properties["NotificationConfiguration"])

    def delete(self) -> None:
        self._put({})

    def _put(self, configuration: dict[str, Any]) -> None:
        self.client("s3").put_bucket_notification_configuration(
            Bucket=self.properties["BucketName"], NotificationConfiguration=configuration
        )


class AutoDeleteObjects(Model):
    """Empties a bucket before it goes; CDK's own Lambda would do it."""

    type = "Custom::S3AutoDeleteObjects"

    def create(self) -> None:
        self.ref = self.name

    def update(self, before: Properties) -> None:
        pass

    def delete(self) -> None:
        s3, bucket = self.client("s3"), self.properties["BucketName"]
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for each in page.get("Versions", []) + page.get("DeleteMarkers", []):
                s3.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])
