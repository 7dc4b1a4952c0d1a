"""A home with two registered versions whose every change of the outer world can be made to fail."""

import copy
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from ml.adapters.local_endpoint import LocalEndpoint
from ml.adapters.sqlite_ledger import SqliteLedger
from ml.contract.errors import StaleAlias
from ml.contract.moments import ARRIVAL
from ml.contract.names import Alias
from ml.contract.records import Verdict
from ml.core.scoring import package_sha256
from ml.ports import ANYTHING, ModelVersion, Runtime
from tests.support.training import VISITS, mislabelled, packaged, visits
from tests.support.watching import Told, home_of

MODEL = VISITS.model_name(ARRIVAL)


@dataclass
class MemoryRegistry:
    """Versions and aliases in memory, as quick as a hundred crashes need."""

    packages: dict[str, dict[str, bytes]]
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    aliases: dict[Alias, str] = field(default_factory=dict)

    def get(self, model: str, version: str) -> ModelVersion | None:
        if version not in self.packages:
            return None
        tags = {"package_sha256": package_sha256(self.packages[version])}
        tags |= self.tags.get(version, {})
        return ModelVersion(model=model, version=version, run_id="", tags=tags)

    def aliased(self, model: str, alias: Alias) -> ModelVersion | None:
        return self.get(model, self.aliases[alias]) if alias in self.aliases else None

    def point(
        self, model: str, alias: Alias, version: str, *, expected: str | None = ANYTHING
    ) -> None:
        now = self.aliases.get(alias)
        if expected not in (ANYTHING, now):
            raise StaleAlias(model, alias, expected, now)
        self.aliases[alias] = version

    def tag(self, model: str, version: str, name: str, value: str) -> None:
        self.tags.setdefault(version, {})[name] = value

    def package(self, version: ModelVersion) -> dict[str, bytes]:
        return self.packages[version.version]


@cache
def _packages() -> dict[str, dict[str, bytes]]:
    rows = visits(seed=8)
    made = (packaged(mislabelled(rows, share)) for share in (0.5, 0.0, 0.9))
    return {str(number): files for number, (_, _, files) in enumerate(made, 1)}


@dataclass(frozen=True)
class ServingHome:
    """Ledger, registry and endpoint, all of which outlive a command that is killed."""

    folder: Path
    runtime: Runtime
    registry: MemoryRegistry
    ledger: SqliteLedger
    endpoint: LocalEndpoint
    told: Told

    def copy(self, folder: Path) -> "ServingHome":
        """The same home elsewhere."""
        shutil.copytree(self.folder, folder)
        return _home(folder, copy.deepcopy(self.registry))

    @property
    def champion(self) -> str | None:
        return self.registry.aliases.get(Alias.CHAMPION)

    @property
    def previous(self) -> str | None:
        return self.registry.aliases.get(Alias.PREVIOUS)

    @property
    def served(self) -> str | None:
        found = self.endpoint.current(MODEL)
        return found.version if found else None


def serving_home(folder: Path) -> ServingHome:
    """A home with three registered versions, none of them promoted."""
    return _home(folder, MemoryRegistry(dict(_packages())))


def _home(folder: Path, registry: MemoryRegistry) -> ServingHome:
    told = Told()
    runtime = replace(home_of(folder, told), registry=registry)
    return ServingHome(folder, runtime, registry, runtime.ledger, runtime.endpoint, told)


def approved(version: str, champion: str | None) -> Verdict:
    """A verdict that lets a version become champion."""
    return Verdict(
        model=MODEL, version=version, champion=champion, approved=True, metrics={}, intervals={},
        gates=(), reason="better",
    )  # fmt: skip


class Crash(BaseException):
    """The process is gone: nobody catches this."""


class Failing:
    """Adapters of a runtime that raise at their n-th call together, before or after its effect."""

    def __init__(self, error: Callable[[], BaseException], at: int, *, after: bool) -> None:
        self._error, self._at, self._after = error, at, after
        self.calls: list[str] = []

    def wrap(self, runtime: Runtime) -> Runtime:
        """The runtime with such adapters."""
        named = ("registry", "endpoint", "ledger")
        return replace(runtime, **{name: _Proxy(self, getattr(runtime, name)) for name in named})

    def call(self, method: Callable[..., Any], *args: Any, **words: Any) -> Any:
        self.calls.append(method.__name__)
        now = len(self.calls) == self._at
        if now and not self._after:
            raise self._error()
        answer = method(*args, **words)
        if now:
            raise self._error()
        return answer


class _Proxy:
    def __init__(self, failing: Failing, adapter: Any) -> None:
        self._failing, self._adapter = failing, adapter

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._adapter, name)
        return lambda *args, **words: self._failing.call(method, *args, **words)
