"""Who gets in: names, sites, callers and roles."""

import pytest
from starlette.requests import Request

from ml.contract.access import Caller, Role
from ml.contract.requests.problems import Problem
from ml.serving.access.callers import caller_of, remember, require


def request() -> Request:
    return Request({"type": "http", "headers": []})


def test_a_request_without_a_caller_is_asked_who_it_is():
    with pytest.raises(Problem) as refusal:
        caller_of(request())
    assert refusal.value.status == 401
    assert refusal.value.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("role", Role)
def test_a_caller_may_what_their_role_and_those_below_may(role):
    asked = request()
    remember(asked.scope, Caller(name="ann", role=role))
    for wanted in Role:
        if wanted <= role:
            assert require(asked, wanted).name == "ann"
        else:
            with pytest.raises(Problem) as refusal:
                require(asked, wanted)
            assert refusal.value.status == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8080", "[", "0.0.0.0", ""]
)
def test_a_name_that_is_not_ours_is_refused(client, host):
    for address in ("/", "/v1/score", "/no-such-page"):
        assert client.get(address, headers={"host": host}).status_code == 403


@pytest.mark.parametrize("host", ["localhost", "localhost:1", "LOCALHOST:80", "[::1]:8080"])
def test_every_name_of_this_machine_is_ours(client, host):
    assert client.get("/", headers={"host": host}).status_code == 200
