"""Look whether a deployed environment works: `python -m scripts.smoke dev [--assembly cdk.out]`.

Reads only, and scores one made-up lead. One line per check; exit code 1 when one fails, 2 when the
question makes no sense. Before the first champion there is no endpoint, which is no failure.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from infra.environments import select
from ml.contract.errors import LeadwiseError
from scripts.deployment import Deployment, Failed, stacks_of
from scripts.smoke_checks import CHECKS


def look(deployment: Deployment) -> bool:
    """Run every check, print a line for each; whether all hold."""
    held = [_holds(name, check, deployment) for name, check in CHECKS.items()]
    return all(held)


def _holds(name: str, check: Callable[[Deployment], str], deployment: Deployment) -> bool:
    try:
        print(f"ok      {name}: {check(deployment)}", flush=True)
    except (Failed, ClientError, BotoCoreError) as failure:
        print(f"FAILED  {name}: {failure}", flush=True)
        return False
    return True


def main(arguments: list[str] | None = None) -> int:
    """Look; the exit code."""
    parser = argparse.ArgumentParser(description="Look whether a deployed environment works.")
    parser.add_argument("environment")
    parser.add_argument("--assembly", type=Path, default=Path("cdk.out"), metavar="DIR")
    options = parser.parse_args(arguments)
    try:
        (environment,) = select(options.environment)
        stacks = stacks_of(options.assembly, environment)
    except LeadwiseError as error:
        print(f"smoke: {error}", file=sys.stderr)
        return error.exit_code
    return 0 if look(Deployment(environment=environment, stacks=stacks)) else 1


if __name__ == "__main__":
    sys.exit(main())
