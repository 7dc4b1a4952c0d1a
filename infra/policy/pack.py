"""What stops a synth: cdk-nag's packs and our own controls."""

from __future__ import annotations

import json
import os
from pathlib import Path

import aws_cdk as cdk
import jsii

from infra.environments import select
from infra.policy.control import Finding, check
from infra.policy.controls import CONTROLS
from infra.policy.nag import NagFinding, open_findings
from infra.policy.template import Stack


@jsii.implements(cdk.IPolicyValidationPlugin)
class LeadwiseChecks:
    """Our own controls and cdk-nag's packs as a validation plugin: a finding fails the synth."""

    @property
    def name(self) -> str:
        """Under which findings are reported."""
        return "Leadwise"

    @property
    def version(self) -> str:
        """Of the pack."""
        return "1.0.0"

    @property
    def rule_ids(self) -> list[str]:
        """Every control's."""
        return [control.id for control in CONTROLS]

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Findings in the templates that were just written."""
        violations = [
            _violation(finding, path)
            for path in context.template_paths
            for finding in check(CONTROLS, [read_template(Path(path))])
        ]
        violations += [_nag_violation(each) for each in open_findings(context.app_construct)]
        return cdk.PolicyValidationPluginReport(success=not violations, violations=violations)


def _violation(finding: Finding, path: str) -> cdk.PolicyViolation:
    return cdk.PolicyViolation(
        rule_name=finding.control,
        description=str(finding),
        severity="error",
        violating_resources=[
            cdk.PolicyViolatingResource(
                resource_logical_id=finding.resource, template_path=path, locations=[]
            )
        ],
    )


def _nag_violation(finding: NagFinding) -> cdk.PolicyViolation:
    return cdk.PolicyViolation(
        rule_name=finding.rule,
        description=f"{finding.path}: {finding.says}",
        fix="Mend it, or add a reason to infra/policy/acknowledgements.py",
        severity="error",
        violating_resources=[
            cdk.PolicyViolatingResource(construct_path=finding.path, locations=[])
        ],
    )


def read_template(path: Path) -> Stack:
    """One template, of the environment whose folder it lies in; the manifest is not written yet."""
    (environment,) = select(path.parent.name.removeprefix("assembly-"))
    return Stack(path.name.partition(".")[0], environment, json.loads(path.read_text()))


def guard(app: cdk.App) -> cdk.App:
    """Let the app's synth fail on any finding that has no acknowledged reason.

    ``CDK_VALIDATION=false`` leaves it out, as it does the CDK's own rules.

    Parameters
    ----------
    app : App
        With all its stages.
    """
    if os.environ.get("CDK_VALIDATION") == "false":
        return app
    cdk.Validations.of(app).add_plugins(LeadwiseChecks())
    return app
