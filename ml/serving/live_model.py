"""The model in force: swapped while requests run, kept when its successor is refused."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

from ml.contract.errors import LeadwiseError
from ml.core.scoring import package_sha256
from ml.ports import Deployment, Endpoint
from ml.serving.lead_scorer import LeadScorer, LoadScorer

_LOG = logging.getLogger(__name__)
_SECONDS_BETWEEN_LOOKS = 1.0


@dataclass(frozen=True, kw_only=True)
class LiveScorer:
    """A loaded scorer with the version that it is; a request takes one and keeps it to its end."""

    scorer: LeadScorer
    version: str
    sha256: str


class LiveModel:
    """Holds the scorer in force and follows the endpoint's pointer.

    Parameters
    ----------
    endpoint : Endpoint
        Where packages come into force.
    model : str
        Name of the registered model.
    load : callable
        Builds the scorer of a package.

    Notes
    -----
    `refresh` is for one thread at a time. Replacing `live` is one assignment, so a request
    sees the old scorer or the new one and never a mixture.
    """

    def __init__(self, endpoint: Endpoint, model: str, load: LoadScorer) -> None:
        self._endpoint, self._load = endpoint, load
        self._stamp: str | None = None
        self.model = model
        self.live: LiveScorer | None = None
        self.problem: str | None = f"no package of {model} is deployed; run the pipeline first"

    def refresh(self) -> None:
        """Load the package in force if it is another one; on any trouble keep what serves."""
        try:
            stamp = self._endpoint.stamp(self.model)
            if stamp is None or stamp == self._stamp:
                return
            deployment = self._endpoint.current(self.model)
            if deployment is not None:
                self._swap(deployment)
            self._stamp = stamp
        except Exception as error:  # whatever a broken package does, the last good one serves
            self._keep(error)

    def _swap(self, deployment: Deployment) -> None:
        scorer = self._load(deployment)
        sha256 = package_sha256(deployment.files)
        self.live = LiveScorer(scorer=scorer, version=deployment.version, sha256=sha256)
        self.problem = None
        _LOG.info("now serving %s version %s", self.model, deployment.version)

    def _keep(self, error: Exception) -> None:
        said = str(error) if isinstance(error, LeadwiseError) else type(error).__name__
        kept = f"version {self.live.version} keeps serving" if self.live else "nothing serves"
        problem = f"the newest package of {self.model} was refused: {said}; {kept}"
        if problem != self.problem:  # once, not every second
            _LOG.error("%s", problem, exc_info=not isinstance(error, LeadwiseError))
        self.problem = problem

    @contextlib.asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """Look for another package once a second while the block runs."""
        self.refresh()
        task = asyncio.create_task(self._follow())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
            await asyncio.to_thread(self.refresh)
