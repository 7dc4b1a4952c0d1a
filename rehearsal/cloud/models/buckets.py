"""S3: buckets, their policies, and what they announce."""

from __future__ import annotations

import json
from typing import Any

from rehearsal.cloud.model import Model, Properties


class Bucket(Model):
    """A bucket with all that the template says about it."""

    type = "AWS::S3::Bucket"
    name_property = "BucketName"
    replaced_by = ("BucketName",)

    def create(self) -> None:
        self.name = self.name.lower()
        s3 = self.client("s3")
        s3.create_bucket(Bucket=self.name, **self._place())
        self._configure()
        self.ref = self.name
        domain = f"{self.name}.s3.{self.region}.amazonaws.com"
        self.attributes = {
            "Arn": f"arn:aws:s3:::{self.name}",
            "DomainName": f"{self.name}.s3.amazonaws.com",
            "RegionalDomainName": domain,
            "DualStackDomainName": f"{self.name}.s3.dualstack.{self.region}.amazonaws.com",
            "WebsiteURL": f"http://{self.name}.s3-website-{self.region}.amazonaws.com",
        }

    def update(self, before: Properties) -> None:
        self._configure()

    def delete(self) -> None:
        self.client("s3").delete_bucket(Bucket=self.name)

    def _place(self) -> dict[str, Any]:
        # S3 knows no location constraint by the name of its oldest region.
        if self.region == "us-east-1":
            return {}
        return {"CreateBucketConfiguration": {"LocationConstraint": self.region}}

    def _configure(self) -> None:
        s3 = self.client("s3")
        for name, put in (
            ("PublicAccessBlockConfiguration", s3.put_public_access_block),
            ("VersioningConfiguration", s3.put_bucket_versioning),
            ("OwnershipControls", s3.put_bucket_ownership_controls),
        ):
            if name in self.properties:
                put(Bucket=self.name, **self.pick(name))
        self._encrypt()
        self._expire()
        self._tag()
        self._log_access()
        self._announce()

    def _encrypt(self) -> None:
        if "BucketEncryption" in self.properties:
            self.client("s3").put_bucket_encryption(
                Bucket=self.name, ServerSideEncryptionConfiguration=_encryption(self.properties)
            )

    def _expire(self) -> None:
        if "LifecycleConfiguration" in self.properties:
            self.client("s3").put_bucket_lifecycle_configuration(
                Bucket=self.name, LifecycleConfiguration={"Rules": _lifecycle(self.properties)}
            )

    def _tag(self) -> None:
        if "Tags" in self.properties:
            tags = {"TagSet": self.properties["Tags"]}
            self.client("s3").put_bucket_tagging(Bucket=self.name, Tagging=tags)

    def _log_access(self) -> None:
        logging = self.properties.get("LoggingConfiguration", {})
        if "DestinationBucketName" in logging:
            target = {
                "TargetBucket": logging["DestinationBucketName"],
                "TargetPrefix": logging.get("LogFilePrefix", ""),
            }
            self.client("s3").put_bucket_logging(
                Bucket=self.name, BucketLoggingStatus={"LoggingEnabled": target}
            )

    def _announce(self) -> None:
        bridge = self.properties.get("NotificationConfiguration", {}).get(
            "EventBridgeConfiguration", {}
        )
        if str(bridge.get("EventBridgeEnabled", bool(bridge))).lower() == "true":
            self.client("s3").put_bucket_notification_configuration(
                Bucket=self.name, NotificationConfiguration={"EventBridgeConfiguration": {}}
            )


class BucketPolicy(Model):
    """Who may do what with a bucket."""

    type = "AWS::S3::BucketPolicy"
    replaced_by = ("Bucket",)

    def create(self) -> None:
        self.ref = self.properties["Bucket"]
        self.update({})

    def update(self, before: Properties) -> None:
        policy = json.dumps(self.properties["PolicyDocument"])
        self.client("s3").put_bucket_policy(Bucket=self.properties["Bucket"], Policy=policy)

    def delete(self) -> None:
        self.client("s3").delete_bucket_policy(Bucket=self.properties["Bucket"])


def _encryption(given: Properties) -> dict[str, Any]:
    rules = given["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    # The API's name of the same thing.
    spelled = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
    return {"Rules": [{spelled.get(k, k): v for k, v in rule.items()} for rule in rules]}


def _lifecycle(given: Properties) -> list[dict[str, Any]]:
    return [_rule(rule) for rule in given["LifecycleConfiguration"]["Rules"]]


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    kept = ("AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration", "Status")
    spelled: dict[str, Any] = {name: rule[name] for name in kept if name in rule}
    spelled |= {"ID": rule.get("Id", "rule"), "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "ExpirationInDays" in rule:
        spelled["Expiration"] = {"Days": rule["ExpirationInDays"]}
    # A transition says Days of the version that counts, NoncurrentDays of those before it.
    for name, days in (("Transitions", "Days"), ("NoncurrentVersionTransitions", "NoncurrentDays")):
        if name in rule:
            spelled[name] = [
                {"StorageClass": each["StorageClass"], days: each["TransitionInDays"]}
                for each in rule[name]
            ]
    return spelled
