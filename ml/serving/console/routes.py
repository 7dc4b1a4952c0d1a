"""Which address leads to which page of the console."""

from __future__ import annotations

from fastapi import FastAPI

from ml.serving.console.navigation import plans
from ml.serving.console.work_list import WorkLists
from ml.serving.console.work_page import WorkPages
from ml.serving.jobs.desk import JobDesk
from ml.serving.result_table import TableViewer
from ml.serving.row_reasons import RowReasons
from ml.serving.served import Served


def add_routes(app: FastAPI, served: Served, desk: JobDesk) -> None:
    """Add the page Work list, where the task has wins to plan for."""
    viewer, reasons = TableViewer(served.use_case, served.moment), RowReasons(served.model)
    if plans(served.use_case):
        lists = WorkLists(served.use_case, desk.results, viewer, reasons)
        pages = WorkPages(served.templates, desk, lists)
        app.add_route("/worklist", pages.show, ["GET"])
        app.add_route("/worklist.csv", pages.download, ["GET"])
