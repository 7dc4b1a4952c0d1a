"""The guard's report as a page."""

from __future__ import annotations

from ml.contract.names import LeakVerdict
from ml.contract.use_case import UseCase
from ml.core.leakage.finding import LeakageReport
from ml.core.reports import page


def leakage_page(report: LeakageReport, use_case: UseCase, file: str) -> str:
    """The report as one HTML document.

    Parameters
    ----------
    file : str
        What the page calls the rows.
    """
    return page(
        f"{use_case.title}: what the columns give away",
        "leakage.html",
        report=report,
        file=file,
        event=report.event,
        counts=[(verdict, len(report.of(verdict))) for verdict in reversed(LeakVerdict)],
    )
