"""Ways to cut the wires of a deployed account; each mends them again at its end."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ml.contract.alerts import drift_alarm
from ml.contract.requests.routes import SCORE
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
    stage.ask(function, {"reason": "alarm", "cause": "somebody holds the lease"})
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
    (route,) = (
        each
        for each in api.get_routes(ApiId=found.id)["Items"]
        if each["RouteKey"] == f"POST {SCORE}"
    )
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
def rule_has_no_target(stage: Stage) -> Iterator[None]:
    with _without_target(stage, DRIFT_RULE):
        yield
