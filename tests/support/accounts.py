"""Tests never meet a real AWS account."""

import os

NO_ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


def forget_accounts() -> None:
    """Make sure that no test ever signs in to a real account."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        if name != "AWS_CA_BUNDLE":
            del os.environ[name]
    os.environ.update(NO_ACCOUNT)
