"""Request bodies, read to a limit and no further."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from urllib.parse import parse_qsl

from starlette.requests import Request

from ml.contract.faults import Rule
from ml.contract.requests.problems import Problem

MEGABYTE = 1_000_000


def media_type(request: Request) -> str:
    """The request's content type without its parameters, in lower case."""
    return request.headers.get("content-type", "").split(";", 1)[0].strip().lower()


async def limited(request: Request, most_bytes: int) -> AsyncGenerator[bytes, None]:
    """Chunks of the body.

    Raises
    ------
    Problem
        413 as soon as the declared or the received size passes `most_bytes`.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most_bytes:
        raise too_large(most_bytes)
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > most_bytes:
            raise too_large(most_bytes)
        yield chunk


async def read_body(request: Request, most_bytes: int) -> bytes:
    """The whole body, if it keeps within `most_bytes`."""
    _check_declared(request, most_bytes)
    message = await request.receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message.get("body", b"")  # nearly always; a generator costs as much again
    else:
        body = b"".join([chunk async for chunk in _chunks(request, message, most_bytes)])
    if len(body) > most_bytes:
        raise too_large(most_bytes)
    return body


async def read_form(request: Request, most_bytes: int) -> dict[str, str]:
    """The fields of a form that holds no file, if it keeps within `most_bytes`."""
    body = await read_body(request, most_bytes)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def too_large(most_bytes: int) -> Problem:
    """The answer to a body that is too large."""
    size = f"{most_bytes / MEGABYTE:g} MB"
    return Problem.of(
        413,
        Rule.TOO_LARGE,
        f"the request is larger than {size}",
        "send the leads in smaller parts, or score the file with `leadwise score`",
    )
