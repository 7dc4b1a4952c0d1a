"""The scoring API judges requests, asks the endpoint, and words every failure for its caller."""

import base64
import io
import json

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from lambdas import score_lead
from lambdas.scoring import endpoint
from ml.contract.cloud_settings import ScoreLeadSettings
from ml.contract.requests.routes import SCORE, SCORE_BATCH
from tests.support.lambdas import Context, fake_aws, metrics

SETTINGS = ScoreLeadSettings(use_case="lead_conversion", moment="engaged", endpoint="leadwise-dev")
LEAD = {"Prospect ID": "a1", "total_visits": 5}
SECRET = "ann.lee@example.com"
ANSWER = b'{"score": 87, "band": "hot"}'


class Endpoint:
    """SageMaker's runtime: answers, or fails as told."""

    def __init__(self):
        self.asked, self.failing = [], None

    def invoke_endpoint(self, **asked):
        self.asked.append(asked)
        if self.failing:
            raise self.failing
        return {"Body": io.BytesIO(ANSWER)}


@pytest.fixture(autouse=True)
def model(monkeypatch):
    model = Endpoint()
    monkeypatch.setattr(endpoint, "client", lambda name, **options: model)
    with fake_aws(monkeypatch, SETTINGS.to_env()):
        yield model


def _post(body, *, path=SCORE, kind="application/json", encoded=False, **headers):
    text = body if isinstance(body, str) else json.dumps(body)
    if encoded:
        text = base64.b64encode(text.encode()).decode()
    event = {
        "version": "2.0",
        "rawPath": path,
        "headers": {"content-type": kind, **headers},
        "requestContext": {"http": {"method": "POST"}},
        "body": text,
        "isBase64Encoded": encoded,
    }
    answer = score_lead.handler(event, Context())
    return answer["statusCode"], json.loads(answer["body"]), answer["headers"]


def test_a_lead_is_scored(model, capsys):
    status, body, headers = _post(LEAD)
    assert (status, body) == (200, {"score": 87, "band": "hot"})
    assert headers["Content-Type"] == "application/json"
    assert headers["Cache-Control"] == "no-store"
    (asked,) = model.asked
    assert asked["EndpointName"] == "leadwise-dev"
    assert json.loads(asked["Body"]) == LEAD
    assert metrics(capsys.readouterr().out) == {"LeadsScored": 1}


@pytest.mark.parametrize("encoded", [True, False])
def test_many_leads_are_scored_at_once(capsys, encoded):
    assert _post({"leads": [LEAD] * 3}, path=SCORE_BATCH, encoded=encoded)[0] == 200
    assert metrics(capsys.readouterr().out) == {"LeadsScored": 3}


def test_a_callers_key_is_captured_with_the_request(model):
    _post(LEAD, **{"Idempotency-Key": "0a1b-2c"})
    assert model.asked[0]["InferenceId"] == "0a1b-2c"


BAD = {
    "empty": ("", 400),
    "not JSON": ("{", 400),
    "trailing comma": ('{"total_visits": 5,}', 400),
    "NaN": ('{"total_visits": NaN}', 400),
    "infinity": ('{"total_visits": -Infinity}', 400),
    "key twice": ('{"total_visits": 5, "total_visits": 6}', 400),
    "nested deep": ("[" * 11 + "]" * 11, 400),
    "nested very deep": ("[" * 100_000, 400),
    "lone surrogate": ('{"Prospect ID": "\\ud800"}', 400),
    "endless number": ('{"total_visits": ' + "9" * 10_000 + "}", 400),
    "too large": (json.dumps({"x": "y" * 1_000_001}), 413),
    "several leads": ({"leads": [{}]}, 422),
    "an array": ([LEAD], 422),
    "null": ("null", 422),
    "no known field": ({"shoe_size": 43}, 422),
    "one field in two spellings": ({"total_visits": 5, "TotalVisits": 6}, 422),
    "a list as a value": ({"total_visits": [5]}, 422),
    "an id as a fraction": ({"Prospect ID": 1.5}, 422),
}


BAD_BATCHES = {
    "too large": (json.dumps({"x": "y" * 4_000_001}), 413),
    "too many leads": ({"leads": [{}] * 1001}, 413),
    "no leads": ({"leads": []}, 422),
    "keys beside leads": ({"leads": [{}], "more": 1}, 422),
    "one lead": (LEAD, 422),
}
REFUSED = {
    f"{path} {name}": (path, *case)
    for path, cases in ((SCORE, BAD), (SCORE_BATCH, BAD_BATCHES))
    for name, case in cases.items()
}


