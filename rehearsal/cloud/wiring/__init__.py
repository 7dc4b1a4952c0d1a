"""What moto leaves undone between services: who hears of what, as AWS does it."""

from __future__ import annotations

from pathlib import Path

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from rehearsal.cloud.stand_in import StandIn
from rehearsal.cloud.wiring import alarms, objects, rules, runs, tables, topics

STAND_INS = (
    StandIn(
        "IAM",
        "that each request is let in; here the calls of Lambdas are matched with their roles' "
        "actions, and the permission proof matches the rest",
    ),
    StandIn(
        "EventBridge, SNS, SQS",
        "that a message that failed comes again, and ends among the dead letters",
    ),
)


def install(work: Path) -> None:
    """Teach moto; call once, before it serves.

    Parameters
    ----------
    work : Path
        Receives what could not be delivered, as ``undelivered.jsonl``.
    """
    rules.install(work)
    alarms.install()
    objects.install()
    runs.install()
    tables.install()
    topics.install()
    # moto weighs a bucket's policy without its conditions, and so refuses everything: whether
    # permissions suffice is proven from the templates instead.
    FakeBucket.get_permission = lambda self, action, resource: PermissionResult.NEUTRAL
    # S3 weighs the log bucket's policy when it delivers, not when it is told where to.
    FakeBucket._log_permissions_enabled_policy = lambda self, **about: True
