"""A gate that says no: exit code 3, and never a second object on standard output."""

import pytest

from ml.cli.running import refuse_unless_approved
from ml.contract.errors import GateRefused
from ml.contract.records import Verdict


def _verdict(*, approved):
    return Verdict(
        model="leads", version="2", champion="1", approved=approved, metrics={}, intervals={},
        gates=(), reason="roc_auc is too low",
    )  # fmt: skip


def test_what_is_approved_goes_on(capsys):
    refuse_unless_approved(_verdict(approved=True), told=True)
    assert capsys.readouterr() == ("", "")


def test_a_refusal_is_raised():
    with pytest.raises(GateRefused, match="version 2 was not promoted: roc_auc is too low"):
        refuse_unless_approved(_verdict(approved=False))


def test_what_the_object_says_already_is_said_on_standard_error_only(capsys):
    with pytest.raises(SystemExit) as left:
        refuse_unless_approved(_verdict(approved=False), told=True)
    assert left.value.code == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert "version 2 was not promoted" in err
