"""Which source files each runtime receives; read at synth, without Docker or network."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

ROOT = Path(__file__).resolve().parent.parent


def lambda_code() -> lambda_.Code:
    """One package for all Lambdas: their handlers, the light half of ml, and what these import."""
    return lambda_.Code.from_asset(
        str(ROOT),
        exclude=[
            "*",
            "!lambdas",
            "!lambdas/**",
            "!ml",
            "ml/*",
            "!ml/contract",
            "!ml/contract/**",
            "!ml/use_cases",
            "!ml/use_cases/**",
            "!ml/__init__.py",
            "__pycache__",
        ],
        ignore_mode=cdk.IgnoreMode.GIT,
    )
