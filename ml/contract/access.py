"""Who may do what: roles, callers, and the ways in which a server learns who calls."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from ml.contract.errors import InvalidSettings, UnknownName


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
        """The role that people write so.

        Raises
        ------
        UnknownName
            For any other word.
        """
        roles = {role.word: role for role in cls}
        if word not in roles:
            raise UnknownName("role", word, roles)
        return roles[word]


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

    def sees(self, owner: str) -> bool:
        """Whether leads of a file that `owner` sent are theirs to see.

        Examples
        --------
        >>> Caller(name="ann", role=Role.REP).sees("ben"), YOU.sees("ben")
        (False, True)
        """
        return owner == self.name or self.role >= Role.OPERATOR


#: Whoever is at this machine.
YOU = Caller(name="you", role=Role.OPERATOR)
#: Whoever IAM lets invoke the endpoint.
SAGEMAKER = Caller(name="sagemaker", role=Role.REP)


class AccountKind(StrEnum):
    """What an account is for."""

    #: A person, who signs in with a password.
    USER = "user"
    #: A program, which sends an API key.
    KEY = "key"


_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


@dataclass(frozen=True, kw_only=True)
class Account:
    """Who may call a server of this home.

    Parameters
    ----------
    name : str
        Unique among users and keys, since what is theirs is kept under it.
    kind : AccountKind
    role : Role
    secret : str
        Hash of the password or key; neither is kept.
    since : datetime
        When it was made, UTC.
    """

    name: str
    kind: AccountKind
    role: Role
    secret: str = field(repr=False)
    since: datetime

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise InvalidSettings(
                f"name is {self.name!r}; expected up to 64 small letters, digits and . _ @ -, "
                "such as ann or crm-import"
            )

    @property
    def caller(self) -> Caller:
        """Whom the server sees."""
        return Caller(name=self.name, role=self.role)
