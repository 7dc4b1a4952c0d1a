"""A line to MLflow that can be cut: before a call, or after the deed and before the answer."""

from dataclasses import dataclass, field
from typing import Any

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from ml.adapters.mlflow_connection import MlflowConnection


@dataclass
class Line:
    """What happens to calls.

    Parameters
    ----------
    cut : bool
        No call arrives.
    breaks_after : int or None
        So many more calls are answered; the next is done, its answer is lost, and the line is
        cut.
    dies : bool
        The process is killed where the answer is lost.
    calls : list of str
        What was asked.
    """

    cut: bool = False
    breaks_after: int | None = None
    dies: bool = False
    calls: list[str] = field(default_factory=list)

    def through(self, call: str, act: Any, /, *args: Any, **named: Any) -> Any:
        self.calls.append(call)
        if self.cut:
            raise MlflowException("API request failed: connection refused")
        answer = act(*args, **named)
        if self.breaks_after is not None:
            self.breaks_after -= 1
            if self.breaks_after < 0:
                self._break()
        return answer

    def _break(self) -> None:
        self.breaks_after = None
        if self.dies:
            raise KeyboardInterrupt
        self.cut = True
        raise MlflowException("API request failed: the answer was lost")

    def mend(self) -> None:
        self.cut, self.breaks_after = False, None


class _Client:
    """MLflow's client at the end of a line."""

    def __init__(self, client: MlflowClient, line: Line) -> None:
        self._client, self._line = client, line

    def __getattr__(self, name: str) -> Any:
        act = getattr(self._client, name)
        return lambda *args, **named: self._line.through(name, act, *args, **named)


def lay(line: Line, monkeypatch: Any) -> Line:
    """Let every connection to MLflow go through a line."""
    opened = MlflowConnection._opened
    monkeypatch.setattr(
        MlflowConnection, "_opened", lambda connection: _Client(opened(connection), line)
    )
    return line
