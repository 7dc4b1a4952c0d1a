"""A headless Chromium: named, found on the machine, else installed; never skipped."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from playwright.sync_api import Browser, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DEBIAN_PACKAGES = ("chromium", "fonts-liberation")


class NoBrowser(AssertionError):
    """Raised when no Chromium is found and none can be installed."""


@contextmanager
def browser() -> Iterator[Browser]:
    """Run Chromium through Playwright until the block ends."""
    as_root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        program = _find_or_install(playwright)
        running = playwright.chromium.launch(
            executable_path=program, args=[*ARGUMENTS, *as_root], timeout=60_000
        )
        yield running
        running.close()


def _find_or_install(playwright: Playwright) -> str:
    # Two test processes must not install at once.
    with FileLock(Path(tempfile.gettempdir()) / "leadwise-browser.lock"):
        found = _find(playwright)
        if found is None:
            _install()
            found = _find(playwright)
    if found is None:
        raise NoBrowser("no Chromium: install one, or name one in the environment variable CHROME")
    return found


def _find(playwright: Playwright) -> str | None:
    named = os.environ.get("CHROME")
    if named:
        return _must_run(named)
    own = playwright.chromium.executable_path
    found = [path for path in map(shutil.which, NAMES) if path]
    return found[0] if found else own if Path(own).exists() else None


def _must_run(named: str) -> str:
    program = shutil.which(named)
    if program is None:
        raise NoBrowser(f"CHROME is {named!r}, which is no program; name a Chromium or unset it")
    return program


def _install() -> None:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        sys.stderr.write("tests: installing chromium with apt-get\n")
        if _run("apt-get", "update", "-qq") and _run(
            "apt-get", "install", "-y", "-qq", "--no-install-recommends", *DEBIAN_PACKAGES
        ):
            return
    sys.stderr.write("tests: downloading Playwright's Chromium\n")
    _run(sys.executable, "-m", "playwright", "install", "chromium")


def _run(*command: str) -> bool:
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command, check=False, env=quiet, stdin=subprocess.DEVNULL, stdout=sys.stderr
    )
    return done.returncode == 0
