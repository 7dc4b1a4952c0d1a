"""An identity provider as a process of its own: discovery, keys, rotation, and any token one likes.

``python -m tests.support.issuer PORT`` serves it. ``POST /rotate`` brings a new key and drops the
oldest but one; ``POST /token`` signs the claims that are sent, by the way that is asked for.
"""

import base64
import hashlib
import hmac
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

AUDIENCE = "console"
Key = rsa.RSAPrivateKey


def _new_key() -> Key:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Keys:
    """The issuer's keys by id, the newest last, and one that it has never told."""

    def __init__(self) -> None:
        self._made = 0
        self.told: dict[str, Key] = {}
        self.untold = _new_key()
        self.rotate()

    def rotate(self) -> None:
        self._made += 1
        newest = list(self.told.items())[-1:]
        self.told = dict(newest) | {f"key-{self._made}": _new_key()}

    def sign(self, claims: dict[str, Any], way: str) -> str:
        """A token signed properly, or in a way that nobody should believe."""
        kid, key = list(self.told.items())[-1]
        ways = {
            "right": lambda: jwt.encode(claims, key, "RS256", {"kid": kid}),
            "none": lambda: jwt.encode(claims, "", "none", {"kid": kid}),
            "confused": lambda: _by_public_key(claims, key, kid),
            "unknown": lambda: jwt.encode(claims, self.untold, "RS256", {"kid": "key-0"}),
            "forged": lambda: jwt.encode(claims, self.untold, "RS256", {"kid": kid}),
        }
        return ways[way]()

    def as_jwks(self) -> dict[str, Any]:
        told = [(kid, key.public_key()) for kid, key in self.told.items()]
        to_jwk = jwt.algorithms.RSAAlgorithm.to_jwk
        return {"keys": [json.loads(to_jwk(key)) | {"kid": kid, "use": "sig"} for kid, key in told]}


def _by_public_key(claims: dict[str, Any], key: Key, kid: str) -> str:
    """HS256 with what everyone may read as the secret (algorithm confusion)."""
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    parts = [json.dumps(each).encode() for each in ({"alg": "HS256", "kid": kid}, claims)]
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = base64.urlsafe_b64encode(hmac.new(pem, signed, hashlib.sha256).digest())
    return (signed + b"." + signature.rstrip(b"=")).decode()


def claims_of(issuer: str, **changed: Any) -> dict[str, Any]:
    """What a token of that issuer says, unless asked otherwise."""
    usual = {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": "ann",
        "exp": int(time.time()) + 600,
        "groups": ["leadwise-rep"],
    }
    return usual | changed


class _Answers(BaseHTTPRequestHandler):
    keys = Keys()

    def do_GET(self) -> None:
        here = f"http://{self.headers['Host']}"
        self._say(
            self.keys.as_jwks()
            if self.path == "/keys"
            else {"issuer": here, "jwks_uri": f"{here}/keys"}
        )

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        if self.path == "/rotate":
            self.keys.rotate()
        self._say({"token": self.keys.sign(asked["claims"], asked["way"])} if asked else {})

    def _say(self, said: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    def log_message(self, *_: object) -> None:
        """Tests print nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), _Answers).serve_forever()
