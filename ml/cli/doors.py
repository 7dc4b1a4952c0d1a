"""Who may come in at the address that `serve` is asked to listen on."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

from ml.contract.access import AccessMode
from ml.contract.access_settings import USUAL_RATE, AccessSettings
from ml.contract.errors import UsageError


def doors_for(
    home: Path,
    *,
    host: str,
    names: str = "",
    issuer: str = "",
    audience: str = "",
    rate: int | None = None,
) -> AccessSettings:
    """How a server of this home learns who calls.

    An issuer signs tokens; without one the home's users and keys count; without any, whoever is
    at this machine.

    Parameters
    ----------
    home : Path
    host : str
        Address to listen on.
    names, issuer, audience : str
        As `AccessSettings` takes them.
    rate : int, optional
        Requests of one caller in a second; 0 for no limit.

    Raises
    ------
    UsageError
        If strangers could reach the address and nothing would tell who they are.
    """
    mode = AccessMode.OIDC if issuer else _mode_of(home)
    here = mode is AccessMode.MACHINE
    settings = AccessSettings(
        mode=mode,
        names=names,
        issuer=issuer,
        audience=audience,
        requests_per_second=(0 if here else USUAL_RATE) if rate is None else rate,
    )
    refuse_open_doors(settings, host)
    return settings


def refuse_open_doors(settings: AccessSettings, host: str) -> None:
    """Refuse to listen where strangers are without asking who calls.

    Raises
    ------
    UsageError
        For an address beyond this machine in the mode `machine`.
    """
    if settings.mode == AccessMode.MACHINE and not is_this_machine(host):
        raise UsageError(
            f"others can reach {host}, and this home has no users and no API keys: make one with "
            "'leadwise users add NAME' or 'leadwise keys add NAME', or name an --issuer"
        )


def is_this_machine(host: str) -> bool:
    """Whether only this machine reaches an address.

    Examples
    --------
    >>> [is_this_machine(host) for host in ("localhost", "127.0.0.2", "::1", "0.0.0.0", "")]
    [True, True, True, False, False]
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _mode_of(home: Path) -> AccessMode:
    from ml.adapters.sqlite_accounts import ACCESS
    from ml.bootstrap import accounts_of

    known = (home / ACCESS).is_file() and accounts_of(home).all()
    return AccessMode.ACCOUNTS if known else AccessMode.MACHINE
