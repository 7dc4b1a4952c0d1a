"""A registry that cannot be reached from here: whoever asks it hears why."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from ml.contract.errors import DependencyUnavailable
from ml.contract.names import Alias
from ml.ports import ANYTHING, ModelVersion, Run


class AbsentRegistry:
    """Answers nothing, so that nobody takes silence for an empty registry.

    Parameters
    ----------
    why : str
        With the next move.
    """

    def __init__(self, why: str) -> None:
        self._why = why

    def register(
        self,
        model: str,
        *,
        run: Run,
        package: Path,
        pipeline: Any,
        example: Any,
        tags: Mapping[str, str],
    ) -> ModelVersion:
        """Refuse it."""
        self._refuse()

    def get(self, model: str, version: str) -> ModelVersion | None:
        """Refuse it."""
        self._refuse()

    def aliased(self, model: str, alias: Alias) -> ModelVersion | None:
        """Refuse it."""
        self._refuse()

    def point(
        self, model: str, alias: Alias, version: str, *, expected: str | None = ANYTHING
    ) -> None:
        """Refuse it."""
        self._refuse()

    def tag(self, model: str, version: str, name: str, value: str) -> None:
        """Refuse it."""
        self._refuse()

    def package(self, version: ModelVersion) -> dict[str, bytes]:
        """Refuse it."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise DependencyUnavailable(self._why)
