"""A gate that says no: exit code 3, and never a second object on standard output."""

import pytest

from ml.cli.running import refuse_unless_promoted
from ml.contract.errors import GateRefused
from ml.contract.records import PromoteRecord


def _promotion(*, promoted):
    return PromoteRecord(
        model="leads", champion="1", previous=None, promoted=promoted,
        reason="version 2 was not approved: roc_auc is too low",
    )  # fmt: skip


def test_what_is_promoted_goes_on(capsys):
    refuse_unless_promoted(_promotion(promoted=True), told=True)
    assert capsys.readouterr() == ("", "")


def test_a_refusal_is_raised():
    with pytest.raises(GateRefused, match="not promoted: version 2 was not approved: roc_auc"):
        refuse_unless_promoted(_promotion(promoted=False))


def test_what_the_object_says_already_is_said_on_standard_error_only(capsys):
    with pytest.raises(SystemExit) as left:
        refuse_unless_promoted(_promotion(promoted=False), told=True)
    assert left.value.code == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert "version 2 was not approved" in err
