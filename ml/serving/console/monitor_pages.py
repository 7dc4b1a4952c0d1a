"""The pages Monitor, Drift and Investigate: what was seen, of what, and what is at its root."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ml.contract.access import Role
from ml.contract.errors import LeadwiseError, UnknownName, UsageError
from ml.contract.incidents import LONGEST_WHY
from ml.contract.investigation import Layer
from ml.contract.records import WatchRecord
from ml.contract.requests.problems import Problem
from ml.contract.watching import Watched
from ml.serving.access.callers import caller_of, require
from ml.serving.bodies import read_form
from ml.serving.console.drift_view import column_views, look_at, over_time
from ml.serving.console.monitoring import Monitor
from ml.serving.console.part_health import health
from ml.serving.console.score_shapes import (
    calibration,
    calibration_line,
    conversion_by_band,
    revenue_by_band,
    score_chart,
)
from ml.serving.console.service_figures import ServiceFigures, service_figures, service_signals
from ml.serving.console.watch_times import watched_at
from ml.serving.served import Served

_FORM_BYTES = 4_000
_DECISIONS_SHOWN, _INCIDENTS_SHOWN, _LOOKS_SHOWN = 10, 20, 50
#: Side of the drawing of calibration, in units of its own.
CALIBRATION_SIZE = 100
#: Evidently's page runs scripts of its own: it is for the reader's disk, not for this site.
_REPORT_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; sandbox"


class MonitorPages:
    """Looks at what was watched, decided and found.

    Parameters
    ----------
    served : Served
    monitor : Monitor
    """

    def __init__(self, served: Served, monitor: Monitor) -> None:
        self._served, self._monitor = served, monitor
        self._since = datetime.now(UTC)

    def monitor(self, request: Request) -> Response:
        """Answer `GET /monitor`."""
        use_case, seen = self._served.use_case, self._monitor.seen()
        drift, figures = use_case.drift, self._figures()
        scored = next((one for one in seen.watches if one.scores), None)
        business = _newest(seen.watches, Watched.BUSINESS)
        told = calibration(business)
        return self._served.templates.page(
            "monitor.html",
            seen=seen,
            commands=self._monitor.commands,
            parts=self._health(seen.watches, figures),
            shares=over_time(seen.watches, "drifted_share", bound=drift.drifted_share, share=True),
            predictions=over_time(seen.watches, "prediction_psi", bound=drift.prediction_psi_alarm),
            scores=score_chart(scored.scores) if scored else None,
            scored_at=watched_at(scored) if scored else None,
            conversions=conversion_by_band(business, use_case.bands),
            revenues=revenue_by_band(business, use_case.bands),
            calibration=told,
            calibration_line=calibration_line(told, size=CALIBRATION_SIZE),
            judged_at=watched_at(business) if business else None,
            figures=figures if _operates(request) else None,
            operator=_operates(request),
            closed="closed" in request.query_params,
            decisions_shown=_DECISIONS_SHOWN,
            incidents_shown=_INCIDENTS_SHOWN,
        )

    def ask_close(self, request: Request) -> Response:
        """Answer `GET /monitor/close`: which alert, and why."""
        require(request, Role.OPERATOR)
        number = request.query_params.get("incident", "")
        incidents = self._monitor.seen().incidents or ()
        found = [one for one in incidents if str(one.number) == number and one.is_open]
        if not found:
            raise Problem(404, f"alert {number[:20]!r} is not open; see the page Monitor")
        return self._served.templates.page("close.html", alert=found[0], longest=LONGEST_WHY)

    async def close(self, request: Request) -> Response:
        """Answer `POST /monitor/close`."""
        who = require(request, Role.OPERATOR).name
        form = await read_form(request, _FORM_BYTES)
        number, why = form.get("incident", ""), form.get("why", "")[:LONGEST_WHY]
        if not re.fullmatch(r"\d{1,12}", number, re.ASCII):
            raise Problem(404, "there is no such alert; see the page Monitor")
        try:
            await run_in_threadpool(self._monitor.close, int(number), who=who, why=why)
        except LeadwiseError as error:
            status = 409 if isinstance(error, UsageError) else 503
            raise Problem(status, str(error)) from None
        return RedirectResponse("/monitor?closed=1#alerts", 303)

    def drift(self, request: Request) -> Response:
        """Answer `GET /drift`: the newest look, or that of `?at=`."""
        seen, policy = self._monitor.seen(), self._served.use_case.drift
        look = _look(seen.watches, request.query_params.get("at", ""))
        schema = self._served.use_case.schema
        views = column_views(look, seen.watches, schema, policy.psi_alarm) if look else []
        return self._served.templates.page(
            "drift.html",
            seen=seen,
            look=look,
            columns=views,
            policy=policy,
            commands=self._monitor.commands,
            operator=_operates(request),
            looks_shown=_LOOKS_SHOWN,
        )

    def report(self, request: Request) -> Response:
        """Answer `GET /drift/report`: the page that was drawn of a look, to keep."""
        require(request, Role.OPERATOR)
        look = _look(self._monitor.seen().watches, request.query_params.get("at", ""))
        page = self._monitor.report(look) if look else None
        at = watched_at(look) if look else None
        if page is None or at is None:
            raise Problem(404, "no report was drawn of this look; see the page Drift")
        name = f"drift-{self._served.use_case.name}-{at:%Y%m%d-%H%M%S}.html"
        headers = {
            "content-disposition": f'attachment; filename="{name}"',
            "content-security-policy": _REPORT_POLICY,
        }
        return Response(page, headers=headers, media_type="text/html; charset=utf-8")

    def investigate(self, request: Request) -> Response:
        """Answer `GET /investigate`."""
        found, broken = None, ""
        try:
            found = self._monitor.investigation()
        except LeadwiseError as error:
            broken = str(error)
        return self._served.templates.page(
            "investigate.html",
            found=found,
            broken=broken,
            layers=[(layer, list(found.of(layer))) for layer in Layer] if found else [],
            command=self._monitor.investigating(),
        )

    def _figures(self) -> ServiceFigures:
        served = self._served
        waiting = served.keeping.capture.waiting
        return service_figures(served.metrics.families(), since=self._since, waiting=waiting)

    def _health(self, watches: Sequence[WatchRecord], figures: ServiceFigures) -> object:
        model = self._served.model
        service = service_signals(
            figures, serves=model.live is not None, problem=model.problem, stale=model.stale
        )
        return health(
            watches,
            service,
            now=datetime.now(UTC),
            fresh=timedelta(days=self._served.use_case.watch.stale_days),
            commands=self._monitor.commands,
        )


def _operates(request: Request) -> bool:
    return caller_of(request).role >= Role.OPERATOR


def _newest(watches: Sequence[WatchRecord], part: Watched) -> WatchRecord | None:
    """The newest watch that says anything of a part."""
    found = (one for one in watches if any(signal.watched == part for signal in one.signals))
    return next(found, None)


def _look(watches: Sequence[WatchRecord], at: str) -> WatchRecord | None:
    try:
        return look_at(watches, at)
    except UnknownName as error:
        raise Problem(404, str(error)) from None
