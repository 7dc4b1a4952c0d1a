"""Progress that nobody watches: for servers."""

from __future__ import annotations


class SilentProgress:
    """Shows nothing and keeps nothing."""

    def start(self, step: str, total: int | None = None) -> None:
        """A step begins."""

    def advance(self, units: int = 1, note: str = "") -> None:
        """Some units are done."""

    def done(self, note: str = "") -> None:
        """The step ended."""
