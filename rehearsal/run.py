"""The rehearsal from an empty account to a retrain, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from infra.environments import DEV
from ml.contract.places import packages_prefix
from rehearsal import moto, scenes
from rehearsal.account import Account
from rehearsal.assembly import Assembly, Synth
from rehearsal.checks import deploys, storage, wiring
from rehearsal.command_line import CommandLine
from rehearsal.scenes.stage import Stage
from rehearsal.steps import Steps

_PACKAGE = f"{packages_prefix(DEV.use_case)}rehearsal/model.tar.gz"
_CHAMPION = f"leadwise-{DEV.name}-serving:ChampionPackage"


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
    with deployed(work, steps) as stage:
        read_back(stage, steps)
        play(stage, steps)
    steps.done()


@contextmanager
def deployed(work: Path, steps: Steps) -> Iterator[Stage]:
    """The dev environment, deployed, deployed again and updated, until the block ends.

    Parameters
    ----------
    work, steps : Path, Steps
        As of `rehearse`.
    """
    # Each synth is a process of its own, so moto and bootstrap need not wait for them.
    synths = [Synth(module, _empty(work / module)) for module in ("app", "rehearsal.changed")]
    with ExitStack() as stack:
        with steps.step("start moto"):
            url = stack.enter_context(moto.serve(work))
        cli, stage = CommandLine(url, work), Stage(Account(url), work)
        with steps.step("bootstrap"):
            cli.bootstrap()
        with steps.step("synthesize dev, as it is and with one setting changed"):
            assembly, changed = [synth.wait() for synth in synths]
            assembly.check_types()
        _create(cli, stage.account, assembly, steps)
        _update(cli, stage.account, assembly, changed, steps)
        yield stage


def read_back(stage: Stage, steps: Steps) -> None:
    """Look at what was created, service by service."""
    with steps.step("read back what was created") as step:
        for check in (*storage.ALL, *wiring.ALL):
            step.saw(check(stage.account))


def play(stage: Stage, steps: Steps) -> None:
    """Let happen what happens in the life of the system."""
    for scene in scenes.ALL:
        with steps.step(scene.__name__.replace("_", " ")) as step:
            step.saw(scene(stage))


def _create(cli: CommandLine, account: Account, assembly: Assembly, steps: Steps) -> None:
    with steps.step("deploy every stack") as step:
        cli.deploy(assembly)
        step.saw(deploys.complete(account, assembly))
    with steps.step("deploy the same again") as step:
        before = account.events()
        output = cli.deploy(assembly)
        step.saw(deploys.untouched(account, before, output, assembly))


def _update(
    cli: CommandLine, account: Account, assembly: Assembly, changed: Assembly, steps: Steps
) -> None:
    with steps.step("deploy a changed setting and a champion") as step:
        before = account.events()
        cli.deploy(changed, {_CHAMPION: _package(account)})
        step.saw(deploys.updated(account, before, assembly, changed))
        step.saw(deploys.arrived(account))


def _package(account: Account) -> str:
    """A champion's package where a promotion would put one."""
    bucket = account.only("AWS::S3::Bucket", "Artifacts").id
    account.client("s3").put_object(Bucket=bucket, Key=_PACKAGE, Body=b"a champion")
    return f"s3://{bucket}/{_PACKAGE}"


def _empty(folder: Path) -> Path:
    folder.mkdir()
    return folder
