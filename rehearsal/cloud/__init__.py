"""The cloud of the rehearsal: moto, with CloudFormation models of our own."""

import importlib
import pkgutil

_NOT_MODELS = {"engine", "lambda_main", "lambda_runtime", "model", "redshift", "server", "wiring"}


def load() -> None:
    """Import every module of models: a model is known once its class exists."""
    for module in pkgutil.iter_modules(__path__):
        if module.name not in _NOT_MODELS:
            importlib.import_module(f"{__name__}.{module.name}")
