"""The command `serve`."""

from __future__ import annotations

from typing import Annotated

import typer

from ml.cli.options import HOME, Home, MomentName, UseCaseName
from ml.cli.output import err
from ml.contract.moments import Moment
from ml.contract.settings import LaptopSettings, ServeSettings
from ml.contract.use_case import UseCase
from ml.use_cases import find

#: Builds the application in each worker process.
FACTORY = "ml.bootstrap:serving_app"

Port = Annotated[int, typer.Option("--port", min=1, max=65_535, help="Port to listen on.")]
PORT = 8080


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(
    use_case: UseCaseName,
    moment: MomentName = None,
    home: Home = HOME,
    port: Port = PORT,
    host: Annotated[str, typer.Option(help="Address; only this machine by default.")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
) -> None:
    """Serve the API and the page until Ctrl+C."""
    case = find(use_case)
    listen(case, case.moment(moment), home, host=host, port=port, workers=workers)


def listen(
    use_case: UseCase, moment: Moment, home: str, *, host: str, port: int, workers: int
) -> None:
    """Say where the page is, and serve."""
    from ml.serving.server import serve as start

    path = LaptopSettings(home=home).path
    settings = ServeSettings(home=str(path), use_case=use_case.name, moment=moment.name)
    err.print(f"{use_case.title}, {moment}: [bold]http://{host}:{port}[/]  (Ctrl+C stops it)")
    start(FACTORY, settings, host=host, port=port, workers=workers)
