"""The model in force: swapped while requests run, kept when its successor is refused."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from ml.contract.alerts import AlertRule, AlertSeverity
from ml.contract.errors import LeadwiseError, UntrustedPackage
from ml.contract.messages import Alert
from ml.core.scoring import package_sha256
from ml.ports import Alerts, Deployment, Endpoint
from ml.serving.lead_scorer import LeadScorer, LoadScorer

_LOG = logging.getLogger(__name__)
#: A look is one question for a file's time.
_SECONDS_BETWEEN_LOOKS = 0.25
_NEXT = "Next: `leadwise doctor` says where packages are looked for and what is wrong with them."
#: A store that does not answer delays the start by no more; then the last good package serves.
_START_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class LiveScorer:
    """A loaded scorer with the version that it is; a request takes one and keeps it to its end."""

    scorer: LeadScorer
    version: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Packages:
    """Where the packages of a server come from.

    Parameters
    ----------
    endpoint : Endpoint
        Where packages come into force; asked four times a second.
    load : callable
        Builds a scorer from a deployment; what it refuses never serves.
    last_good : Endpoint, optional
        Keeps the package that served last, for a start without the endpoint.
    alerts : Alerts, optional
        Hears once of an endpoint that is away and of a package that is refused.
    deliver : callable, optional
        Hands over what people were not told yet; called every few seconds.
    """

    endpoint: Endpoint
    load: LoadScorer
    last_good: Endpoint | None = None
    alerts: Alerts | None = None
    deliver: Callable[[], object] | None = None


#: Is told which scorer serves now, and which did before.
Swapped = Callable[[LiveScorer, LiveScorer | None], None]


class LiveModel:
    """Holds the scorer in force and follows the endpoint's pointer.

    Parameters
    ----------
    packages : Packages
    model : str
        Name of the registered model.

    Notes
    -----
    `refresh` is for one thread at a time. Replacing `live` is one assignment, so a request
    sees the old scorer or the new one and never a mixture.
    """

    def __init__(self, packages: Packages, model: str) -> None:
        self._endpoint, self._load = packages.endpoint, packages.load
        self._last_good, self._alerts = packages.last_good, packages.alerts
        self._stamp: str | None = None
        self.model = model
        self.live: LiveScorer | None = None
        self._nothing = f"no package of {model} is deployed; run the pipeline first"
        self.problem: str | None = self._nothing
        #: Why the endpoint cannot be asked; None while it answers.
        self.stale: str | None = None
        self._found_once = False
        self.swapped: list[Swapped] = []

    def refresh(self) -> None:
        """Load the package in force if it is another one; on any trouble keep what serves."""
        try:
            stamp = self._endpoint.stamp(self.model)
            deployment = None if stamp == self._stamp else self._endpoint.current(self.model)
        except UntrustedPackage as error:
            self._keep(error)
            self._stamp = None  # what is there next is read, be it what served before
        except Exception as error:  # whatever keeps the endpoint away, the last good one serves
            self._miss(error)
        else:
            self._found()
            if deployment is not None:
                self._try(deployment)
            self._stamp = stamp

    def _try(self, deployment: Deployment) -> None:
        try:
            self._swap(deployment)
        except Exception as error:  # whatever a broken package does, the last good one serves
            self._keep(error)
        else:
            self.problem = None
            self._over(AlertRule.PACKAGE_REFUSED)
            self._remember(deployment)

    def _swap(self, deployment: Deployment) -> None:
        scorer = self._load(deployment)
        sha256 = package_sha256(deployment.files)
        before = self.live
        self.live = LiveScorer(scorer=scorer, version=deployment.version, sha256=sha256)
        for swapped in self.swapped:
            swapped(self.live, before)
        _LOG.info("now serving %s version %s", self.model, deployment.version)

    def _remember(self, deployment: Deployment) -> None:
        """Keep a copy of what serves; that it cannot be kept is no reason not to serve."""
        if self._last_good is None:
            return
        try:
            kept = self._last_good.current(self.model)
            if kept is None or kept.files != deployment.files:
                self._last_good.deploy(deployment)
        except Exception:  # a full disk, say
            _LOG.warning("no copy of version %s was kept", deployment.version, exc_info=True)

    def _recall(self) -> None:
        """Serve the package that served last, if nothing serves."""
        if self.live is not None or self._last_good is None:
            return
        try:
            kept = self._last_good.current(self.model)
            if kept is not None:
                self._swap(kept)
        except Exception:  # then nothing serves, as before the look
            _LOG.warning("the copy of what served last is of no use either", exc_info=True)

    def _keep(self, error: Exception) -> None:
        self._recall()
        said = str(error) if isinstance(error, LeadwiseError) else type(error).__name__
        problem = f"the newest package of {self.model} was refused: {said}; {self._kept()}"
        if problem != self.problem:  # once, not at every look
            _LOG.error("%s", problem, exc_info=not isinstance(error, LeadwiseError))
            self._alert(AlertRule.PACKAGE_REFUSED, AlertSeverity.CRITICAL, f"{problem}. {_NEXT}")
        self.problem = problem

    def _miss(self, error: Exception) -> None:
        self._recall()
        said = str(error) if isinstance(error, LeadwiseError) else type(error).__name__
        if self.stale is None:  # once, not at every look
            says = f"Its packages cannot be looked up: {said}; {self._kept()}. {_NEXT}"
            self._alert(AlertRule.REGISTRY_AWAY, AlertSeverity.WARNING, says)
        self.stale = said
        if self.live is None:
            self.problem = f"the registry of {self.model} is away: {said}; {self._kept()}"

    def _found(self) -> None:
        if self.stale is not None:
            self.problem = self.problem if self.live else self._nothing
        # At the first look too: a server that has ended may have told that it was away.
        if self.stale is not None or not self._found_once:
            self._over(AlertRule.REGISTRY_AWAY)
        self.stale, self._found_once = None, True

    def _kept(self) -> str:
        return f"version {self.live.version} keeps serving" if self.live else "nothing serves"

    def _alert(self, rule: AlertRule, severity: AlertSeverity, says: str) -> None:
        if self._alerts is not None:
            self._alerts.send(Alert.began(rule, self.model, severity, says))

    def _over(self, rule: AlertRule) -> None:
        if self._alerts is not None:
            self._alerts.send(Alert.ended(rule, self.model, f"{self._kept()}."))

    @contextlib.asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """Look for another package four times a second while the block runs.

        The thread is a daemon: an endpoint that never answers holds up neither start nor end.
        """
        looked, stop = threading.Event(), threading.Event()
        threading.Thread(target=self._follow, args=(looked, stop), daemon=True).start()
        if not await asyncio.to_thread(looked.wait, _START_SECONDS):
            self._miss(TimeoutError(f"no answer within {_START_SECONDS:g} s"))
        try:
            yield
        finally:
            stop.set()

    def _follow(self, looked: threading.Event, stop: threading.Event) -> None:
        while not stop.is_set():
            self.refresh()
            looked.set()
            stop.wait(_SECONDS_BETWEEN_LOOKS)
