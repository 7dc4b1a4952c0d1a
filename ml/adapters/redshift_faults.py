"""What Redshift and its Data API refuse, in our words: who must do what next."""

from __future__ import annotations

import re
from dataclasses import dataclass

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    CredentialRetrievalError,
    NoCredentialsError,
    ReadTimeoutError,
)

from ml.contract.errors import (
    AccessDenied,
    DependencyUnavailable,
    Gone,
    ResultTooLarge,
    StatementFailed,
    WarehouseAway,
    WarehouseBusy,
)

_BUSY = frozenset(
    {
        "ActiveStatementsExceededException",
        "ActiveSessionsExceededException",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_BROKEN = frozenset({"InternalServerException", "ServiceUnavailableException"})
_DENIED = frozenset(
    {
        "AccessDeniedException",
        "ExpiredTokenException",
        "InvalidSignatureException",
        "UnrecognizedClientException",
    }
)
# Redshift tells these apart in words only. The first that fits counts.
_DENIED_WORDS = (
    "access denied",
    "accessdenied",
    "authentication failed",
    "must be owner",
    "not authorized",
    "permission denied",
)
_SECRET_WORDS = (*_DENIED_WORDS, "secret")
_GONE_WORDS = ("nosuchkey", "specified key does not exist")
_AWAY_WORDS = ("paused", "not available", "unavailable", "not in available state", "resuming")
_LARGE = re.compile(r"\b(row|result)s?\b.*\b(size|exceed)|\bexceed\w*\b.*\b(row|result)s?\b")
_NOT_FOUND_WORDS = ("not found", "doesn't exist", "does not exist")


@dataclass(frozen=True, kw_only=True)
class RedshiftFaults:
    """Faults of one warehouse.

    Parameters
    ----------
    workgroup : str
    secret : str
        ARN of the secret that statements run with; empty for the caller's own role.
    """

    workgroup: str
    secret: str

    @staticmethod
    def may_pass(error: Exception) -> bool:
        """Whether to ask again can help; what is denied or unknown stays so."""
        if isinstance(error, ConnectionClosedError | ReadTimeoutError):
            return True  # who knows what was taken; the token keeps it from being done twice
        return isinstance(error, ClientError) and _code(error) in _BUSY | _BROKEN

    def refused(self, error: Exception) -> DependencyUnavailable:
        """Why a call was not taken."""
        if isinstance(error, NoCredentialsError | CredentialRetrievalError):
            return self._denied(str(error))
        if isinstance(error, BotoCoreError):
            return self._away(str(error))
        assert isinstance(error, ClientError)
        code, words = _code(error), _words(error.response.get("Error", {}).get("Message", ""))
        if code in _BUSY:
            return WarehouseBusy(
                f"workgroup {self.workgroup!r} took no statement for as long as we wait ({code}); "
                "see what runs in it, raise its capacity, or start again later"
            )
        if code in _BROKEN or _has(words, _AWAY_WORDS):
            return self._away(f"{code}: {words}")
        if code in _DENIED or _has(words, _SECRET_WORDS):
            return self._denied(f"{code}: {words}")
        if code == "ResourceNotFoundException" or _has(words, _NOT_FOUND_WORDS):
            return Gone(
                f"there is no workgroup {self.workgroup!r} or no such statement ({words}); check "
                "the name and the region in the settings, or deploy the warehouse"
            )
        return StatementFailed(f"Redshift's Data API refused a statement with {code}: {words}")

    def failed(self, status: str, words: str, sql: str) -> DependencyUnavailable:
        """Why a statement that was taken did not finish."""
        told = _words(words) or "no reason given"
        about = _shortened(sql)
        if _has(told, _DENIED_WORDS):
            return self._denied(f"{told}, running {about}")
        if _has(told, _GONE_WORDS):
            return Gone(
                f"Redshift did not find a file of the manifest ({told}), running {about}; write "
                "the files again, then load again: nothing was loaded"
            )
        if _has(told, _AWAY_WORDS):
            return self._away(told)
        kind = ResultTooLarge if _LARGE.search(told.lower()) else StatementFailed
        return kind(f"Redshift says {status}: {told}, running {about}")

    def _denied(self, words: str) -> AccessDenied:
        signed = f"secret {self.secret!r}" if self.secret else "the role of this process"
        return AccessDenied(
            f"AUTH: workgroup {self.workgroup!r} denies what was asked with {signed} ({words}); "
            "check that secret and role exist, are current and may do this"
        )

    def _away(self, words: str) -> WarehouseAway:
        return WarehouseAway(
            f"workgroup {self.workgroup!r} is paused, being changed or out of reach ({words}); see "
            "its state and the network, then start again: what was not finished took no effect"
        )


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _words(text: str) -> str:
    return " ".join(text.split())


def _has(words: str, known: tuple[str, ...]) -> bool:
    return any(each in words.lower() for each in known)


def _shortened(sql: str) -> str:
    """The statement's beginning; values stand at its end."""
    words = _words(sql)
    return repr(words if len(words) <= 80 else f"{words[:77]}...")
