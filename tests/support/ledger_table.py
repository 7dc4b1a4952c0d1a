"""The keys of the ledger's table in DynamoDB."""

from ml.contract.places import LEDGER_MODEL, LEDGER_NUMBER

KEYS = {LEDGER_MODEL: ("HASH", "S"), LEDGER_NUMBER: ("RANGE", "N")}

#: As `create_table` takes them.
TABLE = {
    "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, (kind, _) in KEYS.items()],
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": of} for name, (_, of) in KEYS.items()
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
