"""People are told, once; and nothing is lost on the way."""

from __future__ import annotations

from rehearsal.failure import expect
from rehearsal.scenes.stage import Stage


def alarm_is_told(stage: Stage) -> str:
    """An alarm reaches the notifier through its topic; the same again right away is left out."""
    alarm = _quiet_alarm(stage)
    told = stage.after("notifier", lambda: stage.ring(alarm))[-1].answer["told"]
    expect(told == 1, f"alarm {alarm} was told {told} times", "1")
    again = stage.after("notifier", lambda: _repeat(stage, alarm))[-1].answer["told"]
    expect(again == 0, f"the same message of {alarm} was told {again} more times", "0")
    return f"alarm {alarm} was told once; its message came twice"


def nothing_is_lost(stage: Stage) -> str:
    """Every event was delivered, and no queue of dead letters holds anything."""
    lost = [f"{each['rule']} to {each['target']}" for each in stage.written("undelivered")]
    expect(not lost, f"events were not delivered: {', '.join(lost)}", "all delivered")
    sqs, queues = stage.account.client("sqs"), stage.account.deployed("AWS::SQS::Queue")
    for each in queues:
        about = sqs.get_queue_attributes(QueueUrl=each.id, AttributeNames=["All"])["Attributes"]
        waiting = int(about["ApproximateNumberOfMessages"])
        expect(waiting == 0, f"{waiting} messages wait in {each.logical_id}", "none")
    return f"all events were delivered; {len(queues)} queues are empty"


ALL = (alarm_is_told, nothing_is_lost)


def _quiet_alarm(stage: Stage) -> str:
    """An alarm that tells a topic, and has not rung yet."""
    alarms = stage.account.client("cloudwatch").describe_alarms()["MetricAlarms"]
    quiet = [
        str(each["AlarmName"])
        for each in alarms
        if each["AlarmActions"] and each["StateValue"] != "ALARM"
    ]
    expect(quiet, "no alarm tells a topic", "one at least")
    return quiet[0]


def _repeat(stage: Stage, alarm: str) -> None:
    """Publish what the alarm said once more, as SNS may."""
    said = [r.event["Records"][0]["Sns"] for r in stage.invocations("notifier") if r.event]
    last = next(each for each in reversed(said) if alarm in each["Message"])
    stage.account.client("sns").publish(
        TopicArn=last["TopicArn"], Subject=last["Subject"], Message=last["Message"]
    )
