"""Who may do what: roles, callers, and the ways in which a server learns who calls."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Role(IntEnum):
    """What a caller may do; each may all that those before it may.

    Examples
    --------
    >>> Role.VIEWER < Role.REP < Role.OPERATOR
    True
    >>> Role.named("rep")
    <Role.REP: 2>
    """

    #: Looks at results and leads.
    VIEWER = 1
    #: Scores leads and says what became of them.
    REP = 2
    #: Promotes and rolls back models, and sees what the server measures.
    OPERATOR = 3

    @property
    def word(self) -> str:
        """The role as people write it."""
        return self.name.lower()

    @classmethod
    def named(cls, word: str) -> Role:
        """The role that people write so; raises KeyError for any other word."""
        return {role.word: role for role in cls}[word]


class AccessMode(StrEnum):
    """How a server learns who calls."""

    #: Who is at this machine is its owner; nobody else gets through.
    MACHINE = "machine"
    #: Users of the home sign in, programs send API keys of the home.
    ACCOUNTS = "accounts"
    #: An identity provider signs tokens.
    OIDC = "oidc"
    #: SageMaker has asked IAM already; nothing but its two routes exists.
    SAGEMAKER = "sagemaker"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who sent a request.

    Parameters
    ----------
    name : str
        User, API key or subject; what is theirs is kept under it.
    role : Role
    """

    name: str
    role: Role


#: Whoever is at this machine.
YOU = Caller(name="you", role=Role.OPERATOR)
