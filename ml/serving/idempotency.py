"""Repeats of a request: the same `Idempotency-Key` and body get the same answer."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ml.contract.errors import DependencyUnavailable
from ml.contract.faults import Rule
from ml.contract.kept_answers import KeptAnswer, answer_key
from ml.contract.requests.problems import Problem
from ml.ports import KeptAnswers
from ml.serving.access.callers import caller_of
from ml.serving.bodies import media_type
from ml.serving.capture import Capture, Held, Record
from ml.serving.headers import header_of
from ml.serving.receipt_maker import ReceiptMaker

HEADER, REPLAYED = "Idempotency-Key", "Idempotent-Replayed"
#: How long an answer is kept under its key.
RETENTION = timedelta(hours=24)
_LONGEST_KEY = 255
_HEADER = HEADER.lower().encode()

#: Answers a request; takes receipts as it is told.
Work = Callable[[Record], Awaitable[Response]]


class Once:
    """Answers requests that carry a key once, and tells repeats what was answered.

    Parameters
    ----------
    answers : KeptAnswers
    capture : Capture
    record : callable
        Takes receipts of answers without a key.
    maker : ReceiptMaker

    Notes
    -----
    An answer is on the disk, with the receipts that it tells of, before anybody sees it. Who
    repeats a request gets it from there, and its receipts are offered to the store again, which
    knows those that it has: a process may be killed at any point, and there is one receipt.
    """

    def __init__(
        self, answers: KeptAnswers, capture: Capture, record: Record, maker: ReceiptMaker
    ) -> None:
        self._answers, self._capture, self._maker = answers, capture, maker
        self._record = record

    async def answer(self, request: Request, body: bytes, work: Work) -> Response:
        """Answer a request, as `work` does or did.

        Parameters
        ----------
        request : Request
        body : bytes
            What was sent, or a digest of it.
        work : callable
            Makes the answer; what it raises is not kept.

        Raises
        ------
        Problem
            422 if the key is not one, or was used for another request; 503 while it cannot be
            known whether it was used.
        """
        given = header_of(request, _HEADER)
        if given is None:
            return await work(self._record)
        key, sha256 = _key(request, given), _request_sha256(request, body)
        kept = await self._ask(partial(self._answers.find, key))
        if kept is not None:
            return self._again(kept, sha256)
        return await self._first(key, sha256, work)

    async def _first(self, key: str, sha256: str, work: Work) -> Response:
        held = Held(self._maker)
        response = await work(held.record)
        made = KeptAnswer(
            key=key,
            request_sha256=sha256,
            at=datetime.now(UTC),
            status=response.status_code,
            media_type=response.headers["content-type"],
            body=bytes(response.body),
            receipts=tuple(held.receipts),
        )
        kept = await self._ask(partial(self._answers.keep, made))
        if kept is not None and kept != made:
            return self._again(kept, sha256)  # another with this key was faster
        self._capture.offer(made.receipts)
        return response

    def _again(self, kept: KeptAnswer, sha256: str) -> Response:
        if kept.request_sha256 != sha256:
            raise _refused(
                "the key was used for another request in the last 24 hours",
                "give each request a key of its own, and repeat a request to the letter",
            )
        self._capture.offer(kept.receipts)
        headers = {"content-type": kept.media_type, REPLAYED: "true"}
        return Response(kept.body, kept.status, headers)

    async def _ask(self, ask: Callable[[], KeptAnswer | None]) -> KeptAnswer | None:
        try:
            return await run_in_threadpool(ask)
        except DependencyUnavailable:
            title = f"{HEADER} cannot be honoured now; repeat the request, or send it without"
            raise Problem(503, title, headers={"Retry-After": "5"}) from None


def _key(request: Request, given: str) -> str:
    fits = given.isascii() and given.isprintable() and 0 < len(given.strip()) <= _LONGEST_KEY
    if not fits:
        raise _refused(
            f"{HEADER} is {given[:40]!r}; expected 1 to {_LONGEST_KEY} printable characters",
            "send a random one such as a UUID",
        )
    return answer_key(caller_of(request).name, request.method, request.url.path, given)


def _request_sha256(request: Request, body: bytes) -> str:
    told = (request.url.query, media_type(request))  # each form separates its parts otherwise
    return hashlib.sha256(answer_key(*told).encode() + body).hexdigest()


def _refused(message: str, hint: str) -> Problem:
    return Problem.of(422, Rule.OUT_OF_RANGE, message, hint)
