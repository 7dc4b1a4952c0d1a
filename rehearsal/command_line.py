"""The CDK's command line: bootstrap and deploy, as a person or a workflow would type them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rehearsal.assembly import Assembly
from rehearsal.failure import RehearsalFailed
from rehearsal.moto import ACCOUNT, REGION, environment
from rehearsal.node import ROOT, cdk

_REASON = re.compile(r"^\s*‣\s*(.+)$", re.MULTILINE)
_TROUBLE = re.compile(r"^.*(?:❌|: fail: |rror).*$", re.MULTILINE)


@dataclass(frozen=True)
class CommandLine:
    """The CDK's command line against one moto.

    Parameters
    ----------
    url : str
        Where moto is.
    work : Path
        Where it runs, and where its output is kept as ``cdk.log``.
    """

    url: str
    work: Path

    def bootstrap(self) -> str:
        """Prepare the account for deploys; gives the output."""
        return self._run("bootstrap", f"aws://{ACCOUNT}/{REGION}", "--app", "")

    def deploy(self, assembly: Assembly, parameters: Mapping[str, str] | None = None) -> str:
        """Deploy every stack of an environment; gives the output.

        Parameters
        ----------
        assembly : Assembly
            What synth gave.
        parameters : mapping
            CloudFormation parameters: ``{"stack:Name": "value"}``.
        """
        given = [part for name, value in (parameters or {}).items()
                 for part in ("--parameters", f"{name}={value}")]  # fmt: skip
        return self._run(
            "deploy", "--app", str(assembly.folder), "--all", "--method", "direct",
            "--require-approval", "never", "--progress", "events", *given,
        )  # fmt: skip

    def _run(self, *arguments: str) -> str:
        command = [*cdk(), *arguments, "--ci", "--no-notices"]
        done = subprocess.run(
            command,
            cwd=self.work,
            env=environment(self.url, self.work / "cdk-home") | {"CDK_DOCKER": str(self._docker())},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        with (self.work / "cdk.log").open("a", encoding="utf-8") as log:
            log.write(f"$ cdk {' '.join(arguments)}\n{done.stdout}\n")
        if done.returncode:
            raise RehearsalFailed(f"cdk {arguments[0]} said: {_why(done.stdout)}", "success")
        return done.stdout

    def _docker(self) -> Path:
        """A program that stands in for Docker, since the command line takes a path only."""
        program = self.work / "docker"
        if not program.exists():
            line = f'exec "{sys.executable}" -m rehearsal.docker "$@"'
            program.write_text(
                f'#!/bin/sh\nPYTHONPATH="{ROOT}" PYTHONSAFEPATH=1 {line}\n', encoding="utf-8"
            )
            program.chmod(0o755)
        return program


def _why(output: str) -> str:
    """The reason among all that the command line says."""
    reasons = _REASON.findall(output) or _TROUBLE.findall(output) or output.strip().splitlines()
    return str(reasons[-1] if reasons else "it said nothing").strip()
