"""A server and an identity provider as two processes: what is believed, and while it is away."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from ml.contract.access_settings import AccessSettings
from ml.serving.access import issuer_keys
from ml.serving.access.guarding import Access
from tests.support import processes, web
from tests.support.issuer import AUDIENCE
from tests.support.issuing import issuing, token


@contextmanager
def console(home: Path, issuer: str) -> Iterator[httpx.Client]:
    settings = AccessSettings(mode="oidc", issuer=issuer, audience=AUDIENCE)
    with (
        web.server(home, access=Access(settings=settings)) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=30) as client,
    ):
        yield client


def status(client: httpx.Client, text: str) -> int:
    return client.get("/v1/models", headers={"Authorization": f"Bearer {text}"}).status_code


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> str:
    """Where the issuer is or is not; keys may be asked for at once."""
    monkeypatch.setattr(issuer_keys, "_PAUSE_SECONDS", 0.0)
    return f"http://127.0.0.1:{processes.free_port()}"


def test_what_an_issuer_signs_for_us_opens_and_nothing_else_does(home: Path, issuer: str):
    with issuing(issuer), console(home, issuer) as client:
        assert status(client, token(issuer)) == 200
        refused: dict[str, dict[str, Any]] = {
            "another audience": {"aud": "another"},
            "another issuer": {"iss": "https://id.example"},
            "over": {"exp": int(time.time()) - 60},
            "not yet": {"nbf": int(time.time()) + 600},
            "no signature": {"way": "none"},
            "the public key as a secret": {"way": "confused"},
            "a key that nobody knows": {"way": "unknown"},
            "another's key under a known name": {"way": "forged"},
        }
        seen = {why: status(client, token(issuer, **how)) for why, how in refused.items()}
        assert seen == dict.fromkeys(refused, 401)
        assert status(client, token(issuer, groups=["others"])) == 403


def test_keys_change_while_the_server_runs(home: Path, issuer: str):
    with issuing(issuer), console(home, issuer) as client:
        old = token(issuer)
        assert status(client, old) == 200
        httpx.post(f"{issuer}/rotate", trust_env=False)
        assert status(client, token(issuer)) == 200
        before_last = token(issuer, jti="not read before")
        for _ in range(2):
            httpx.post(f"{issuer}/rotate", trust_env=False)
        assert status(client, token(issuer)) == 200
        assert status(client, before_last) == 401, "its key is told no more"


def test_known_keys_count_while_the_issuer_is_away_and_without_any_nobody_is_known(
    home: Path, issuer: str
):
    with issuing(issuer):
        early = token(issuer)
    with console(home, issuer) as client:
        assert status(client, early) == 503, "the issuer has never told its keys"
        with issuing(issuer):
            first, second = token(issuer), token(issuer, jti="not read before")
            assert status(client, first) == 200
        assert status(client, second) == 200, "the last keys count"
        with issuing(issuer):
            httpx.post(f"{issuer}/rotate", trust_env=False)
            assert status(client, token(issuer)) == 200, "and new ones once it is back"
