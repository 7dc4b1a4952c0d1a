"""`python -m infra.cost`: what the environments cost a month, from their templates.

Exit codes: 0 within budget, 1 synth failed, 2 usage or a missing price, 3 over budget.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from infra.cost.change import changes
from infra.cost.estimate import hold_budget, price_of
from infra.cost.prices import PriceList
from infra.cost.report import Priced, as_json, as_text
from infra.cost.synthesis import SynthFailed, synthesized
from ml.contract.errors import LeadwiseError

if TYPE_CHECKING:
    from infra.environments import Environment


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the estimate; the exit code says whether it is within the budgets."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except SynthFailed as failed:
        return failed.code
    except LeadwiseError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.cost", description="Price of the synthesized stacks, in US dollars."
    )
    parser.add_argument("--env", metavar="NAME", help="one environment; default: all")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="read this output of synth; default: synthesize"
    )
    parser.add_argument(
        "--against", type=Path, metavar="DIR", help="print what changed since this output of synth"
    )
    return parser


def _run(options: argparse.Namespace) -> int:
    # An environment that contradicts itself is refused when its module is imported.
    from infra.environments import select

    environments = select(options.env)
    prices = PriceList.read()
    with nullcontext(options.out) if options.out else synthesized(options.env) as folder:
        priced = [_price(each, prices, folder, options.against) for each in environments]
    show = _json if options.json else as_text
    sys.stdout.write(f"{show(priced, prices)}\n")
    hold_budget((each.estimate, each.budget) for each in priced)
    return 0


def _json(priced: Sequence[Priced], prices: PriceList) -> str:
    return json.dumps(as_json(priced, prices), indent=1)


def _price(
    environment: "Environment", prices: PriceList, out: Path, against: Path | None
) -> Priced:
    now = price_of(environment, prices, out)
    before = price_of(environment, prices, against) if against else None
    return Priced(
        estimate=now,
        budget=environment.monthly_budget,
        before=before,
        changes=changes(before, now) if before else (),
    )


if __name__ == "__main__":
    sys.exit(main())
