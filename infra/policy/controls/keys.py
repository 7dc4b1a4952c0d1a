"""KMS and Secrets Manager."""

from typing import Any

from infra.policy.control import Control
from infra.policy.template import Resource

_KEY = ("AWS::KMS::Key",)
_SECRET = ("AWS::SecretsManager::Secret",)


def _is_closed_key(key: Resource) -> bool:
    return all(
        _is_narrow(statement)
        for statement in key.list("KeyPolicy.Statement")
        if statement["Effect"] == "Allow"
    )


def _is_narrow(statement: dict[str, Any]) -> bool:
    principal = statement["Principal"]
    if principal == "*" or principal.get("AWS") == "*":
        # A service-linked role that AWS has yet to make can only be named in a condition.
        return "aws:PrincipalArn" in statement.get("Condition", {}).get("StringEquals", {})
    if "AWS" in principal:
        return "AWS::AccountId" in str(principal["AWS"])
    return "Condition" in statement


def _rotates(secret: Resource) -> bool:
    schedules = secret.stack.naming(secret, "AWS::SecretsManager::RotationSchedule", "SecretId")
    return (
        any(True for _ in schedules) or secret.body.get("Metadata", {}).get("rotation") is not None
    )


CONTROLS = (
    Control(
        id="KMS.4",
        says="the key rotates",
        types=_KEY,
        holds=lambda r: r.get("EnableKeyRotation") is True,
    ),
    Control(
        id="KMS.5",
        says="the key is open to this account, and to services under a condition only",
        types=_KEY,
        holds=_is_closed_key,
    ),
    Control(
        id="SecretsManager.1",
        says="the secret rotates, or its metadata says how it is renewed",
        types=_SECRET,
        holds=_rotates,
    ),
    Control(
        id="LW.SECRET.1",
        says="the secret is encrypted with our key",
        types=_SECRET,
        holds=lambda r: r.get("KmsKeyId") is not None,
    ),
    Control(
        id="LW.SECRET.2",
        says="the template holds no secret's text",
        types=_SECRET,
        holds=lambda r: r.get("SecretString") is None,
    ),
)
