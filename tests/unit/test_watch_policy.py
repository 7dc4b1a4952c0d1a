"""Bounds of what is watched are refused where they cannot be meant."""

import pytest

from ml.contract.alerts import AlertSeverity
from ml.contract.errors import InvalidUseCase
from ml.contract.watch_policy import RetrainPolicy, WatchPolicy
from ml.contract.watching import Severity


@pytest.mark.parametrize(
    ("policy", "values", "said"),
    [
        (WatchPolicy, {"stale_days": 0}, "stale_days is 0"),
        (WatchPolicy, {"auc_drop": float("nan")}, "auc_drop is nan"),
        (WatchPolicy, {"persist": 4}, "persist is 4 of 3 windows"),
        (RetrainPolicy, {"cooldown_hours": -1}, "cooldown_hours is -1"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_name(policy, values, said):
    with pytest.raises(InvalidUseCase, match=said):
        policy(**values)


def test_only_what_is_critical_wakes_a_person():
    waking = [each for each in Severity if each.alert is AlertSeverity.CRITICAL]
    assert waking == [Severity.CRITICAL]
