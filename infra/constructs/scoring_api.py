"""The HTTP API that other systems send their leads to."""

import json
from typing import cast

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.alarm import alarm
from infra.constructs.alert_topics import AlertTopics
from infra.constructs.logs import log_group
from infra.environments import Environment
from infra.shapes import Jwt
from ml.contract.alerts import AlertSeverity
from ml.contract.names import PRODUCT
from ml.contract.requests.routes import MOST_BYTES

_RATE, _BURST = 50, 100
_SLOW_MS = 1_000
_WINDOW = Duration.minutes(5)
# Who asked, for what, and how it went; never the lead.
_LOGGED = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "route": "$context.routeKey",
    "status": "$context.status",
    "latencyMs": "$context.responseLatency",
    "integrationError": "$context.integrationErrorMessage",
    "authorizerError": "$context.authorizer.error",
    "caller": "$context.identity.userArn",
}


class ScoringApi(Construct):
    """Scores one lead or many for whoever signs in, at a limited rate, with a log of requests.

    Callers sign their requests with IAM, or send a token where the environment names an issuer.
    Browsers are not served: no other origin is allowed.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Its name, how long its log is kept, and whose tokens are accepted.
    scorer : IFunction
        Answers the requests.
    key : IKey
        Encrypts the log.
    topics : AlertTopics
        Who is told when it fails.

    Attributes
    ----------
    api_id : str
        For metrics.
    url : str
        Without a slash at its end.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        scorer: lambda_.IFunction,
        key: kms.IKey,
        topics: AlertTopics,
    ) -> None:
        super().__init__(scope, id)
        log = log_group(self, "Log", name="api/scoring", environment=environment, key=key)
        api = apigateway.HttpApi(
            self,
            "Api",
            api_name=f"{PRODUCT}-{environment.name}-scoring",
            description="Leads in, scores out",
            create_default_stage=False,
        )
        stage = apigateway.HttpStage(
            self,
            "Stage",
            http_api=api,
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(rate_limit=_RATE, burst_limit=_BURST),
        )
        _write_access_log(stage, log)
        scoring = integrations.HttpLambdaIntegration("ScoreLead", scorer)
        authorizer = _authorizer(environment.api_jwt)
        for path in MOST_BYTES:
            api.add_routes(
                path=path,
                methods=[apigateway.HttpMethod.POST],
                integration=scoring,
                authorizer=authorizer,
            )
        self._watch(api, topics)
        self.api_id, self.url = api.api_id, api.api_endpoint

    def _watch(self, api: apigateway.HttpApi, topics: AlertTopics) -> None:
        alarm(
            self,
            "Fails",
            metric=api.metric_server_error(statistic="Sum", period=_WINDOW),
            threshold=3,
            says="The scoring API answers with errors of its own.",
            runbook="api-fails",
            severity=AlertSeverity.CRITICAL,
            topics=topics,
        )
        alarm(
            self,
            "IsSlow",
            metric=api.metric_latency(statistic="p95", period=_WINDOW),
            threshold=_SLOW_MS,
            periods=3,
            says="One call of the scoring API in twenty takes longer than a second.",
            runbook="api-is-slow",
            severity=AlertSeverity.WARNING,
            topics=topics,
        )


def _write_access_log(stage: apigateway.HttpStage, log: logs.ILogGroup) -> None:
    resource = cast(apigateway.CfnStage, stage.node.default_child)
    resource.access_log_settings = apigateway.CfnStage.AccessLogSettingsProperty(
        destination_arn=log.log_group_arn, format=json.dumps(_LOGGED)
    )


def _authorizer(jwt: Jwt | None) -> apigateway.IHttpRouteAuthorizer:
    if jwt is None:
        return authorizers.HttpIamAuthorizer()
    return authorizers.HttpJwtAuthorizer("Tokens", jwt.issuer, jwt_audience=list(jwt.audience))
