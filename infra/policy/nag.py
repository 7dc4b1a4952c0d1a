"""cdk-nag's packs over an app, and the reasons for what we do differently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import cast

from cdk_nag import (
    AwsSolutionsChecks,
    HIPAASecurityChecks,
    NagPack,
    NIST80053R5Checks,
    ServerlessChecks,
)
from constructs import IConstruct

from infra.policy.acknowledgements import ACKNOWLEDGEMENTS, Acknowledgement


@dataclass(frozen=True)
class NagFinding:
    """One rule that one construct breaks.

    Parameters
    ----------
    rule : str
        With the finding in brackets where a rule has several: ``"AwsSolutions-IAM5[Action::..]"``.
    says : str
        cdk-nag's own sentence.
    path : str
        Of the construct that breaks it: ``"dev/lake/Raw/Resource"``.
    """

    rule: str
    says: str
    path: str


def findings(pack: NagPack, scope: IConstruct) -> Iterator[NagFinding]:
    """Every finding of a pack below a construct, one for each resource that it is about."""
    for each in pack.validate_scope(scope).violations:
        for resource in each.violating_resources:
            yield NagFinding(each.rule_name, each.description, str(resource.construct_path))


def open_findings(scope: IConstruct) -> Iterator[NagFinding]:
    """Findings of all packs below a construct that no reason covers.

    The CDK's own way of acknowledging wants each finding's whole name, which holds names of exports
    that only synth makes up; reasons with a pattern survive that.
    """
    for pack in packs(scope):
        for finding in findings(pack, scope):
            if not any(covers(reason, finding) for reason in ACKNOWLEDGEMENTS):
                yield finding


def covers(reason: Acknowledgement, finding: NagFinding) -> bool:
    """Whether a reason is about a finding."""
    return any(
        _matches(finding.rule, rule) and fnmatchcase(finding.path, path)
        for rule in reason.rules
        for path in reason.paths
    )


def _matches(rule: str, pattern: str) -> bool:
    # Brackets are cdk-nag's, not a set of characters.
    return fnmatchcase(rule, pattern.replace("[", "[[]"))


def packs(scope: IConstruct) -> list[NagPack]:
    """The packs that may have no open finding."""
    return [cast(NagPack, AwsSolutionsChecks(scope)), cast(NagPack, ServerlessChecks(scope))]


def count_findings(scope: IConstruct) -> dict[str, tuple[int, int]]:
    """By pack that may have no open finding: all findings, and those without a reason."""
    counted = {}
    for pack in packs(scope):
        found = list(findings(pack, scope))
        reasoned = sum(any(covers(reason, each) for reason in ACKNOWLEDGEMENTS) for each in found)
        counted[type(pack).__name__.removesuffix("Checks")] = (len(found), len(found) - reasoned)
    return counted


def count_reports(scope: IConstruct, environments: Collection[str]) -> dict[str, Counter[str]]:
    """By pack that is a report only: broken rules, and how many resources break each.

    Parameters
    ----------
    scope : IConstruct
        The app.
    environments : collection of str
        Whose resources count.
    """
    reports = {
        "NIST 800-53 R5": cast(NagPack, NIST80053R5Checks(scope)),
        "HIPAA": cast(NagPack, HIPAASecurityChecks(scope)),
    }
    return {
        name: Counter(
            each.rule.partition("-")[2].partition("[")[0]
            for each in findings(pack, scope)
            if each.path.partition("/")[0] in environments
        )
        for name, pack in reports.items()
    }
