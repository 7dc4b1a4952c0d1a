"""CloudTrail, log groups, alarms: what tells what happened."""

from infra.policy.control import Control
from infra.policy.template import Resource, refers_to

_TRAIL = ("AWS::CloudTrail::Trail",)


def _records_the_lake(trail: Resource) -> bool:
    """Whether reads and writes of every bucket are recorded, but for the one that holds logs."""
    wanted = [b.id for b in trail.stack.of_type("AWS::S3::Bucket") if "log" not in b.id.lower()]
    recorded = [
        each.get("DataResources", [])
        for each in trail.list("EventSelectors")
        if each.get("ReadWriteType", "All") == "All"
    ]
    return all(refers_to(recorded, id) for id in wanted)


CONTROLS = (
    Control(
        id="CloudTrail.2",
        says="the trail is encrypted with our key",
        types=_TRAIL,
        holds=lambda r: r.get("KMSKeyId") is not None,
    ),
    Control(
        id="CloudTrail.4",
        says="the trail's files are signed",
        types=_TRAIL,
        holds=lambda r: r.get("EnableLogFileValidation") is True,
    ),
    Control(
        id="S3.22",
        says="each read and write of lead data and models is recorded",
        types=_TRAIL,
        holds=_records_the_lake,
    ),
    Control(
        id="CloudWatch.16",
        says="log lines end after a set time",
        types=("AWS::Logs::LogGroup",),
        holds=lambda r: r.get("RetentionInDays") is not None,
    ),
    Control(
        id="LW.LOGS.1",
        says="the log group is encrypted with our key",
        types=("AWS::Logs::LogGroup",),
        holds=lambda r: r.get("KmsKeyId") is not None,
    ),
    Control(
        id="CloudWatch.15",
        says="the alarm tells somebody",
        types=("AWS::CloudWatch::Alarm",),
        holds=lambda r: bool(r.list("AlarmActions")),
    ),
    Control(
        id="LW.ALARM.1",
        says="the alarm links to its runbook",
        types=("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"),
        holds=lambda r: "runbook.md#" in str(r.get("AlarmDescription")),
    ),
)
