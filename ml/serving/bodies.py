"""Request bodies, read to a limit and no further."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from ml.contract.faults import Rule
from ml.contract.requests.problems import Problem
from ml.serving.headers import header_of

MEGABYTE = 1_000_000


def media_type(request: Request) -> str:
    """The request's content type without its parameters, in lower case."""
    return (header_of(request, b"content-type") or "").split(";", 1)[0].strip().lower()


async def limited(request: Request, most_bytes: int) -> AsyncGenerator[bytes, None]:
    """Chunks of the body.

    Raises
    ------
    Problem
        413 as soon as the declared or the received size passes `most_bytes`.
    """
    _check_declared(request, most_bytes)
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > most_bytes:  # nobody knows how much is still to come: hang up
            problem = too_large(most_bytes)
            problem.headers["Connection"] = "close"
            raise problem
        yield chunk


async def read_body(request: Request, most_bytes: int) -> bytes:
    """The whole body, if it keeps within `most_bytes`; raises as `limited`."""
    _check_declared(request, most_bytes)
    chunks, received = list[bytes](), 0
    while True:  # as `request.stream` does, which costs more than to parse a lead
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunks.append(message.get("body", b""))
        received += len(chunks[-1])
        if received > most_bytes:  # nobody knows how much is still to come: hang up
            problem = too_large(most_bytes)
            problem.headers["Connection"] = "close"
            raise problem
        if not message.get("more_body"):
            return b"".join(chunks)


def _check_declared(request: Request, most_bytes: int) -> None:
    declared = header_of(request, b"content-length") or ""
    if declared.isdigit() and int(declared) > most_bytes:
        raise too_large(most_bytes)


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
