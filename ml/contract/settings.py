"""Settings of a runtime: its environment variables exist only inside these values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import ClassVar, Self

from ml.contract.errors import InvalidSettings, UnknownName
from ml.contract.names import EngineName


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Base of all settings: a frozen value that goes to and comes from environment variables.

    Examples
    --------
    >>> settings = ServeSettings(home="/var/leadwise", use_case="lead_conversion", moment="engaged")
    >>> ServeSettings.from_env(settings.to_env()) == settings
    True
    """

    prefix: ClassVar[str] = "LEADWISE_"

    def to_env(self) -> dict[str, str]:
        """Environment variables that `from_env` reads back to an equal value."""
        return {self.variable(field.name): str(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Settings from environment variables.

        Raises
        ------
        InvalidSettings
            Naming every variable that is missing, or the one that cannot be read.
        """
        required = [f.name for f in fields(cls) if f.default is MISSING]
        missing = [cls.variable(name) for name in required if cls.variable(name) not in env]
        if missing:
            raise InvalidSettings(
                f"{cls.__name__} needs {', '.join(missing)}; "
                "whoever starts it sets them from to_env()"
            )
        given = {
            f.name: (f.type, env[cls.variable(f.name)])
            for f in fields(cls)
            if cls.variable(f.name) in env
        }
        return cls(
            **{name: cls._read(name, str(kind), text) for name, (kind, text) in given.items()}
        )

    @classmethod
    def variable(cls, field: str) -> str:
        """Environment variable of a field."""
        return cls.prefix + field.upper()

    @classmethod
    def _read(cls, name: str, kind: str, text: str) -> str | int:
        if kind != "int":
            return text
        try:
            return int(text)
        except ValueError:
            raise InvalidSettings(
                f"{cls.variable(name)} is {text!r}; expected a whole number"
            ) from None


@dataclass(frozen=True, kw_only=True)
class LaptopSettings(Settings):
    """Where the laptop home lives and how long a second process waits for it.

    Parameters
    ----------
    home : str, default='.leadwise'
        Directory that holds everything; deleting it forgets everything.
    lock_seconds : int, default=120
        How long a second process waits for the first before it gives up.
    mlflow_uri : str, default=''
        Tracking server; empty for the home's own.
    engine : str, default='duckdb'
        What runs SQL over files, an `EngineName`.
    spark_python : str, default=''
        Python of the environment that holds Spark; empty for `.venv-spark` beside our own.
    who : str, default=''
        Who the ledger names; empty for the user of this machine.
    """

    home: str = ".leadwise"
    lock_seconds: int = 120
    mlflow_uri: str = ""
    engine: str = EngineName.DUCKDB.value
    spark_python: str = ""
    who: str = ""

    def __post_init__(self) -> None:
        if not self.home:
            raise InvalidSettings("home is empty; expected a directory such as .leadwise")
        if self.lock_seconds < 0:
            raise InvalidSettings(f"lock_seconds is {self.lock_seconds}; expected 0 or more")
        if self.engine not in set(EngineName):
            raise UnknownName("engine", self.engine, EngineName)

    @property
    def path(self) -> Path:
        """The home as an absolute path."""
        return Path(self.home).expanduser().absolute()


@dataclass(frozen=True, kw_only=True)
class ServeSettings(Settings):
    """What a serving process needs; worker processes read it from their environment.

    Parameters
    ----------
    home, use_case, moment : str
        Which scorer to serve, and the home that holds it.
    upload_megabytes : int, default=100
        Largest file that the page accepts.
    upload_rows : int, default=250000
        Most rows of a file that the page accepts.
    jobs_at_once : int, default=1
        Files that each worker process scores at the same time; each takes a core and memory. 0
        leaves them to others.
    result_days : int, default=30
        How long scored files are kept; they hold people's data.
    receipts_days : int, default=180
        How long receipts of scores, and what people say of them, are kept.
    receipts_waiting : int, default=50000
        Receipts that each worker process holds while their store is away; more are dropped. 0
        takes none at all.
    """

    home: str
    use_case: str
    moment: str
    upload_megabytes: int = 100
    upload_rows: int = 250_000
    jobs_at_once: int = 1
    result_days: int = 30
    receipts_days: int = 180
    receipts_waiting: int = 50_000

    def __post_init__(self) -> None:
        least = {
            "upload_megabytes": 1, "upload_rows": 1, "jobs_at_once": 0, "result_days": 1,
            "receipts_days": 1, "receipts_waiting": 0,
        }  # fmt: skip
        for name, bound in least.items():
            if (seen := getattr(self, name)) < bound:
                raise InvalidSettings(f"{name} is {seen}; expected {bound} or more")
