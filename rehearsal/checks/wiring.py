"""Who calls whom: every end of a wire exists, and lets the other end in."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.account import Account
from rehearsal.checks.storage import key_aliases
from rehearsal.failure import expect


def functions(account: Account) -> str:
    """Every function has a role, traces and encrypted settings of its own."""
    aliases, roles = key_aliases(account), []
    found = account.functions()
    expect(found, "no function was created")
    for each in found:
        name = each["FunctionName"]
        expect(name.startswith("leadwise-dev-"), f"function {name} is not named after its stack")
        roles.append(each["Role"])
        expect(each["Runtime"] == "python3.13", f"function {name} runs {each['Runtime']}")
        key = each.get("KMSKeyArn")
        expect(key in aliases, f"settings of {name} are encrypted by {key or 'AWS'}")
        mode = each["TracingConfig"]["Mode"]
        expect(mode == "Active", f"function {name}: tracing is {mode}")
    expect(len(set(roles)) == len(roles), "two functions share a role")
    return f"functions: {len(found)}, each with its own role, traces and encrypted settings"


def topics(account: Account) -> str:
    """Every topic is encrypted; every function that hears one lets it in."""
    sns, aliases = account.client("sns"), key_aliases(account)
    found = account.deployed("AWS::SNS::Topic")
    for each in found:
        key = sns.get_topic_attributes(TopicArn=each.id)["Attributes"].get("KmsMasterKeyId")
        expect(key in aliases, f"topic {each.logical_id} is encrypted by {key}")
    heard = [each for page in sns.get_paginator("list_subscriptions").paginate()
             for each in page["Subscriptions"]]  # fmt: skip
    for each in heard:
        if each["Protocol"] == "lambda":
            expect(
                _lets_in(account, each["Endpoint"], "sns.amazonaws.com", each["TopicArn"]),
                f"{each['Endpoint']} does not let topic {each['TopicArn']} call it",
            )
    return f"topics: {len(found)}, encrypted; {len(heard)} subscriptions, let in"


def queues(account: Account) -> str:
    """Every queue is encrypted, and what nobody reads for long has a dead-letter queue."""
    sqs, aliases = account.client("sqs"), key_aliases(account)
    found = account.deployed("AWS::SQS::Queue")
    with_dead_letters = 0
    for each in found:
        about = sqs.get_queue_attributes(QueueUrl=each.id, AttributeNames=["All"])["Attributes"]
        key = about.get("KmsMasterKeyId")
        expect(key in aliases, f"queue {each.logical_id} is encrypted by {key}")
        if "RedrivePolicy" in about:
            with_dead_letters += 1
            target = json.loads(about["RedrivePolicy"])["deadLetterTargetArn"]
            expect(_queue(account, target), f"the dead letters of {each.logical_id} go nowhere")
    for mapping in account.client("lambda").list_event_source_mappings()["EventSourceMappings"]:
        source = mapping["EventSourceArn"]
        expect(_queue(account, source), f"{mapping['FunctionArn']} reads {source}, which is away")
    return f"queues: {len(found)}, encrypted; {with_dead_letters} with dead letters"


def rules(account: Account) -> str:
    """Every target of an EventBridge rule exists and lets the rule in."""
    events, targets = account.client("events"), 0
    found = events.list_rules()["Rules"]
    for rule in found:
        for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]:
            targets += 1
            expect(
                _takes(account, target["Arn"], rule["Arn"]),
                f"{target['Arn']} does not take what rule {rule['Name']} sends",
            )
            letters = target.get("DeadLetterConfig", {}).get("Arn")
            expect(
                letters is None or _takes(account, letters, rule["Arn"]),
                f"dead letters {letters} do not take what rule {rule['Name']} sends",
            )
    return f"rules: {len(found)} with {targets} targets, each lets its rule in"


def schedules(account: Account) -> str:
    """Every schedule's role may call its target."""
    scheduler = account.client("scheduler")
    found = [each for page in scheduler.get_paginator("list_schedules").paginate()
             for each in page["Schedules"]]  # fmt: skip
    for each in found:
        about = scheduler.get_schedule(Name=each["Name"], GroupName=each["GroupName"])
        target, role = about["Target"]["Arn"], about["Target"]["RoleArn"]
        expect(
            any(_covers(pattern, target) for pattern in _may_call(account, role)),
            f"role {role} of schedule {each['Name']} may not call {target}",
        )
    return f"schedules: {len(found)}, each role may call its target"


