"""The command `package`: what serves, as one file to carry elsewhere."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from ml.cli.opening import opened
from ml.cli.options import HOME, AsJson, Home, MomentName, UseCaseName
from ml.cli.output import show_facts, show_json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(package)


def package(
    use_case: UseCaseName,
    output: Annotated[Path, typer.Option("--output", help="The archive.")] = Path("model.tar.gz"),
    moment: MomentName = None,
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """Write what serves into one archive, with its SHA-256 beside it."""
    from ml.adapters.package_archive import archive
    from ml.contract.settings import LaptopSettings

    with opened(use_case, moment, home, exclusive=False) as pipeline:
        model = pipeline.use_case.model_name(pipeline.moment)
        deployed = pipeline.runtime.endpoint.current(model)
        content = archive(LaptopSettings(home=home).path, model, deployed)
    sha256 = hashlib.sha256(content).hexdigest()
    output.write_bytes(content)
    output.with_name(f"{output.name}.sha256").write_text(f"{sha256}  {output.name}\n")
    facts = {"package": str(output), "sha256": sha256, "model": model}
    if as_json:
        show_json(facts)
    else:
        show_facts("Packaged", facts)
