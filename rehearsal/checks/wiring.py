"""Who calls whom: every end of a wire exists, and lets the other end in."""

from __future__ import annotations

import json

from rehearsal.account import Account
from rehearsal.checks.letting_in import covers, lets_in, may_call, queue, takes
from rehearsal.checks.storage import key_aliases
from rehearsal.failure import expect
from rehearsal.moto import ACCOUNT, REGION

_PREFIX, _OUR_KEY = "leadwise-dev-", "a key of ours"


def functions(account: Account) -> str:
    """Every function has a role, traces and encrypted settings of its own."""
    aliases, roles = key_aliases(account), []
    found = account.functions()
    expect(found, "no function was created", "some")
    for each in found:
        name = each["FunctionName"]
        expect(name.startswith(_PREFIX), f"a function is named {name}", f"{_PREFIX}...")
        roles.append(each["Role"])
        runtime = each["Runtime"]
        expect(runtime == "python3.13", f"function {name} runs on {runtime}", "python3.13")
        key = each.get("KMSKeyArn")
        expect(key in aliases, f"settings of {name} are encrypted by {key}", _OUR_KEY)
        mode = each["TracingConfig"]["Mode"]
        expect(mode == "Active", f"tracing of function {name} is {mode}", "Active")
    shared = len(roles) - len(set(roles))
    expect(not shared, f"{shared} functions share the role of another", "a role for each")
    return f"functions: {len(found)}, each with its own role, traces and encrypted settings"


def topics(account: Account) -> str:
    """Every topic is encrypted; every function that hears one lets it in."""
    sns, aliases = account.client("sns"), key_aliases(account)
    found = account.deployed("AWS::SNS::Topic")
    for each in found:
        key = sns.get_topic_attributes(TopicArn=each.id)["Attributes"].get("KmsMasterKeyId")
        expect(key in aliases, f"topic {each.logical_id} is encrypted by {key}", _OUR_KEY)
    heard = [each for page in sns.get_paginator("list_subscriptions").paginate()
             for each in page["Subscriptions"]]  # fmt: skip
    for each in heard:
        if each["Protocol"] == "lambda":
            topic, function = each["TopicArn"], each["Endpoint"]
            let = lets_in(account, function, "sns.amazonaws.com", topic)
            expect(let, f"{function} does not let {topic} call it", "a permission")
    return f"topics: {len(found)}, encrypted; {len(heard)} subscriptions, let in"


def queues(account: Account) -> str:
    """Every queue is encrypted, its dead letters arrive, and what a function reads exists."""
    sqs, aliases = account.client("sqs"), key_aliases(account)
    found = account.deployed("AWS::SQS::Queue")
    with_dead_letters = 0
    for each in found:
        about = sqs.get_queue_attributes(QueueUrl=each.id, AttributeNames=["All"])["Attributes"]
        key = about.get("KmsMasterKeyId")
        expect(key in aliases, f"queue {each.logical_id} is encrypted by {key}", _OUR_KEY)
        if "RedrivePolicy" in about:
            with_dead_letters += 1
            target = json.loads(about["RedrivePolicy"])["deadLetterTargetArn"]
            expect(queue(account, target), f"{each.logical_id} sends to {target}", "a queue")
    for mapping in account.client("lambda").list_event_source_mappings()["EventSourceMappings"]:
        source = mapping["EventSourceArn"]
        expect(queue(account, source), f"{mapping['FunctionArn']} reads {source}", "a queue")
    return f"queues: {len(found)}, encrypted; {with_dead_letters} with dead letters"


def rules(account: Account) -> str:
    """Every EventBridge rule has targets; each of them exists and lets the rule in."""
    events, targets = account.client("events"), 0
    found = events.list_rules()["Rules"]
    for rule in found:
        listed = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        expect(listed, f"rule {rule['Name']} has no target", "one at least")
        for target in listed:
            targets += 1
            for arn in (target["Arn"], target.get("DeadLetterConfig", {}).get("Arn")):
                let = arn is None or takes(account, arn, rule["Arn"])
                expect(let, f"{arn} does not let rule {rule['Name']} in", "a policy that does")
    return f"rules: {len(found)} with {targets} targets, each lets its rule in"


def routes(account: Account) -> str:
    """Every route of the API leads to a function that lets the API call it."""
    api, found = account.client("apigatewayv2"), 0
    for each in account.deployed("AWS::ApiGatewayV2::Api"):
        for route in api.get_routes(ApiId=each.id)["Items"]:
            found += 1
            integration = route["Target"].rsplit("/", 1)[-1]
            about = api.get_integration(ApiId=each.id, IntegrationId=integration)
            method, path = route["RouteKey"].split(" ")
            source = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{each.id}/$default/{method}{path}"
            function = about["IntegrationUri"]
            let = lets_in(account, function, "apigateway.amazonaws.com", source)
            expect(let, f"{function} does not let {route['RouteKey']} call it", "a permission")
    promised = len(account.deployed("AWS::ApiGatewayV2::Route"))
    expect(found == promised, f"the API has {found} routes", f"the {promised} of its template")
    return f"routes: {found}, each lets the API in"


def schedules(account: Account) -> str:
    """Every schedule's role may call its target."""
    scheduler = account.client("scheduler")
    found = [each for page in scheduler.get_paginator("list_schedules").paginate()
             for each in page["Schedules"]]  # fmt: skip
    for each in found:
        about = scheduler.get_schedule(Name=each["Name"], GroupName=each["GroupName"])
        target, role = about["Target"]["Arn"], about["Target"]["RoleArn"]
        let = any(covers(pattern, target) for pattern in may_call(account, role))
        expect(let, f"role {role} of schedule {each['Name']} may not call {target}", "a grant")
    return f"schedules: {len(found)}, each role may call its target"


def alarms(account: Account) -> str:
    """Every alarm tells somebody: a topic that exists, or a rule that waits for it."""
    cloudwatch, sns = account.client("cloudwatch"), account.client("sns")
    known = {topic["TopicArn"] for page in sns.get_paginator("list_topics").paginate()
             for topic in page["Topics"]}  # fmt: skip
    found = [each for page in cloudwatch.get_paginator("describe_alarms").paginate()
             for each in page["MetricAlarms"]]  # fmt: skip
    expect(found, "no alarm was created", "some")
    patterns = [rule.get("EventPattern", "") for rule in
                account.client("events").list_rules()["Rules"]]  # fmt: skip
    for each in found:
        name = each["AlarmName"]
        heard = set(each["AlarmActions"]) & known or any(name in pattern for pattern in patterns)
        expect(heard, f"alarm {name} tells nobody", "a topic or a rule")
    return f"alarms: {len(found)}, each tells a topic or starts a rule"


ALL = (functions, topics, queues, rules, routes, schedules, alarms)
