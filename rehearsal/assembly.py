"""What synth gave: the stacks of one environment and the resources that they promise."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.assembly import templates_of
from rehearsal.cloud.engine.kinds import origin
from rehearsal.failure import RehearsalFailed, expect
from rehearsal.node import ROOT
from scripts.synth import variables

ENVIRONMENT = "dev"


@dataclass(frozen=True)
class Resource:
    """A resource as its template describes it."""

    stack: str
    logical_id: str
    type: str
    properties: dict[str, Any]
    condition: str | None


@dataclass(frozen=True)
class Assembly:
    """A synthesized environment.

    Parameters
    ----------
    folder : Path
        What the command line deploys with ``--app``.
    """

    folder: Path

    @property
    def stacks(self) -> dict[str, dict[str, Any]]:
        """Templates by the name of their stack; those without a resource are no stack."""
        found = templates_of(self.folder)
        return {name: each for name, each in found.items() if each.get("Resources")}

    def resources(self) -> Iterator[Resource]:
        """Every resource of every stack."""
        for stack, template in self.stacks.items():
            for logical_id, described in template["Resources"].items():
                yield Resource(
                    stack=stack,
                    logical_id=logical_id,
                    type=described["Type"],
                    properties=described.get("Properties", {}),
                    condition=described.get("Condition"),
                )

    def check_types(self) -> None:
        """Say which resources the rehearsal has no model of.

        Raises
        ------
        RehearsalFailed
            If there are any.
        """
        unknown = sorted({each.type for each in self.resources() if origin(each.type) is None})
        expect(
            not unknown,
            f"nothing can create {', '.join(unknown)}",
            "a model of each in rehearsal/cloud/models/",
        )

    def differing(self, other: Assembly) -> set[tuple[str, str]]:
        """Stack and logical id of each resource that another synth describes differently."""
        mine = {(each.stack, each.logical_id): each for each in self.resources()}
        theirs = {(each.stack, each.logical_id): each for each in other.resources()}
        return {name for name in mine | theirs if mine.get(name) != theirs.get(name)}


class Synth:
    """A synth that has been started; `wait` gives what came of it.

    Parameters
    ----------
    module : str
        The app: ``"app"``, or ``"rehearsal.changed"`` for the one with a changed setting.
    out : Path
        An empty folder.
    """

    def __init__(self, module: str, out: Path) -> None:
        self._out = out
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            # `make synth` is where templates are judged; here they are deployed.
            env=variables(out, {"only": ENVIRONMENT}, validate=False),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait(self) -> Assembly:
        """Wait for it to end.

        Raises
        ------
        RehearsalFailed
            If it fails; the message is the app's own last line.
        """
        output, _ = self._process.communicate()
        if self._process.returncode:
            last = output.strip().splitlines()[-1:] or ["no output"]
            raise RehearsalFailed(f"synth said: {last[0]}", "success")
        return Assembly(self._out / f"assembly-{ENVIRONMENT}")
