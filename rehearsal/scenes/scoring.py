"""A lead is scored: by the API's route and Lambda, the endpoint answers."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from rehearsal.failure import expect
from rehearsal.scenes.stage import Stage

_ROUTE = "POST /v1/score"
_LEAD = {"Prospect ID": "rehearsal", "total_visits": 5}
_SCORE = {"score": 87, "band": "hot"}


def scored_lead(stage: Stage) -> str:
    """The route leads to the Lambda, the Lambda to the endpoint that is in service."""
    asked = stage.setting("score_lead", "LEADWISE_ENDPOINT")
    endpoint = stage.account.only("AWS::SageMaker::Endpoint", "").id
    expect(asked == endpoint, f"the API's Lambda asks endpoint {asked}", endpoint)
    _prepare(stage, json.dumps(_SCORE))
    answer = stage.ask(_behind(stage), _request(json.dumps(_LEAD)))
    expect(
        answer["statusCode"] == 200 and json.loads(answer["body"]) == _SCORE,
        f"a lead was answered {answer['statusCode']} {answer['body']}",
        f"200 {json.dumps(_SCORE)}",
    )
    return f"{_ROUTE} answered with what {endpoint} said"


def bad_lead(stage: Stage) -> str:
    """What is no lead is refused before the endpoint is asked."""
    answer = stage.ask(_behind(stage), _request('{"shoe_size": 43}'))
    status = answer["statusCode"]
    expect(status == 422, f"a lead without a known field was answered {status}", "422")
    return f"a lead without a known field was answered {status}"


ALL = (scored_lead, bad_lead)


def _behind(stage: Stage) -> str:
    """The Lambda behind the route, which must let the API call it."""
    api, arn = stage.account.client("apigatewayv2"), ""
    (found,) = stage.account.deployed("AWS::ApiGatewayV2::Api")
    for route in api.get_routes(ApiId=found.id)["Items"]:
        if route["RouteKey"] == _ROUTE:
            integration = route["Target"].rsplit("/", 1)[-1]
            about = api.get_integration(ApiId=found.id, IntegrationId=integration)
            arn = str(about["IntegrationUri"])
    expect(arn, f"no route {_ROUTE} with a Lambda", "one")
    return arn


def _request(body: str) -> dict[str, Any]:
    """As an HTTP API hands it on, in its format 2.0."""
    return {
        "version": "2.0",
        "rawPath": "/v1/score",
        "headers": {"content-type": "application/json"},
        "requestContext": {"http": {"method": "POST"}},
        "body": body,
        "isBase64Encoded": False,
    }


def _prepare(stage: Stage, body: str) -> None:
    """Tell moto what the endpoint shall answer, since no model runs in it."""
    result = {
        "Body": body,
        "ContentType": "application/json",
        "InvokedProductionVariant": "champion",
        "CustomAttributes": "",
    }
    request = urllib.request.Request(
        f"{stage.account.url}/moto-api/static/sagemaker/endpoint-results",
        data=json.dumps({"results": [result]}).encode(),
        headers={"Content-Type": "application/json"},
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(request, timeout=30):
        pass
