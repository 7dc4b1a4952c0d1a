"""The identity provider of `tests.support.issuer` while a test runs, and its tokens."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.support import ROOT, processes
from tests.support.issuer import claims_of


@contextmanager
def issuing(issuer: str) -> Iterator[None]:
    """The issuer while it is there; it has other keys the next time."""
    command = [sys.executable, "-m", "tests.support.issuer", issuer.rpartition(":")[2]]
    with processes.serve(command, ready=processes.answers(f"{issuer}/keys"), cwd=ROOT):
        yield


def token(issuer: str, way: str = "right", **changed: Any) -> str:
    """A token of that issuer, signed in a way."""
    asked = {"way": way, "claims": claims_of(issuer, **changed)}
    return httpx.post(f"{issuer}/token", json=asked, trust_env=False).json()["token"]
