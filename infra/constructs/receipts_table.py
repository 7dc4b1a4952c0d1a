"""Where the console keeps receipts of scores, feedback, and answers under their keys."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.constructs.table import SecureTable, text
from ml.contract.cloud_settings import TABLE_EXPIRY
from ml.contract.places import BY_TIME, DIGEST, ENTRY, HOLDER, PIECES, SHELF, SINCE


class ReceiptsTable(SecureTable):
    """A table of items that go when their days are over, and an index of them by time.

    Parameters
    ----------
    scope, id
        As of every construct.
    key : IKey
        Encrypts the items.
    removal : RemovalPolicy
        What becomes of it when its stack goes.
    """

    def __init__(
        self, scope: Construct, id: str, *, key: kms.IKey, removal: cdk.RemovalPolicy
    ) -> None:
        super().__init__(
            scope,
            id,
            partition_key=HOLDER,
            sort_key=text(ENTRY),
            key=key,
            removal=removal,
            expiry_attribute=TABLE_EXPIRY,
        )
        self.add_global_secondary_index(
            index_name=BY_TIME,
            partition_key=text(SHELF),
            sort_key=text(SINCE),
            # Where records lie and no more: an index that held them would cost as much again.
            projection_type=dynamodb.ProjectionType.INCLUDE,
            non_key_attributes=[PIECES, DIGEST],
        )

    def let_keep(self, role: iam.Role) -> None:
        """Let a role write, read and forget: no scan, and no other table."""
        items = ["dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:PutItem"]
        role.add_to_policy(iam.PolicyStatement(actions=items, resources=[self.table_arn]))
        listed = [self.table_arn, f"{self.table_arn}/index/{BY_TIME}"]
        role.add_to_policy(iam.PolicyStatement(actions=["dynamodb:Query"], resources=listed))
