"""CloudFormation types that moto lacks, or models less of than its own service offers."""

import importlib
import pkgutil


def load() -> None:
    """Import every module here: a model is known once its class exists."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
