"""What is kept of passwords, API keys and sessions: enough to know them again, never themselves."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets

from ml.contract.errors import InvalidSettings

#: What every API key begins with, so that scanners for secrets find a leaked one.
KEY_PREFIX = "lw_"
#: OWASP, Password Storage Cheat Sheet: 32 MB and a quarter of a second for each guess.
_COST, _BLOCK, _LANES = 2**15, 8, 3
_SALT_BYTES, _HASH_BYTES, _TOKEN_BYTES = 16, 32, 32
_LEAST, _MOST = 12, 1024


def new_key() -> str:
    """An API key that nobody can guess."""
    return KEY_PREFIX + new_token()


def new_token() -> str:
    """256 random bits as text."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def token_digest(token: str) -> str:
    """What is kept of a key or session: what is random needs no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def password_hash(password: str) -> str:
    """What is kept of a password: its scrypt hash with parameters and salt.

    Raises
    ------
    InvalidSettings
        For fewer than 12 characters, or more than 1024 bytes.
    """
    if len(password) < _LEAST or len(password.encode()) > _MOST:
        raise InvalidSettings(
            f"the password has {len(password)} characters; expected {_LEAST} or more, for example "
            "four words that have nothing to do with each other"
        )
    salt = os.urandom(_SALT_BYTES)
    digest = _scrypt(password, salt, _COST, _BLOCK, _LANES)
    kept = (base64.b64encode(part).decode() for part in (salt, digest))
    return "$".join(("scrypt", str(_COST), str(_BLOCK), str(_LANES), *kept))


def is_password(password: str, kept: str) -> bool:
    """Whether a password is the one that `kept` was made of.

    Examples
    --------
    >>> kept = password_hash("four words of mine")
    >>> is_password("four words of mine", kept), is_password("four words of his", kept)
    (True, False)
    """
    _, cost, block, lanes, salt, digest = kept.split("$")
    found = _scrypt(password[:_MOST], base64.b64decode(salt), int(cost), int(block), int(lanes))
    return hmac.compare_digest(found, base64.b64decode(digest))


def _scrypt(password: str, salt: bytes, cost: int, block: int, lanes: int) -> bytes:
    memory = 128 * block * (cost + lanes + 2)
    return hashlib.scrypt(
        password.encode(), salt=salt, n=cost, r=block, p=lanes, maxmem=memory, dklen=_HASH_BYTES
    )
