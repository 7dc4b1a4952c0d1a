"""Synthetic leads with known truth, built around a hidden CRM process.

A lead arrives (origin decides source, the form is hidden, skipped or filled, the website is
visited), its outcome is decided by a latent logit, and only then do agents work it and type what
they know. `tables.json` holds the conditional frequencies; `Scenario` plants what tests look for.
"""

from ml.core.generator.scenario import Scenario
from ml.core.generator.stream import generate_leads
from ml.core.generator.truth import KnownTruth, known_truth

__all__ = ["KnownTruth", "Scenario", "generate_leads", "known_truth"]
