"""Write docs/security.md from controls, templates, tests and cdk-nag: `make security`."""

import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from infra.environments import ENVIRONMENTS
from infra.policy.control import check
from infra.policy.controls import CONTROLS
from infra.policy.template import Stack
from scripts.security_page import (
    Broken,
    catalogue_section,
    controls_section,
    packs_section,
    page,
    reasons_section,
    reports_section,
    rules_section,
)
from tests.support.cdk import context, quiet_cdk
from tests.support.everything import EVERYTHING, stacks_in, stacks_with_every_resource
from tests.support.mutants import MUTANTS

if TYPE_CHECKING:
    from aws_cdk import App

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "security.md"


def sections_of_templates(stacks: Sequence[Stack]) -> list[str]:
    """What templates, controls and rules say."""
    broken = {finding.control for finding in check(CONTROLS, stacks)}
    controls = controls_section(
        stacks, broken, mutants_by_control(stacks_with_every_resource(stacks))
    )
    return [controls, catalogue_section(), rules_section()]


def mutants_by_control(stacks: Sequence[Stack]) -> dict[str, list[str]]:
    """What a template loses when each control is seen to break, one resource per stack."""
    before = {stack.name: _broken(stack) for stack in stacks}
    found: dict[str, list[str]] = {}
    for mutant in MUTANTS:
        changed = [each for stack in stacks for each in islice(mutant.of(stack), 1)]
        for control in sorted({c for each in changed for c in _broken(each) - before[each.name]}):
            found.setdefault(control, []).append(mutant.says)
    return found


def _broken(stack: Stack) -> set[str]:
    return {finding.control for finding in check(CONTROLS, [stack])}


def sections_of_nag(app: "App", broken: Broken) -> list[str]:
    """What cdk-nag's packs say; `broken` is of the packs that are reports only."""
    from infra.policy.nag import count_findings

    return [packs_section(count_findings(app)), reasons_section(), reports_section(broken)]


def broken_rules(app: "App") -> Broken:
    """Rules of the reports that a deployed environment breaks."""
    from infra.policy.nag import count_reports

    return count_reports(app, {each.name for each in ENVIRONMENTS})


def synthesized(folder: str) -> "App":
    """An app with every environment, and one with all options on."""
    quiet_cdk()
    from aws_cdk import App

    from app import build
    from infra.stage import LeadwiseStage

    app = build(App(context=context(), outdir=folder))
    LeadwiseStage(app, environment=EVERYTHING)
    app.synth()
    return app


def main() -> int:
    """Write the page."""
    with TemporaryDirectory() as folder:
        app = synthesized(folder)
        stacks = stacks_in(Path(folder))
        PAGE.write_text(
            page([*sections_of_templates(stacks), *sections_of_nag(app, broken_rules(app))])
        )
    print(f"Wrote {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