@pytest.mark.parametrize(("path", "body", "status"), REFUSED.values(), ids=REFUSED)
def test_a_bad_request_is_refused_before_the_endpoint_is_asked(model, capsys, path, body, status):
    found, problem, headers = _post(body, path=path)
    assert (found, problem["status"]) == (status, status)
    assert headers["Content-Type"] == "application/problem+json"
    assert all(error["hint"] for error in problem["errors"])
    assert model.asked == []
    assert metrics(capsys.readouterr().out) == {"LeadsRefused": 1}


@pytest.mark.parametrize("kind", ["", "text/csv", "application/x-www-form-urlencoded"])
def test_another_media_type_is_415(kind):
    assert _post(LEAD, kind=kind)[0] == 415


@pytest.mark.parametrize("key", ["a b", "x" * 65, "ключ"])
def test_a_key_that_cannot_be_kept_is_400(model, key):
    assert _post(LEAD, **{"idempotency-key": key})[0] == 400
    assert model.asked == []


def test_a_body_that_is_not_encoded_as_said_is_400():
    event = {
        "rawPath": SCORE,
        "headers": {"content-type": "application/json"},
        "body": "%",
        "isBase64Encoded": True,
    }
    assert score_lead.handler(event, Context())["statusCode"] == 400


def test_without_a_model_the_answer_says_what_to_do(monkeypatch):
    monkeypatch.setenv("LEADWISE_ENDPOINT", "")
    status, problem, headers = _post(LEAD)
    assert status == 503
    assert "no model has been deployed" in problem["title"]
    assert "docs/deploying.md" in problem["title"]
    assert headers["Retry-After"] == "300"


def _client_error(code, message="arn:aws:sagemaker:eu-central-1:123456789012:endpoint/x", **more):
    error = ClientError({"Error": {"Code": code, "Message": message}}, "InvokeEndpoint")
    error.response |= more
    return error


def _refused(status, said):
    message = said if isinstance(said, str) else json.dumps(said)
    return _client_error("ModelError", OriginalStatusCode=status, OriginalMessage=message)


PROBLEM = {"type": "t", "title": "1 value needs attention", "status": 422, "error_id": "e",
           "errors": [{"rule": "NEGATIVE"}], "trace": "/opt/ml/model"}  # fmt: skip
FAILURES = {
    "no such endpoint": (_client_error("ValidationError", "Endpoint x not found."), 503),
    "endpoint busy": (_client_error("ThrottlingException"), 503),
    "endpoint starting": (_client_error("ModelNotReadyException"), 503),
    "endpoint silent": (ReadTimeoutError(endpoint_url="https://runtime"), 502),
    "not allowed": (_client_error("AccessDeniedException"), 502),
    "model crashed": (_refused(500, "Traceback /opt/ml/model/scorer.py SELECT 1"), 502),
    "model answers a page": (_refused(400, "<html>"), 502),
    "a defect": (RuntimeError(f"/var/task/x.py {SECRET}"), 500),
}


@pytest.mark.parametrize(("failure", "status"), FAILURES.values(), ids=FAILURES)
def test_a_failure_behind_the_api_names_no_inner_thing(model, capsys, failure, status):
    model.failing = failure
    found, problem, _ = _post(LEAD)
    assert (found, problem["status"]) == (status, status)
    said = json.dumps(problem)
    assert not any(word in said for word in ("arn:", "/opt", "/var", "Traceback", "SELECT", SECRET))
    assert SECRET not in (printed := capsys.readouterr().out)
    assert metrics(printed) == {"ScoringFailed": 1}


def test_what_the_model_refuses_is_said_in_its_own_words(model):
    model.failing = _refused(422, PROBLEM)
    status, problem, _ = _post(LEAD)
    assert status == 422
    assert problem == {name: value for name, value in PROBLEM.items() if name != "trace"}


def test_no_lead_enters_the_log(capsys):
    _post({**LEAD, "Prospect ID": SECRET})
    _post({"Prospect ID": [SECRET], SECRET: 1})
    _post('{"Prospect ID": "' + SECRET)
    printed = capsys.readouterr()
    assert SECRET not in printed.out + printed.err
