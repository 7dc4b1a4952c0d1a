"""What tests need beyond Python: found on the machine, else installed, else a clear failure."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
