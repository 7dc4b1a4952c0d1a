"""Moto with the project's own CloudFormation: ``python -m rehearsal.cloud.server PORT DIR``."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main(port: str, work: str) -> None:
    """Serve on localhost until stopped; `work` receives what Lambdas leave behind."""
    os.environ["AWS_ENDPOINT_URL"] = f"http://localhost:{port}"
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import run_simple

    from rehearsal.cloud import engine, lambda_runtime, redshift, wiring

    engine.install()
    wiring.install(Path(work))
    lambda_runtime.install(Path(work))
    app = redshift.Redshift(DomainDispatcherApplication(create_backend_app), Path(work))
    run_simple("127.0.0.1", int(port), app, threaded=True, request_handler=MotoRequestHandler)


if __name__ == "__main__":
    main(*sys.argv[1:])
