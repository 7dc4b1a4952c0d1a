"""Secrets as Secrets Manager holds them at this moment."""

import json
from typing import NamedTuple

import boto3
from botocore.config import Config

_PATIENCE = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 4})


class Login(NamedTuple):
    """User name and password of a database or of MLflow."""

    username: str
    password: str


def login(arn: str) -> Login:
    """The current value of a secret that holds ``username`` and ``password``."""
    client = boto3.client("secretsmanager", config=_PATIENCE)
    value = json.loads(client.get_secret_value(SecretId=arn)["SecretString"])
    return Login(value["username"], value["password"])
