"""A page for a pull request: what it changes in templates, permissions and price.

Run as ``python -m infra.changes BEFORE AFTER`` with two cloud assemblies.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

from infra.cost.change import changes as price_changes
from infra.cost.estimate import price_of
from infra.cost.prices import PriceList
from infra.environments import ENVIRONMENTS
from infra.policy.grants import changes as permission_changes
from infra.policy.template import Stack, read_assembly
from infra.policy.template_changes import changed_resources
from ml.contract.errors import LeadwiseError

# GitHub takes comments of up to 65,536 characters; there are three sections.
_LONGEST = 20_000


def page(before: Sequence[Stack], after: Sequence[Stack], prices: Sequence[str]) -> str:
    """The page, in Markdown.

    Parameters
    ----------
    before, after : sequence of Stack
        Two syntheses of the same environments.
    prices : sequence of str
        Lines on what changes in price.
    """
    sections = {
        "Price per month, idle": prices,
        "Permissions": permission_changes(before, after),
        "Resources": changed_resources(before, after),
    }
    parts = [_section(title, lines) for title, lines in sections.items()]
    return "## What this changes on AWS\n\n" + "\n".join(parts)


def _section(title: str, lines: Sequence[str]) -> str:
    if not lines:
        return f"### {title}\n\nNo change.\n"
    shown = _fitting(lines)
    if len(shown) < len(lines):
        shown.append(f"... and {len(lines) - len(shown)} more; see the templates")
    body = "\n".join(shown)
    return f"### {title} ({len(lines)})\n\n```diff\n{body}\n```\n"


def _fitting(lines: Sequence[str]) -> list[str]:
    """As many lines as a section may hold."""
    sizes = accumulate(len(line) + 1 for line in lines)
    return [line for line, size in zip(lines, sizes, strict=True) if size <= _LONGEST]


def _prices(before: Path, after: Path) -> list[str]:
    prices = PriceList.read()
    return [
        f"{'+' if change.delta > 0 else '-'} {change.line.stack}/{change.line.resource}: "
        f"${change.before:.2f} -> ${change.after:.2f}"
        for environment in ENVIRONMENTS
        for change in price_changes(
            price_of(environment, prices, before), price_of(environment, prices, after)
        )
    ]


def main(arguments: Sequence[str]) -> int:
    """Print the page; 2 when the arguments are not two cloud assemblies."""
    folders = [Path(argument) for argument in arguments]
    if len(folders) != 2 or not all(folder.is_dir() for folder in folders):
        sys.stderr.write(
            f"changes: got {list(arguments)}; expected two folders: "
            "python -m infra.changes BEFORE AFTER\n"
        )
        return 2
    try:
        before, after = (read_assembly(folder) for folder in folders)
        sys.stdout.write(page(before, after, _prices(*folders)))
    except LeadwiseError as error:
        sys.stderr.write(f"changes: {error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
