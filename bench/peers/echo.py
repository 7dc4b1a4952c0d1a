"""FastAPI that gives back what it got: what the framework alone costs."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI


def application() -> FastAPI:
    """An echo."""
    app = FastAPI()

    @app.post("/echo")
    async def echo(lead: dict[str, Any]) -> dict[str, Any]:
        return lead

    return app
