"""systemd's unit files, read well enough to start what they start."""

import shlex
from pathlib import Path


class Unit:
    """A unit file: the values of each key, in their order."""

    def __init__(self, path: Path) -> None:
        self._pairs = [
            line.split("=", 1)
            for line in path.read_text().splitlines()
            if "=" in line and not line.startswith("#")
        ]

    def __getitem__(self, key: str) -> str:
        """The only value of a key."""
        (value,) = self.all(key)
        return value

    def all(self, key: str) -> list[str]:
        return [value for name, value in self._pairs if name == key]

    def command(self, key: str = "ExecStart") -> list[str]:
        return shlex.split(self[key])

    @property
    def environment(self) -> dict[str, str]:
        words = [word for line in self.all("Environment") for word in shlex.split(line)]
        return dict(word.split("=", 1) for word in words)
