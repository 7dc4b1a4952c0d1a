"""Ways to break a deployed account; each mends it again at its end."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ml.contract.alerts import drift_alarm
from rehearsal.scenes import files, retraining
from rehearsal.scenes.stage import Stage

FILES_RULE = "leadwise-dev-ingestion-NewFile"
DRIFT_RULE = "leadwise-dev-orchestration-EventsDrift"


def _rule(stage: Stage, prefix: str) -> str:
    (rule,) = stage.account.client("events").list_rules(NamePrefix=prefix)["Rules"]
    return str(rule["Name"])


@contextmanager
def _without_target(stage: Stage, prefix: str) -> Iterator[None]:
    events, rule = stage.account.client("events"), _rule(stage, prefix)
    targets = events.list_targets_by_rule(Rule=rule)["Targets"]
    events.remove_targets(Rule=rule, Ids=[target["Id"] for target in targets])
    yield
    events.put_targets(Rule=rule, Targets=targets)


@contextmanager
def _with_setting(stage: Stage, module: str, **changed: str) -> Iterator[None]:
    functions, about = stage.account.client("lambda"), stage.account.function(module)
    before = about["Environment"]
    variables = before["Variables"] | changed
    name = about["FunctionName"]
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
    yield
    functions.update_function_configuration(FunctionName=name, Environment=before)


@contextmanager
def file_event_goes_nowhere(stage: Stage) -> Iterator[None]:
    with _without_target(stage, FILES_RULE):
        yield


@contextmanager
def drift_rule_is_off(stage: Stage) -> Iterator[None]:
    events, rule = stage.account.client("events"), _rule(stage, DRIFT_RULE)
    stage.ring(drift_alarm("dev"), "OK")
    events.disable_rule(Name=rule)
    yield
    events.enable_rule(Name=rule)


@contextmanager
def intake_forgets(stage: Stage) -> Iterator[None]:
    with _with_setting(stage, "intake", POWERTOOLS_IDEMPOTENCY_DISABLED="true"):
        yield


@contextmanager
def lease_lasts_no_time(stage: Stage) -> Iterator[None]:
    retraining.forget(stage)
    with _with_setting(stage, "retrain_trigger", LEADWISE_LEASE_MINUTES="-1"):
        yield


@contextmanager
def cooldown_lasts_no_time(stage: Stage) -> Iterator[None]:
    retraining.forget(stage)
    function = stage.account.function("retrain_trigger")["FunctionName"]
    stage.ask(function, {"reason": "manual", "cause": "somebody holds the lease"})
    with _with_setting(stage, "retrain_trigger", LEADWISE_COOLDOWN_MINUTES="-1"):
        yield


@contextmanager
def bad_file_is_admitted(stage: Stage) -> Iterator[None]:
    """As if the Lambda looked at no header: what the scene puts is one that it takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "NO_LEADS", files.leads_csv())
        yield
    stage.account.client("s3").delete_object(Bucket=files.raw_bucket(stage), Key=files.MENU)


@contextmanager
def api_has_no_route(stage: Stage) -> Iterator[None]:
    api, (found,) = (
        stage.account.client("apigatewayv2"),
        stage.account.deployed("AWS::ApiGatewayV2::Api"),
    )
    (route,) = api.get_routes(ApiId=found.id)["Items"]
    api.delete_route(ApiId=found.id, RouteId=route["RouteId"])
    yield
    kept = ("AuthorizationType", "RouteKey", "Target")
    api.create_route(ApiId=found.id, **{name: route[name] for name in kept})


@contextmanager
def api_asks_another_endpoint(stage: Stage) -> Iterator[None]:
    with _with_setting(stage, "score_lead", LEADWISE_ENDPOINT="leadwise-dev-nobody"):
        yield


@contextmanager
def notifier_hears_nothing(stage: Stage) -> Iterator[None]:
    sns = stage.account.client("sns")
    heard = [s for s in sns.list_subscriptions()["Subscriptions"] if s["Protocol"] == "lambda"]
    for each in heard:
        sns.unsubscribe(SubscriptionArn=each["SubscriptionArn"])
    yield
    for each in heard:
        sns.subscribe(**{name: each[name] for name in ("TopicArn", "Protocol", "Endpoint")})


@contextmanager
def letter_is_dead(stage: Stage) -> Iterator[None]:
    sqs = stage.account.client("sqs")
    url = next(
        each.id
        for each in stage.account.deployed("AWS::SQS::Queue")
        if "DeadLetters" in each.logical_id
    )
    sqs.send_message(QueueUrl=url, MessageBody="lost")
    yield
    sqs.purge_queue(QueueUrl=url)


@contextmanager
def bucket_takes_plain_http(stage: Stage) -> Iterator[None]:
    s3, bucket = stage.account.client("s3"), files.raw_bucket(stage)
    policy = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    s3.delete_bucket_policy(Bucket=bucket)
    yield
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)


@contextmanager
def bucket_has_a_key_of_aws(stage: Stage) -> Iterator[None]:
    s3, bucket = stage.account.client("s3"), files.raw_bucket(stage)
    name = "ServerSideEncryptionConfiguration"
    before = s3.get_bucket_encryption(Bucket=bucket)[name]
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket=bucket, **{name: {"Rules": [rule]}})
    yield
    s3.put_bucket_encryption(Bucket=bucket, **{name: before})


@contextmanager
def key_never_rotates(stage: Stage) -> Iterator[None]:
    kms, key = stage.account.client("kms"), stage.account.deployed("AWS::KMS::Key")[0].id
    kms.disable_key_rotation(KeyId=key)
    yield
    kms.enable_key_rotation(KeyId=key)


@contextmanager
def log_never_forgets(stage: Stage) -> Iterator[None]:
    logs, group = stage.account.client("logs"), stage.account.deployed("AWS::Logs::LogGroup")[0].id
    logs.delete_retention_policy(logGroupName=group)
    yield
    logs.put_retention_policy(logGroupName=group, retentionInDays=30)


@contextmanager
def function_lets_nobody_in(stage: Stage) -> Iterator[None]:
    functions = stage.account.client("lambda")
    name = stage.account.function("retrain_trigger")["FunctionName"]
    policy = json.loads(functions.get_policy(FunctionName=name)["Policy"])
    for each in policy["Statement"]:
        functions.remove_permission(FunctionName=name, StatementId=each["Sid"])
    yield
    for each in policy["Statement"]:
        functions.add_permission(
            FunctionName=name,
            StatementId=each["Sid"],
            Action=each["Action"],
            Principal=each["Principal"]["Service"],
            SourceArn=each["Condition"]["ArnLike"]["AWS:SourceArn"],
        )


@contextmanager
def queue_lets_nobody_in(stage: Stage) -> Iterator[None]:
    sqs = stage.account.client("sqs")
    url = stage.account.only("AWS::SQS::Queue", "NewFilesDeadLetters").id
    policy = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    yield
    sqs.set_queue_attributes(QueueUrl=url, Attributes=policy)


@contextmanager
def alarm_tells_nobody(stage: Stage) -> Iterator[None]:
    cloudwatch, name = stage.account.client("cloudwatch"), "leadwise-dev-broken"
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        MetricName="Any",
        Namespace="Any",
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanThreshold",
        Period=60,
        Statistic="Sum",
        Threshold=1,
    )
    yield
    cloudwatch.delete_alarms(AlarmNames=[name])


@contextmanager
def rule_has_no_target(stage: Stage) -> Iterator[None]:
    with _without_target(stage, DRIFT_RULE):
        yield
