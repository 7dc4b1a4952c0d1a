"""Where scenes play: the account, and what its Lambdas did so far."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.account import Account
from rehearsal.failure import expect

_FIELDS = ("handler", "event", "answer", "failed", "log")


@dataclass(frozen=True)
class Invocation:
    """One run of a Lambda, as the cloud wrote it down."""

    handler: str
    event: Any
    answer: Any
    failed: bool
    log: str


@dataclass(frozen=True)
class Stage:
    """Where scenes play.

    Parameters
    ----------
    account : Account
        With all stacks deployed.
    work : Path
        Where the cloud writes down each run of a Lambda.
    """

    account: Account
    work: Path

    def invocations(self, module: str) -> list[Invocation]:
        """Runs of `lambdas/<module>.py` so far."""
        runs = [
            Invocation(**{name: run[name] for name in _FIELDS})
            for run in self.written("invocations")
        ]
        return [run for run in runs if run.handler == f"lambdas.{module}.handler"]

    def written(self, name: str) -> list[dict[str, Any]]:
        """What the cloud wrote down under a name: ``invocations``, ``undelivered``."""
        ledger = self.work / f"{name}.jsonl"
        lines = ledger.read_text(encoding="utf-8").splitlines() if ledger.exists() else []
        return [json.loads(line) for line in lines]

    def after(self, module: str, act: Callable[[], object]) -> list[Invocation]:
        """Runs of a Lambda that an act has led to.

        Parameters
        ----------
        module : str
            Of `lambdas/`.
        act : callable
            Something that happens in the account.

        Raises
        ------
        RehearsalFailed
            If there are none, or one failed.
        """
        before = len(self.invocations(module))
        act()
        runs = self.invocations(module)[before:]
        expect(runs, f"lambdas.{module} was not called", "a call, by the wires of the template")
        for run in runs:
            expect(not run.failed, f"lambdas.{module} failed: {run.answer}", "an answer")
        return runs

    def ask(self, function: str, event: Any) -> dict[str, Any]:
        """The answer of a Lambda that is called directly.

        Raises
        ------
        RehearsalFailed
            If it fails.
        """
        answer = self.account.client("lambda").invoke(
            FunctionName=function, Payload=json.dumps(event).encode()
        )
        given: dict[str, Any] = json.load(answer["Payload"])
        expect("FunctionError" not in answer, f"{function} failed: {given}", "an answer")
        return given

    def setting(self, module: str, name: str) -> str:
        """An environment variable of the Lambda in `lambdas/<module>.py`."""
        return str(self.account.function(module)["Environment"]["Variables"][name])

    def ring(self, alarm: str, state: str = "ALARM") -> None:
        """Let an alarm change its state, as its metric would."""
        self.account.client("cloudwatch").set_alarm_state(
            AlarmName=alarm, StateValue=state, StateReason="rehearsal"
        )
