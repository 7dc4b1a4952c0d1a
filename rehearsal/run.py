"""The rehearsal from an empty account to a retrain, step by step."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from infra.environments import DEV
from ml.contract.places import packages_prefix
from rehearsal import moto, scenes
from rehearsal.account import Account
from rehearsal.assembly import Assembly, Synth
from rehearsal.checks import deploys, storage, wiring
from rehearsal.command_line import CommandLine
from rehearsal.steps import Steps

_PACKAGE = f"{packages_prefix(DEV.use_case)}rehearsal/model.tar.gz"


def rehearse(work: Path, steps: Steps) -> None:
    """Deploy the dev environment without an account, and play what happens in it.

    Parameters
    ----------
    work : Path
        An empty folder: assemblies, logs, what Lambdas did.
    steps : Steps
        Told of each step.

    Raises
    ------
    RehearsalFailed
        Naming the first thing that does not hold.
    DependencyUnavailable
        If Node's tools are missing or moto does not start.
    """
    with ExitStack() as stack:
        # Each synth is a process of its own, so moto and bootstrap need not wait for them.
        first, second = (
            Synth(module, _empty(work / module)) for module in ("app", "rehearsal.changed")
        )
        with steps.step("start moto"):
            url = stack.enter_context(moto.serve(work))
        cli, account = CommandLine(url, work), Account(url)
        with steps.step("bootstrap"):
            cli.bootstrap()
        with steps.step("synthesize dev, as it is and with one setting changed"):
            assembly, changed = first.wait(), second.wait()
            assembly.check_types()
        _deploys(cli, account, assembly, changed, steps)
        _read_back(account, steps)
        _scenes(scenes.Stage(account, work), steps)
    steps.done()


def _deploys(
    cli: CommandLine, account: Account, assembly: Assembly, changed: Assembly, steps: Steps
) -> None:
    with steps.step("deploy every stack") as step:
        cli.deploy(assembly)
        step.saw(deploys.complete(account, assembly))
    with steps.step("deploy the same again") as step:
        before = account.events()
        output = cli.deploy(assembly)
        step.saw(deploys.untouched(account, before, output, assembly))
    with steps.step("deploy a changed setting and a champion") as step:
        before = account.events()
        cli.deploy(changed, {"leadwise-dev-serving:ChampionPackage": _champion(account)})
        step.saw(deploys.updated(account, before))


def _read_back(account: Account, steps: Steps) -> None:
    with steps.step("read back what was created") as step:
        for check in (*storage.ALL, *wiring.ALL):
            step.saw(check(account))


def _scenes(stage: scenes.Stage, steps: Steps) -> None:
    for scene in scenes.ALL:
        with steps.step(scene.__name__.replace("_", " ")) as step:
            step.saw(scene(stage))


def _champion(account: Account) -> str:
    """A package where a promotion would put one."""
    bucket = account.only("AWS::S3::Bucket", "Artifacts").id
    account.client("s3").put_object(Bucket=bucket, Key=_PACKAGE, Body=b"a champion")
    return f"s3://{bucket}/{_PACKAGE}"


def _empty(folder: Path) -> Path:
    folder.mkdir()
    return folder
