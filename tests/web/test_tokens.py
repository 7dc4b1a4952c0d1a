"""Tokens of an identity provider, and the word of a load balancer: what holds and what does not."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.error import HTTPError

import anyio
import jwt
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from starlette.requests import Request

from ml.contract.access import Caller, Role
from ml.contract.access_settings import AccessSettings
from ml.contract.requests.problems import Problem
from ml.serving.access import token_callers
from ml.serving.access.balancer_callers import BalancerCallers
from ml.serving.access.fetching import fetch_json
from ml.serving.access.issuer_keys import IssuerKeys
from ml.serving.access.token_callers import TokenCallers, Tokens

ISSUER, CLIENT = "https://id.example/pool", "console"
BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/console/1"
SETTINGS = AccessSettings(mode="oidc", issuer=ISSUER, audience=CLIENT, balancer=BALANCER)
RSA = {kid: rsa.generate_private_key(public_exponent=65537, key_size=2048) for kid in ("a", "b")}
EC = ec.generate_private_key(ec.SECP256R1())
KID = "0badc0de-0000-4000-8000-000000000001"


def public(key) -> str:
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, kind).decode()


class Issuer:
    """Answers what an issuer answers, or is away; counts how often it is asked."""

    def __init__(self, *kids: str) -> None:
        self.kids, self.asked, self.away = list(kids), 0, False

    def __call__(self, address: str) -> object:
        self.asked += 1
        if self.away:
            raise OSError("no route")
        if address.endswith("openid-configuration"):
            return {"jwks_uri": "https://id.example/keys"}
        return {"keys": [self._jwk(kid) for kid in self.kids]}

    def _jwk(self, kid: str) -> dict[str, object]:
        jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(RSA[kid].public_key()))
        return jwk | {"kid": kid, "alg": "RS256", "use": "sig"}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def claims(**changed: object) -> dict[str, object]:
    usual = {
        "iss": ISSUER,
        "aud": CLIENT,
        "sub": "ann",
        "exp": time.time() + 600,
        "groups": ["leadwise-rep", "others"],
    }
    return {name: value for name, value in (usual | changed).items() if value is not None}


def token(kid: str = "a", **changed: object) -> str:
    return jwt.encode(claims(**changed), RSA[kid], "RS256", headers={"kid": kid})


def request(method: str = "GET", **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": method, "headers": raw, "path": "/"})


def caller(identify: Callable, **headers: str) -> Caller | None:
    return anyio.run(identify, request(**headers))


def programs(issuer: Issuer, clock: Clock | None = None) -> TokenCallers:
    keys = IssuerKeys(ISSUER, issuer, clock=clock or Clock())
    return TokenCallers(SETTINGS, Tokens(SETTINGS, keys))


def by(text: str, issuer: Issuer | None = None) -> Caller | None:
    return caller(programs(issuer or Issuer("a")), authorization=f"Bearer {text}")


def test_a_token_that_holds_names_caller_and_role():
    assert by(token()) == Caller(name="ann", role=Role.REP)


@pytest.mark.parametrize(
    ("groups", "role"),
    [(["leadwise-viewer"], Role.VIEWER), (["leadwise-viewer", "leadwise-operator"], Role.OPERATOR)],
)
def test_the_highest_group_counts(groups, role):
    assert by(token(groups=groups)).role == role


@pytest.mark.parametrize("groups", [None, [], ["operator"], "leadwise-operator", [["x"]]])
def test_who_is_in_no_group_may_nothing(groups):
    with pytest.raises(Problem) as refusal:
        by(token(groups=groups))
    assert refusal.value.status == 403


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "another"},
        {"aud": None},
        {"aud": None, "client_id": CLIENT},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"exp": time.time() - 60},
        {"exp": None},
        {"sub": None},
        {"nbf": time.time() + 86_400},
    ],
)
def test_a_token_for_others_or_of_another_time_does_not_hold(changed):
    assert by(token(**changed)) is None


def test_an_access_token_of_cognito_names_its_client_elsewhere():
    assert by(token(aud=None, client_id=CLIENT, token_use="access"))
    assert by(token(aud=None, client_id="another", token_use="access")) is None


def test_no_algorithm_is_no_signature():
    assert by(jwt.encode(claims(), None, "none", headers={"kid": "a"})) is None


def test_a_public_key_is_no_shared_secret():
    """Algorithm confusion: signed with HMAC, by what everyone may read."""
    header = {"alg": "HS256", "kid": "a", "typ": "JWT"}
    signed = b".".join(encoded(json.dumps(part).encode()) for part in (header, claims()))
    signature = hmac.new(public(RSA["a"]).encode(), signed, hashlib.sha256).digest()
    assert by((signed + b"." + encoded(signature)).decode()) is None


def encoded(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def test_a_shared_secret_among_the_issuers_keys_signs_nothing():
    secret = b"0123456789abcdef0123456789abcdef"
    jwk = {"kty": "oct", "k": encoded(secret).decode(), "alg": "HS256", "kid": "s"}
    keys = IssuerKeys(
        ISSUER, lambda _: {"jwks_uri": "https://id.example/keys", "keys": [jwk]}, clock=Clock()
    )
    ask = TokenCallers(SETTINGS, Tokens(SETTINGS, keys))
    signed = jwt.encode(claims(), secret, "HS256", headers={"kid": "s"})
    assert caller(ask, authorization=f"Bearer {signed}") is None


@pytest.mark.parametrize("kid", ["a", "unknown"])
def test_a_key_of_another_does_not_sign_for_the_issuer(kid):
    forged = jwt.encode(claims(), RSA["b"], "RS256", headers={"kid": kid})
    assert by(forged) is None


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "lw_key", "e30.e30.", "\u00e9"])
def test_what_is_no_token_names_nobody(text):
    assert by(text) is None


def test_an_issuer_that_is_away_is_said_so():
    issuer = Issuer("a")
    issuer.away = True
    with pytest.raises(Problem) as refusal:
        by(token(), issuer)
    assert refusal.value.status == 503
    assert refusal.value.headers["Retry-After"]


def test_known_keys_count_while_the_issuer_is_away_and_new_ones_when_it_is_back():
    issuer, clock = Issuer("a"), Clock()
    ask = programs(issuer, clock)
    assert caller(ask, authorization=f"Bearer {token()}")
    issuer.away, clock.now = True, 7200.0
    assert caller(ask, authorization=f"Bearer {token()}")
    issuer.away, issuer.kids, clock.now = False, ["b"], 7300.0
    assert caller(ask, authorization=f"Bearer {token('b')}")
    assert caller(ask, authorization=f"Bearer {token('a')}") is None


def test_made_up_key_ids_do_not_make_us_ask_for_each():
    issuer, clock = Issuer("a"), Clock()
    ask = programs(issuer, clock)
    for number in range(20):
        forged = jwt.encode(claims(), RSA["b"], "RS256", headers={"kid": str(number)})
        assert caller(ask, authorization=f"Bearer {forged}") is None
    assert issuer.asked == 2


def test_a_token_is_read_once_in_a_while_and_not_beyond_its_time(monkeypatch):
    now = time.time()
    monkeypatch.setattr(token_callers.time, "time", lambda: now)
    keys = IssuerKeys(ISSUER, Issuer("a"), clock=Clock())
    tokens, reads = Tokens(SETTINGS, keys), []
    decode = jwt.decode
    monkeypatch.setattr(jwt, "decode", lambda *a, **w: reads.append(1) or decode(*a, **w))
    short = token(exp=int(now) + 10)
    for _ in range(3):
        assert anyio.run(tokens.claims, short)
    assert len(reads) == 1
    now += 11
    anyio.run(tokens.claims, short)
    assert len(reads) == 2


def test_keys_are_not_fetched_in_the_clear():
    issuer = Issuer("a")
    plain = lambda address: issuer(address) | {"jwks_uri": "http://id.example/keys"}  # noqa: E731
    keys = IssuerKeys(ISSUER, plain, clock=Clock())
    with pytest.raises(Problem):
        anyio.run(keys.key, "a")


class _Answers(BaseHTTPRequestHandler):
    """An issuer on this machine, whose paths are its ways to answer."""

    def do_GET(self) -> None:
        base, _, name = self.path.rpartition("/")
        keys = Issuer("a")("keys")
        here = f"http://{self.headers['Host']}"
        if base.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", f"{here}/good/{name}")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        found = keys if name == "keys" else {"jwks_uri": f"{here}/good/keys"}
        padding = " " * 1_000_000 if base.startswith("/large") else ""
        self.wfile.write(json.dumps(found).encode() + padding.encode())

    def log_message(self, *_: object) -> None:
        """Tests print nothing."""


@pytest.fixture(scope="module")
def local_issuer() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("path", "known"), [("good", True), ("moved", False), ("large", False)])
def test_an_issuer_is_asked_over_http_and_followed_nowhere(local_issuer, path, known):
    settings = AccessSettings(mode="oidc", issuer=f"{local_issuer}/{path}", audience=CLIENT)
    ask = TokenCallers(settings, Tokens(settings, IssuerKeys(settings.issuer, fetch_json)))
    header = f"Bearer {token(iss=settings.issuer)}"
    if known:
        assert caller(ask, authorization=header) == Caller(name="ann", role=Role.REP)
    else:
        with pytest.raises(Problem) as refusal:
            caller(ask, authorization=header)
        assert refusal.value.status == 503


# The load balancer


def word(key=EC, *, header: dict[str, object] | None = None, **changed: object) -> str:
    said = {"kid": KID, "signer": BALANCER, "client": CLIENT, "iss": ISSUER} | (header or {})
    given = {"sub": "ann", "exp": time.time() + 60, "iss": ISSUER} | changed
    present = {name: value for name, value in given.items() if value is not None}
    return jwt.encode(present, key, "ES256", headers=said)


def keys_of_balancers(address: str) -> str:
    if address != f"https://public-keys.auth.elb.eu-west-1.amazonaws.com/{KID}":
        raise HTTPError(address, 403, "there is none", {}, None)  # type: ignore[arg-type]
    return public(EC)


def balancer(fetch: Callable[[str], str] = keys_of_balancers) -> BalancerCallers:
    own = programs(Issuer("a"))
    tokens = Tokens(SETTINGS, IssuerKeys(ISSUER, Issuer("a"), clock=Clock()))
    return BalancerCallers(SETTINGS, tokens, own, fetch)


def test_the_balancer_says_who_and_the_access_token_what_they_may():
    found = caller(balancer(), x_amzn_oidc_data=word(), x_amzn_oidc_accesstoken=token())
    assert found == Caller(name="ann", role=Role.REP)


def test_the_balancer_pads_what_it_signs():
    """Its base64 ends in equals signs, which the standard of tokens leaves out."""
    header, body, _ = word().encode().split(b".")
    padded = b".".join(part + b"=" * (-len(part) % 4) for part in (header, body))
    r, s = utils.decode_dss_signature(EC.sign(padded, ec.ECDSA(hashes.SHA256())))
    signature = base64.urlsafe_b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    assert signature.endswith(b"==")
    said = (padded + b"." + signature).decode()
    assert caller(balancer(), x_amzn_oidc_data=said, x_amzn_oidc_accesstoken=token())


def test_groups_may_stand_in_the_balancers_word():
    found = caller(balancer(), x_amzn_oidc_data=word(groups=["leadwise-viewer"]))
    assert found == Caller(name="ann", role=Role.VIEWER)


@pytest.mark.parametrize(
    "said",
    [
        word(header={"signer": BALANCER.replace("console", "evil")}),
        word(header={"client": "another"}),
        word(header={"iss": "https://evil.example"}),
        word(header={"kid": KID.replace("1", "2")}),
        word(header={"kid": "../../evil"}),
        word(exp=time.time() - 60),
        word(exp=None),
        word(ec.generate_private_key(ec.SECP256R1())),
        jwt.encode(claims(), None, "none", headers={"kid": KID, "signer": BALANCER}),
        token(),
        "",
    ],
)
def test_the_word_of_anybody_else_names_nobody(said):
    assert caller(balancer(), x_amzn_oidc_data=said, x_amzn_oidc_accesstoken=token()) is None


@pytest.mark.parametrize("access", [token(sub="another"), token(aud="another"), ""])
def test_the_access_token_must_be_of_the_same_person_and_for_us(access):
    found = caller(balancer(), x_amzn_oidc_data=word(), x_amzn_oidc_accesstoken=access)
    assert found is None


def test_a_form_behind_the_balancer_must_come_from_here():
    """The balancer's cookie goes along with what other sites send."""
    headers = {"x_amzn_oidc_data": word(), "x_amzn_oidc_accesstoken": token()}
    with pytest.raises(Problem) as refusal:
        caller(balancer(), method="POST", **headers)
    assert refusal.value.status == 403
    assert caller(balancer(), method="POST", sec_fetch_site="same-origin", **headers)


def test_programs_bring_their_own_token():
    assert caller(balancer(), authorization=f"Bearer {token()}")
    assert caller(balancer()) is None


def test_without_the_balancers_keys_nobody_is_known():
    def away(_: str) -> str:
        raise TimeoutError

    with pytest.raises(Problem) as refusal:
        caller(balancer(away), x_amzn_oidc_data=word())
    assert refusal.value.status == 503
