"""Homes and lead files for runs of the whole pipeline."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from ml.bootstrap import laptop
from ml.contract.candidates import Candidate, Search
from ml.contract.names import Estimator
from ml.contract.settings import LaptopSettings
from ml.core.sample import write_csv
from ml.use_cases.lead_conversion import LEAD_CONVERSION

#: Two quick families; the mechanism is the same for all.
QUICK = replace(
    LEAD_CONVERSION,
    candidates=(
        Candidate(estimator=Estimator.LOGISTIC_REGRESSION),
        Candidate(
            estimator=Estimator.LIGHTGBM, params=(("n_estimators", 40), ("learning_rate", 0.1))
        ),
    ),
    search=Search(trials=2, folds=2),
)


@pytest.fixture(scope="session")
def leads(tmp_path_factory):
    file = tmp_path_factory.mktemp("leads") / "leads.csv"
    with file.open("wb") as stream:
        write_csv(QUICK, stream, rows=4_000, seed=3)
    return file


@pytest.fixture
def open_home(tmp_path):
    """Open a home as a command does; call it again to open the same one as a later command."""

    def opened(name="home", **settings):
        return laptop(LaptopSettings(home=str(tmp_path / name), **settings), Console(stderr=True))

    return opened


@pytest.fixture
def orders(tmp_path):
    """Orders whose stars fall with every day that they come late."""
    rng = np.random.default_rng(5)
    rows = 2_000
    late = rng.integers(-10, 20, rows)
    stars = np.clip(np.round(4.6 - np.maximum(late, 0) * 0.25 + rng.normal(0, 0.6, rows)), 1, 5)
    days = [datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=int(n) // 20) for n in range(rows)]
    frame = pd.DataFrame(
        {
            "Order": [f"o{n:05d}" for n in range(rows)],
            "Ordered On": [f"{day:%Y-%m-%d}" for day in days],
            "State": rng.choice(["SP", "RJ", "São Paulo interior"], rows),
            "Price": rng.lognormal(4, 1, rows).round(2),
            "Days Late": late,
            "Gift": rng.choice(["Yes", "No"], rows),
            "Stars": stars.astype(int),
        }
    )
    file = tmp_path / "orders.csv"
    frame.to_csv(file, index=False)
    return file


@pytest.fixture
def second_use_case(tmp_path, monkeypatch):
    """One new file beside the use cases, and nothing else."""
    import ml.use_cases

    folder = tmp_path / "use_cases"
    folder.mkdir()
    shutil.copy(Path(__file__).parents[1] / "support" / "order_rating.py", folder)
    monkeypatch.setattr(ml.use_cases, "__path__", [*ml.use_cases.__path__, str(folder)])
    yield "order_rating"
    import sys

    sys.modules.pop("ml.use_cases.order_rating", None)
