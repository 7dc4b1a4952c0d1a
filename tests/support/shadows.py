"""Challengers that do what a challenger must not, each importable in a process of its own."""

import os
import time
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Said:
    """An answer that is whatever it is told to be."""

    words: Any

    def to_dict(self) -> Any:
        return self.words


GOOD = {"prediction": 0.25, "band": "Cold"}


class Sound:
    """Says the same of every lead."""

    def score_record(self, cells):
        return Said(GOOD)


class Fails:
    """Raises on every second lead."""

    def score_record(self, cells):
        if cells["number"] % 2:
            raise ZeroDivisionError("a lead's own words")
        return Said(GOOD)


class Hangs:
    """Never answers the third lead."""

    def score_record(self, cells):
        while cells["number"] == 2:
            time.sleep(1)
        return Said(GOOD)


class Ends:
    """Takes its process down on the third lead."""

    def score_record(self, cells):
        if cells["number"] == 2:
            os._exit(9)
        return Said(GOOD)


class Strange:
    """Answers as another service would."""

    def score_record(self, cells):
        return Said({"label": "yes"})


def load(deployment):
    """The scorer whose name the version says; a version 'unloadable' raises, 'stuck' hangs."""
    if deployment.version == "stuck":
        time.sleep(60)
    return {"sound": Sound, "fails": Fails, "hangs": Hangs, "ends": Ends, "strange": Strange}[
        deployment.version
    ]()
