"""Python reads this before a container's program: what the image does not hold is not found."""

import os
import sys
from pathlib import Path


class _NotInTheImage:
    def __init__(self, names):
        self._names = names

    def find_spec(self, name, path=None, target=None):
        if name in self._names:
            raise ModuleNotFoundError(f"{name} is not in the image", name=name)


if file := os.environ.get("NOT_IN_THE_IMAGE"):
    sys.meta_path.insert(0, _NotInTheImage(frozenset(Path(file).read_text().split())))
