"""Moto with the project's own CloudFormation: ``python -m rehearsal.cloud.server PORT DIR``."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main(port: str, work: str) -> None:
    """Serve on localhost until stopped; `work` receives what Lambdas leave behind."""
    os.environ["AWS_ENDPOINT_URL"] = f"http://localhost:{port}"
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    from moto.server import main as serve

    from rehearsal.cloud import engine, lambda_runtime, load, wiring

    load()
    engine.install()
    wiring.install()
    lambda_runtime.install(Path(work))
    serve(["-H", "127.0.0.1", "-p", port])


if __name__ == "__main__":
    main(*sys.argv[1:])
