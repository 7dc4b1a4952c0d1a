"""KMS and Secrets Manager."""

from __future__ import annotations

import json

from rehearsal.cloud.model import Model, Properties


class Key(Model):
    """A key with its policy and rotation."""

    type = "AWS::KMS::Key"

    def create(self) -> None:
        made = self.client("kms").create_key(
            Policy=json.dumps(self.properties["KeyPolicy"]),
            Tags=[{"TagKey": k, "TagValue": v} for k, v in self.tag_map().items()],
            **self.pick("Description", "KeySpec", "KeyUsage", "MultiRegion", "Origin"),
        )["KeyMetadata"]
        self.ref = made["KeyId"]
        self.attributes = {"Arn": made["Arn"], "KeyId": made["KeyId"]}
        self._rotate()

    def update(self, before: Properties) -> None:
        self.client("kms").put_key_policy(
            KeyId=self.ref, PolicyName="default", Policy=json.dumps(self.properties["KeyPolicy"])
        )
        self._rotate()

    def delete(self) -> None:
        self.client("kms").schedule_key_deletion(KeyId=self.ref, PendingWindowInDays=7)

    def _rotate(self) -> None:
        if self.properties.get("EnableKeyRotation"):
            self.client("kms").enable_key_rotation(
                KeyId=self.ref, **self.pick("RotationPeriodInDays")
            )
        else:
            self.client("kms").disable_key_rotation(KeyId=self.ref)


class Secret(Model):
    """A secret, with a generated value where the template asks for one."""

    type = "AWS::SecretsManager::Secret"
    name_property = "Name"

    def create(self) -> None:
        made = self.client("secretsmanager").create_secret(
            Name=self.name,
            SecretString=self._value(),
            Tags=self.properties.get("Tags", []),
            **self.pick("Description", "KmsKeyId"),
        )
        self.ref = made["ARN"]
        self.attributes = {"Id": self.ref}

    def update(self, before: Properties) -> None:
        self.client("secretsmanager").update_secret(
            SecretId=self.ref, **self.pick("Description", "KmsKeyId", "SecretString")
        )

    def delete(self) -> None:
        self.client("secretsmanager").delete_secret(
            SecretId=self.ref, ForceDeleteWithoutRecovery=True
        )

    def _value(self) -> str:
        if "SecretString" in self.properties:
            return str(self.properties["SecretString"])
        wish = dict(self.properties.get("GenerateSecretString", {}))
        template = json.loads(wish.pop("SecretStringTemplate", "{}"))
        key = wish.pop("GenerateStringKey", None)
        password = self.client("secretsmanager").get_random_password(**wish)["RandomPassword"]
        return json.dumps(template | {key: password}) if key else str(password)
