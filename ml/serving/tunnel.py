"""A public address for a server on this machine, through ngrok."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from ml.contract.errors import DependencyUnavailable, UsageError

#: ngrok's own name for it; its program reads the variable too.
TOKEN = "NGROK_AUTHTOKEN"
_CODE = re.compile(r"ERR_NGROK_\d+")


@contextmanager
def tunnel(port: int) -> Iterator[str]:
    """Let the world reach a port of this machine until the block ends.

    Parameters
    ----------
    port : int

    Yields
    ------
    str
        The public address.

    Raises
    ------
    UsageError
        Without pyngrok, or without a token in the environment.
    DependencyUnavailable
        If ngrok opens no tunnel.
    """
    try:
        from pyngrok import conf, exception, ngrok
    except ImportError:
        raise UsageError(
            "--tunnel needs pyngrok, which is not installed; run: pip install 'leadwise[tunnel]'"
        ) from None
    if not os.environ.get(TOKEN):
        raise UsageError(f"--tunnel needs your token of ngrok in the variable {TOKEN}; set it")
    config = conf.PyngrokConfig()
    # It would stand in the list of processes; ngrok finds it in the environment.
    config.auth_token = None
    try:
        opened = ngrok.connect(str(port), pyngrok_config=config)
    except exception.PyngrokError as error:
        # Its words may hold the token.
        raise DependencyUnavailable(f"ngrok opened no tunnel{_code(error)}") from None
    try:
        yield str(opened.public_url)
    finally:
        ngrok.kill(config)


def _code(error: Exception) -> str:
    found = _CODE.search(str(error))
    return f": see https://ngrok.com/docs/errors/{found[0].lower()}" if found else "; try again"