def alarms(account: Account) -> str:
    """Every alarm tells somebody."""
    cloudwatch, sns = account.client("cloudwatch"), account.client("sns")
    known = {topic["TopicArn"] for page in sns.get_paginator("list_topics").paginate()
             for topic in page["Topics"]}  # fmt: skip
    found = [each for page in cloudwatch.get_paginator("describe_alarms").paginate()
             for each in page["MetricAlarms"]]  # fmt: skip
    ours = [each for each in found if each["AlarmName"].startswith("leadwise-dev-")]
    expect(ours, "no alarm was created")
    silent = [each["AlarmName"] for each in ours if not set(each["AlarmActions"]) & known]
    wired = {each for name in silent for each in _rules_about(account, name)}
    expect(not silent or wired, f"alarms that tell nobody: {', '.join(silent)}")
    return f"alarms: {len(ours)}, each tells a topic or starts a rule"


def _rules_about(account: Account, alarm: str) -> Iterator[str]:
    for rule in account.client("events").list_rules()["Rules"]:
        if alarm in rule.get("EventPattern", ""):
            yield str(rule["Name"])


def _takes(account: Account, target: str, source: str) -> bool:
    """Whether the target's own policy lets EventBridge in on behalf of the rule."""
    service = target.split(":")[2]
    if service == "lambda":
        return _lets_in(account, target, "events.amazonaws.com", source)
    if service == "sqs":
        queue = _queue(account, target)
        return queue is not None and _allows(queue.get("Policy"), "events.amazonaws.com", source)
    if service == "sns":
        about = account.client("sns").get_topic_attributes(TopicArn=target)["Attributes"]
        return _allows(about.get("Policy"), "events.amazonaws.com", source)
    return True


def _lets_in(account: Account, function: str, principal: str, source: str) -> bool:
    try:
        policy = account.client("lambda").get_policy(FunctionName=function)["Policy"]
    except ClientError:
        return False
    return _allows(policy, principal, source)


def _allows(policy: str | None, principal: str, source: str) -> bool:
    """Whether a statement lets the service in, and names the source or none but the account."""
    for each in json.loads(policy or '{"Statement": []}')["Statement"]:
        who = each.get("Principal", {})
        services = who.get("Service", []) if isinstance(who, dict) else []
        listed = [services] if isinstance(services, str) else services
        sources = list(_sources(each.get("Condition", {})))
        named = not sources or any(_covers(one, source) for one in sources)
        if each["Effect"] == "Allow" and principal in listed and named:
            return True
    return False


def _sources(conditions: dict[str, Any]) -> Iterator[str]:
    for operator in conditions.values():
        for name, value in operator.items():
            if name.lower() == "aws:sourcearn":
                yield from [value] if isinstance(value, str) else value


def _may_call(account: Account, role_arn: str) -> Iterator[str]:
    iam, role = account.client("iam"), role_arn.rsplit("/", 1)[-1]
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for each in document["Statement"]:
            if "lambda:InvokeFunction" in each["Action"]:
                resources = each["Resource"]
                yield from [resources] if isinstance(resources, str) else resources


def _covers(pattern: str, arn: str) -> bool:
    return fnmatch.fnmatchcase(arn, pattern)


def _queue(account: Account, arn: str) -> dict[str, Any] | None:
    sqs = account.client("sqs")
    try:
        url = sqs.get_queue_url(QueueName=arn.rsplit(":", 1)[-1])["QueueUrl"]
    except ClientError:
        return None
    about = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    return dict(about["Attributes"])


ALL = (functions, topics, queues, rules, schedules, alarms)
