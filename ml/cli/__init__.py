"""The command line `leadwise`."""

from ml.cli.app import main

__all__ = ["main"]
