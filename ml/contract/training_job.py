"""A training container as SageMaker starts it: where things lie, and what it may be told.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from ml.contract.errors import UnknownName, UsageError
from ml.contract.names import PRODUCT
from ml.contract.settings import Settings


class Where(StrEnum):
    """Whose machine trains."""

    LAPTOP = "laptop"
    SAGEMAKER = "sagemaker"


#: The only channel: one file of leads, or a folder whose last file by name counts.
CHANNEL = "training"
#: What a finished job tells: which version it registered, and the verdict on it.
RECORD_FILE = "trained.json"
#: The longest reason that SageMaker keeps of a failure, in characters.
LONGEST_REASON = 1_024
_LONGEST_NAME = 63


@dataclass(frozen=True, kw_only=True)
class TrainSettings(Settings):
    """Of the container of a training job.

    Parameters
    ----------
    use_case : str
        Whose model is trained.
    ml_folder : str, default='/opt/ml'
        Below which SageMaker lays out everything.
    mlflow_uri, mlflow_secret : str, default=''
        As of `MlflowClientSettings`; without them the model is registered nowhere else than in
        what the job leaves.
    ledger_table : str, default=''
        DynamoDB table of the ledger; without it the training is told nowhere.
    who : str, default='sagemaker'
        Who the ledger names.
    """

    use_case: str
    ml_folder: str = "/opt/ml"
    mlflow_uri: str = ""
    mlflow_secret: str = ""
    ledger_table: str = ""
    who: str = "sagemaker"

    @property
    def hyperparameters(self) -> Path:
        """A JSON object of texts; absent where there are none."""
        return Path(self.ml_folder, "input", "config", "hyperparameters.json")

    @property
    def channel(self) -> Path:
        """The file to learn from."""
        return Path(self.ml_folder, "input", "data", CHANNEL)

    @property
    def model(self) -> Path:
        """What lies here at the end becomes `model.tar.gz`."""
        return Path(self.ml_folder, "model")

    @property
    def record(self) -> Path:
        """All of this folder becomes `output.tar.gz`."""
        return Path(self.ml_folder, "output", "data", RECORD_FILE)

    @property
    def failure(self) -> Path:
        """The first characters become the job's `FailureReason`."""
        return Path(self.ml_folder, "output", "failure")


@dataclass(frozen=True, kw_only=True)
class Hyperparameters:
    """What one training job is told; SageMaker hands each on as a text.

    Parameters
    ----------
    moment : str, default=''
        Scoring moment; the use case's default where empty.
    seed : int, default=0
        Of all randomness.
    families : str, default=''
        Families of models to try, with commas between them; all where empty.
    trials : int or None, default=None
        Configurations to try in all; None for what the use case says.

    Examples
    --------
    >>> Hyperparameters.of({"seed": "7"}).to_texts()
    {'seed': '7'}
    """

    moment: str = ""
    seed: int = 0
    families: str = ""
    trials: int | None = None

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise UsageError(f"hyperparameter seed is {self.seed}; expected 0 or more")

    def to_texts(self) -> dict[str, str]:
        """Those that differ from their default."""
        given = {field: getattr(self, field.name) for field in fields(self)}
        return {field.name: str(value) for field, value in given.items() if value != field.default}

    @classmethod
    def of(cls, texts: Mapping[str, object]) -> Hyperparameters:
        """Hyperparameters of SageMaker's texts.

        Raises
        ------
        UnknownName
            If one is not among ours.
        UsageError
            If one is no number where a number is expected.
        """
        known = [field.name for field in fields(cls)]
        for name in texts:
            if name not in known:
                raise UnknownName("hyperparameter", name, known)
        words = {name: str(texts.get(name, "")) for name in ("moment", "families")}
        trials = _whole("trials", texts["trials"]) if "trials" in texts else None
        return cls(**words, seed=_whole("seed", texts.get("seed", 0)), trials=trials)


def job_name(use_case: str, moment: str, at: datetime) -> str:
    """A name that SageMaker takes, and that nobody else has in the same second.

    Examples
    --------
    >>> job_name("lead_conversion", "arrival", datetime(2026, 3, 1, 9, 30))
    'leadwise-lead-conversion-arrival-20260301-093000'
    """
    stem = f"{PRODUCT}-{use_case}-{moment}".replace("_", "-")
    when = f"-{at:%Y%m%d-%H%M%S}"
    return stem[: _LONGEST_NAME - len(when)] + when


def _whole(name: str, text: object) -> int:
    try:
        return int(str(text))
    except ValueError:
        raise UsageError(f"hyperparameter {name} is {text!r}; expected a whole number") from None
