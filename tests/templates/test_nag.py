"""cdk-nag finds nothing that has no reason, and no reason has outlived its finding."""

import pytest
from aws_cdk import App

from app import build
from infra.policy.acknowledgements import ACKNOWLEDGEMENTS
from infra.policy.nag import NagFinding, covers, findings, packs
from infra.stage import LeadwiseStage
from tests.support.cdk import context
from tests.support.everything import EVERYTHING


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> list[NagFinding]:
    app = build(App(context=context(), outdir=str(tmp_path_factory.mktemp("nag"))))
    LeadwiseStage(app, environment=EVERYTHING)
    return [finding for pack in packs(app) for finding in findings(pack, app)]


def test_every_finding_has_a_reason(found):
    open_ones = {
        f"{finding.rule} {finding.path}: {finding.says}"
        for finding in found
        if not any(covers(reason, finding) for reason in ACKNOWLEDGEMENTS)
    }
    assert open_ones == set()


def test_every_reason_has_a_finding(found):
    stale = [r for r in ACKNOWLEDGEMENTS if not any(covers(r, finding) for finding in found)]
    assert stale == []


def test_every_reason_says_why():
    assert all(len(reason.reason.split()) >= 6 for reason in ACKNOWLEDGEMENTS)


def test_the_number_of_reasons_is_capped():
    # A new one takes the place of an old one, or is argued for here.
    assert len(ACKNOWLEDGEMENTS) <= 40
