"""Where Leadwise runs on AWS: every value that differs between environments."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ml.contract.errors import InvalidSettings, UnknownName

_NAME = re.compile(r"[a-z][a-z0-9]{1,11}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One deployment of the whole system.

    Parameters
    ----------
    name : str
        2 to 12 lower-case letters and digits; the first part of every stack's name.
    account : str or None
        The twelve digits of the AWS account; None deploys to the account of whoever is signed in.
    region : str
        The AWS region, such as ``"us-east-1"``.
    keep_data : bool
        Whether data outlives its stack. False alone destroys nothing: it takes the context flag
        ``destroy_data=true`` as well. Production always keeps its data.

    Raises
    ------
    InvalidSettings
        When a value breaks a rule; the message names the value and what was expected.

    Examples
    --------
    >>> Environment(name="dev", account=None, region="us-east-1", keep_data=False).name
    'dev'
    """

    name: str
    account: str | None
    region: str
    keep_data: bool

    def __post_init__(self) -> None:
        for broken, message in self._rules():
            if broken:
                raise InvalidSettings(f"environment {self.name!r}: {message}")

    @property
    def is_production(self) -> bool:
        """Whether real customers depend on it."""
        return self.name == "prod"

    def _rules(self) -> Iterator[tuple[bool, str]]:
        yield (
            not _NAME.fullmatch(self.name),
            f"name is {self.name!r}; expected 2 to 12 lower-case letters and digits",
        )
        yield (
            self.account is not None and not _ACCOUNT.fullmatch(self.account),
            f"account is {self.account!r}; expected twelve digits, or None for the signed-in one",
        )
        yield (
            not _REGION.fullmatch(self.region),
            f"region is {self.region!r}; expected an AWS region such as 'us-east-1'",
        )
        yield (
            self.is_production and not self.keep_data,
            "keep_data is False; expected True, since production never gives its data up",
        )


DEV = Environment(name="dev", account=None, region="us-east-1", keep_data=False)
STAGING = Environment(name="staging", account=None, region="us-east-1", keep_data=True)
PROD = Environment(name="prod", account=None, region="us-east-1", keep_data=True)

ENVIRONMENTS = (DEV, STAGING, PROD)


def select(only: str | None) -> tuple[Environment, ...]:
    """All environments, or the one of that name.

    Parameters
    ----------
    only : str or None
        Name of an environment; None means all.

    Raises
    ------
    UnknownName
        When no environment has that name.

    Examples
    --------
    >>> [environment.name for environment in select("dev")]
    ['dev']
    """
    chosen = tuple(each for each in ENVIRONMENTS if only in {None, each.name})
    if not chosen:
        raise UnknownName("environment", str(only), [each.name for each in ENVIRONMENTS])
    return chosen
