"""How a serving process learns who calls; worker processes read it from their environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ml.contract.access import AccessMode
from ml.contract.errors import InvalidSettings, UnknownName
from ml.contract.settings import Settings

#: Requests of one caller in a second where strangers can reach the server.
USUAL_RATE = 300


@dataclass(frozen=True, kw_only=True)
class AccessSettings(Settings):
    """Who gets in, under which names, and how often.

    Parameters
    ----------
    mode : str, default='machine'
        An `AccessMode`.
    names : str, default=''
        Host names that the server answers under beside those of this machine, with commas between;
        empty for any, but for the mode `machine`, which then answers under the machine's own only.
    issuer : str, default=''
        Whose tokens count, as their claim `iss` says it; `oidc` needs it.
    audience : str, default=''
        For whom tokens must be made: the client id of this server; `oidc` needs it.
    groups_claim : str, default='groups'
        Claim with the groups of a person; Cognito calls it `cognito:groups`.
    group_prefix : str, default='leadwise-'
        Before a role's word it makes the name of the group that has it.
    balancer : str, default=''
        ARN of the load balancer whose sign-in counts; empty where none stands before the server.
    requests_per_second : int, default=0
        Of one caller, over all workers; 0 for no limit.
    workers : int, default=1
        Processes that share the limit.
    """

    prefix: ClassVar[str] = "LEADWISE_ACCESS_"

    mode: str = AccessMode.MACHINE.value
    names: str = ""
    issuer: str = ""
    audience: str = ""
    groups_claim: str = "groups"
    group_prefix: str = "leadwise-"
    balancer: str = ""
    requests_per_second: int = 0
    workers: int = 1

    def __post_init__(self) -> None:
        if self.mode not in set(AccessMode):
            raise UnknownName("access mode", self.mode, AccessMode)
        if self.mode == AccessMode.OIDC and not (self.issuer and self.audience):
            raise InvalidSettings(
                f"issuer is {self.issuer!r} and audience is {self.audience!r}; mode oidc needs "
                "both: who signs the tokens, and the client id that they are made for"
            )
        if self.requests_per_second < 0 or self.workers < 1:
            raise InvalidSettings(
                f"requests_per_second is {self.requests_per_second} and workers is {self.workers}; "
                "expected 0 or more, and 1 or more"
            )
