"""Callers who ask for scores without end, while a test does something to their server."""

import threading
from types import TracebackType
from typing import Self

import httpx

LEAD = {"prospect_id": "a", "total_time_on_website": 700}


#: Leaves processors to what is done to the server meanwhile.
_SECONDS_BETWEEN = 0.01


class Asking:
    """Threads that send the same lead until the block ends, with a key where one is asked for.

    `seen` holds version and score of each answer; any other answer is raised at the end.
    """

    def __init__(self, url: str, callers: int = 4, *, key: str = "") -> None:
        self.seen: list[tuple[str, int]] = []
        self._failed: list[str] = []
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._url, self._stop = url, threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(callers)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: TracebackType | object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        assert kind or not self._failed, self._failed[:3]

    def _ask(self) -> None:
        with httpx.Client(
            base_url=self._url, headers=self._headers, trust_env=False, timeout=30
        ) as client:
            while not self._stop.wait(_SECONDS_BETWEEN):
                try:
                    answer = client.post("/v1/score", json=LEAD)
                    scored = answer.raise_for_status().json()
                    self.seen.append((scored["model_version"], scored["score"]))
                except (httpx.HTTPError, KeyError) as error:
                    self._failed.append(repr(error))
