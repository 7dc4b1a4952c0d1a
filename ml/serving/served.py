"""What every part of the application is built from, and how long its parts live."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from ml.contract.moments import Moment
from ml.contract.requests.lead_requests import LeadReader
from ml.contract.settings import ServeSettings
from ml.contract.use_case import UseCase
from ml.serving.keeping import Keeping
from ml.serving.live_model import LiveModel
from ml.serving.metrics import Metrics
from ml.serving.templating import Templates

#: Work that begins with a worker process and ends with it.
Lifetime = Callable[[], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, kw_only=True)
class Served:
    """What the routes of one worker process share.

    Parameters
    ----------
    use_case : UseCase
    moment : Moment
    settings : ServeSettings
    model : LiveModel
    metrics : Metrics
    reader : LeadReader
    templates : Templates
    keeping : Keeping
        Receipts of scores, feedback, and answers under their keys.
    lifetimes : list of callable
        A part that works beside the requests adds its own; the last one ends first.
    paths, schemas : dict
        What the API's description says; each part adds its own routes, see `ml.serving.openapi`.
    """

    use_case: UseCase
    moment: Moment
    settings: ServeSettings
    model: LiveModel
    metrics: Metrics
    reader: LeadReader
    templates: Templates
    keeping: Keeping
    lifetimes: list[Lifetime] = field(default_factory=list)
    paths: dict[str, Any] = field(default_factory=dict)
    schemas: dict[str, Any] = field(default_factory=dict)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """All lifetimes, for as long as the block runs."""
        async with contextlib.AsyncExitStack() as stack:
            for lifetime in self.lifetimes:
                await stack.enter_async_context(lifetime())
            yield
