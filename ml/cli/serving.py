"""The command `serve`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Annotated

import typer

from ml.cli.doors import doors_for, refuse_open_doors
from ml.cli.options import HOME, Home, MomentName, UseCaseName
from ml.cli.output import err
from ml.contract.access import AccessMode
from ml.contract.access_settings import AccessSettings
from ml.contract.moments import Moment
from ml.contract.settings import LaptopSettings, ServeSettings
from ml.contract.use_case import UseCase
from ml.use_cases import find

#: Builds the application in each worker process.
FACTORY = "ml.bootstrap:serving_app"

Port = Annotated[int, typer.Option("--port", min=1, max=65_535, help="Port to listen on.")]
PORT = 8080
THIS_MACHINE = "127.0.0.1"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(
    use_case: UseCaseName,
    moment: MomentName = None,
    home: Home = HOME,
    port: Port = PORT,
    host: Annotated[
        str, typer.Option(help="Address; only this machine by default.")
    ] = THIS_MACHINE,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    public_host: Annotated[
        str, typer.Option("--public-host", help="Names that others use for it, with commas.")
    ] = "",
    issuer: Annotated[str, typer.Option(help="Identity provider whose tokens count.")] = "",
    audience: Annotated[str, typer.Option(help="Client id that the tokens are made for.")] = "",
    rate: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Requests of one caller in a second; 0 for no limit. By default 300, and no limit "
            "where only this machine gets in.",
        ),
    ] = None,
    tunnel: Annotated[
        bool,
        typer.Option(
            "--tunnel",
            help="Open a public address through ngrok; needs users or API keys, and a token in "
            "NGROK_AUTHTOKEN.",
        ),
    ] = False,
) -> None:
    """Serve the API and the pages until Ctrl+C."""
    case = find(use_case)
    doors = doors_for(
        LaptopSettings(home=home).path,
        host=host,
        names=public_host,
        issuer=issuer,
        audience=audience,
        rate=rate,
    )
    with _public(port, doors) if tunnel else nullcontext():
        listen(case, case.moment(moment), home, host=host, port=port, workers=workers, doors=doors)


@contextmanager
def _public(port: int, doors: AccessSettings) -> Iterator[None]:
    from ml.serving.tunnel import tunnel

    refuse_open_doors(doors, "the tunnel")
    with tunnel(port) as address:
        err.print(f"from everywhere: [bold]{address}[/]")
        yield


def listen(
    use_case: UseCase,
    moment: Moment,
    home: str,
    *,
    host: str,
    port: int,
    workers: int,
    doors: AccessSettings,
    factory: str = FACTORY,
) -> None:
    """Say where the page is, and serve what `factory` builds.

    Raises
    ------
    UsageError
        If strangers could reach the address and nothing would tell who they are.
    """
    from ml.serving.server import serve as start

    refuse_open_doors(doors, host)
    path = LaptopSettings(home=home).path
    given = {"home": str(path), "use_case": use_case.name, "moment": moment.name}
    told = {ServeSettings.variable(name): value for name, value in given.items()}
    settings = ServeSettings.from_env(os.environ | told)
    if doors.mode == AccessMode.SAGEMAKER:  # which captures itself what it asks and is answered
        settings = replace(settings, receipts_waiting=0, jobs_at_once=0)
    err.print(f"{use_case.title}, {moment}: [bold]http://{host}:{port}[/]  (Ctrl+C stops it)")
    start(factory, settings, replace(doors, workers=workers), host=host, port=port, workers=workers)
