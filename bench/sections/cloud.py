"""The AWS home: what synth, the light half of ml and a Lambda's start take, and what it costs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from bench.context import Context, say
from bench.machine import ROOT
from bench.processes import Usage, measured
from bench.results import Check, Findings, Table
from scripts.synth import node

_SYNTH = (sys.executable, ROOT / "scripts" / "synth.py")
_HANDLERS = ("intake", "notifier", "retrain_trigger", "score_lead", "warehouse_setup")
_CLOCK = """
import sys, time
sys.path[:0] = sys.argv[2:]
began = time.perf_counter()
exec(sys.argv[1])
print(1e3 * (time.perf_counter() - began))
"""
_ONE_BUCKET = """
import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
app = cdk.App(outdir={folder!r})
s3.Bucket(cdk.Stack(app, "Peer"), "Bucket")
app.synth()
"""


def measure(context: Context) -> Findings:
    """Synth with and without validation, imports, and the idle price of each environment."""
    runs = context.size(5, 1)
    synths = _synths(context, runs)
    imports = _imports(context, 3 * runs)
    prices = _prices()
    return Findings(
        data=f"The repository itself; the best of {runs} runs of synth and of {3 * runs} "
        "imports: what else runs on a machine only adds. Prices: `python -m infra.cost`, list "
        "prices, nobody using it.",
        tables=(
            Table(title="Synth", columns=("what", "seconds", "CPU seconds"),
                  rows=tuple((what, *took) for what, took in synths.items())),
            Table(title="Imports", columns=("what", "milliseconds"), rows=tuple(imports.items())),
            Table(title="Price, idle", columns=("environment", "US dollars a month"),
                  rows=tuple((each["environment"], each["idle"]) for each in prices)),
        ),
        checks=(
            Check(figure="synth of dev, validated", measured=synths["dev, validated"][0],
                  unit="s", at_most=10),
            Check(figure="synth of prod, validated", measured=synths["prod, validated"][0],
                  unit="s", at_most=10),
            Check(figure="synth of dev, not validated", measured=synths["dev, not validated"][0],
                  unit="s", at_most=4),
            Check(figure="import of all of ml.contract", measured=imports["ml.contract"],
                  unit="ms", at_most=60),
            Check(figure="slowest import of a Lambda",
                  measured=max(ms for name, ms in imports.items() if "lambdas" in name),
                  unit="ms", at_most=300),
            *(Check(figure=f"{each['environment']}, idle", measured=each["idle"],
                    unit="$ a month", at_most=each["budget"]) for each in prices),
        ),
        notes=(
            "The peer is an app with one bucket and no validation: the least that any CDK app in "
            "Python takes.",
            "Validated means the CDK's own rules, cdk-nag's packs and our controls.",
            "Lambdas are imported from the package that is shipped, with this machine's botocore.",
        ),
    )  # fmt: skip


def _synths(context: Context, runs: int) -> dict[str, tuple[float, float]]:
    out = context.scratch / "synth"
    peer = context.scratch / "peer.py"
    peer.write_text(_ONE_BUCKET.format(folder=str(context.scratch / "peer")))
    commands: dict[str, tuple[str | Path, ...]] = {
        "dev, validated": (*_SYNTH, "--out", out, "only=dev"),
        "dev, not validated": (*_SYNTH, "--out", out, "--no-validation", "only=dev"),
        "prod, validated": (*_SYNTH, "--out", out, "only=prod"),
        "a peer of one bucket": (
            "env",
            "CDK_VALIDATION=false",
            f"JSII_NODE={node()}",
            sys.executable,
            peer,
        ),
    }
    taken: dict[str, list[Usage]] = {name: [] for name in commands}
    for turn in range(runs):
        say(f"  synth {turn + 1} of {runs}")
        for name, command in commands.items():
            taken[name].append(measured(command))
    return {name: _least(usages) for name, usages in taken.items()}


def _least(usages: list[Usage]) -> tuple[float, float]:
    best = min(usages, key=lambda usage: usage.seconds)
    return round(best.seconds, 2), round(best.cpu_seconds, 2)


def _imports(context: Context, runs: int) -> dict[str, float]:
    from infra.source_assets import assemble_lambdas

    package = assemble_lambdas(context.scratch / "lambdas")
    files = sorted((ROOT / "ml" / "contract").glob("[!_]*.py"))
    contract = "import " + ", ".join(f"ml.contract.{file.stem}" for file in files)
    found = {"ml.contract": _best(contract, runs)}
    for name in _HANDLERS:
        found[f"lambdas.{name}"] = _best(f"import lambdas.{name}", runs, package)
    return found


def _best(statement: str, runs: int, *paths: Path) -> float:
    command: list[str | Path] = [sys.executable, "-c", _CLOCK, statement, *paths]
    measured(command)  # bytecode is written
    return round(min(float(measured(command).output) for _ in range(runs)), 1)


def _prices() -> list[dict[str, Any]]:
    answer = measured((sys.executable, "-m", "infra.cost", "--json")).answer
    return list(answer["environments"])
