"""What sections share: sizes, files of synthetic leads, and a home with a served model."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from shutil import rmtree

import pyarrow as pa
from rich.console import Console

from bench.machine import ROOT
from bench.processes import leadwise, work
from ml.bootstrap import laptop
from ml.contract.settings import LaptopSettings
from ml.contract.use_case import UseCase
from ml.core.sample import write_csv
from ml.core.scoring import Scorer
from ml.pipeline import Pipeline
from ml.ports import Runtime
from ml.use_cases import find

USE_CASE = "lead_conversion"
SEED = 1
_LEADS = "LEADWISE_LEADS_CSV"
_BESIDE = ROOT.parent / "shared" / "data" / "Leads.csv"


def real_leads() -> Path | None:
    """The real leads file: named by LEADWISE_LEADS_CSV, else beside the clone, else none."""
    named = os.environ.get(_LEADS)
    file = Path(named) if named else _BESIDE
    return file if file.is_file() else None


def say(text: str) -> None:
    """Tell the person who waits."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def home(path: Path) -> Iterator[Runtime]:
    """A laptop home, without drawing progress."""
    with laptop(LaptopSettings(home=str(path)), Console(quiet=True)) as runtime:
        yield runtime


@dataclass(frozen=True)
class Context:
    """One run of the benchmarks.

    Parameters
    ----------
    scratch : Path
        Folder for everything that is made on the way.
    quick : bool
        Small sizes, to see that everything runs; the figures mean nothing.
    leads : Path or None
        The real leads file.
    """

    scratch: Path
    quick: bool
    leads: Path | None

    @property
    def use_case(self) -> UseCase:
        """The use case that is measured, at its default moment."""
        return find(USE_CASE)

    def size(self, full: int, quick: int) -> int:
        """A size for this run."""
        return quick if self.quick else full

    def csv(self, rows: int, seed: int = SEED) -> Path:
        """Synthetic leads as a file; made once."""
        file = self.scratch / f"leads-{rows}-{seed}.csv"
        if not file.exists():
            say(f"  making {rows:,} synthetic leads")
            with file.open("wb") as stream:
                write_csv(self.use_case, stream, rows=rows, seed=seed)
        return file

    @cached_property
    def trained(self) -> Path:
        """A home whose model learnt from synthetic leads and is deployed."""
        say("  training a model on synthetic leads")
        path = self.scratch / "trained"
        data = self.csv(self.size(9_240, 4_000))
        options = (USE_CASE, "--home", path)
        leadwise("run", *options, "--data", data, "--json", codes=(0, 3))
        if self.quick:  # on few rows a gate may say no
            leadwise("promote", *options, "--force", "--reason", "a smoke run")
        return path

    @cached_property
    def scorer(self) -> Scorer:
        """The deployed scorer of that home."""
        with home(self.trained) as runtime:
            deployment = runtime.endpoint.current(
                self.use_case.model_name(self.use_case.default_moment)
            )
        if deployment is None:
            raise RuntimeError("the model that was trained on synthetic leads was not deployed")
        return Scorer.of(deployment, use_case=self.use_case)

    def clean_file(self, rows: int, seed: int = 3) -> Path:
        """Clean synthetic rows as Parquet; made once."""
        file = self.scratch / f"clean-{rows}-{seed}.parquet"
        if not file.exists():
            where = self.scratch / f"made-{rows}-{seed}"
            work("prepare", self.csv(rows, seed), where, file)
            rmtree(where)
        return file

    def clean(self, source: Path) -> pa.Table:
        """Clean rows of a file, with their outcome."""
        with home(self.scratch / "cleaned") as runtime:
            pipeline = Pipeline(self.use_case, runtime, self.use_case.default_moment)
            return pipeline.clean_table(source)
