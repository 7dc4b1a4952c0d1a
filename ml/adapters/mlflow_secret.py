"""MLflow's user name and password, from a secret."""

from __future__ import annotations

import json
import os
from typing import Any

from ml.adapters.aws_faults import aws_faults


def sign_in(secret: str) -> None:
    """Let MLflow's client sign in with the user name and password of a secret.

    Parameters
    ----------
    secret : str
        ARN of a secret with ``username`` and ``password``.

    Raises
    ------
    DependencyUnavailable
        If Secrets Manager is away or refuses.
    """
    import boto3

    with aws_faults(f"MLflow's secret {secret!r}"):
        answer = boto3.client("secretsmanager").get_secret_value(SecretId=secret)
    words: dict[str, Any] = json.loads(answer["SecretString"])
    os.environ["MLFLOW_TRACKING_USERNAME"] = words["username"]
    os.environ["MLFLOW_TRACKING_PASSWORD"] = words["password"]
