"""A DynamoDB table that costs nothing idle, is encrypted, and can be wound back."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from constructs import Construct


class SecureTable(dynamodb.Table):
    """An on-demand table with a string key, and another beside it where one is asked for.

    Parameters
    ----------
    scope, id
        As of every construct.
    partition_key : str
        Name of its key attribute.
    sort_key : Attribute or None
        By which items of one key are sorted.
    key : IKey
        Encrypts the items.
    removal : RemovalPolicy
        What becomes of it when its stack goes.
    expiry_attribute : str or None
        Attribute with the epoch second after which an item may go.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        partition_key: str,
        key: kms.IKey,
        removal: cdk.RemovalPolicy,
        sort_key: dynamodb.Attribute | None = None,
        expiry_attribute: str | None = None,
    ) -> None:
        super().__init__(
            scope,
            id,
            partition_key=text(partition_key),
            sort_key=sort_key,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=removal is cdk.RemovalPolicy.RETAIN,
            time_to_live_attribute=expiry_attribute,
            removal_policy=removal,
        )


def text(name: str) -> dynamodb.Attribute:
    """A text's attribute."""
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)


def number(name: str) -> dynamodb.Attribute:
    """A number's attribute."""
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.NUMBER)
