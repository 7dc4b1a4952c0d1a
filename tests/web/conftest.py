"""A running server for the tests of the web: one for all that only ask, one each for the others."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.support import web

# A busy machine is no failing page.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a model in force."""
    home = tmp_path_factory.mktemp("home")
    web.deploy(home, "1")
    return home


@pytest.fixture(scope="session")
def url(home: Path) -> Iterator[str]:
    """Address of the server over that home."""
    with web.server(home, upload_megabytes=1, upload_rows=2_000) as url:
        yield url


@pytest.fixture
def client(url: str) -> Iterator[httpx.Client]:
    """Talks to that server."""
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        yield client
