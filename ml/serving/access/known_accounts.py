"""The accounts of a home as a worker process knows them: a second old at most."""

from __future__ import annotations

import time

from starlette.concurrency import run_in_threadpool

from ml.contract.access import Account, AccountKind, Caller
from ml.ports import Accounts

_SECONDS = 1.0


class KnownAccounts:
    """Finds users by name and API keys by their digest, without asking the file each time.

    Parameters
    ----------
    accounts : Accounts
    """

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._users: dict[str, Account] = {}
        self._keys: dict[str, Caller] = {}
        self._until = 0.0
        self._read()

    async def user(self, name: str) -> Account | None:
        """The user of that name."""
        await self._fresh()
        return self._users.get(name)

    async def key(self, digest: str) -> Caller | None:
        """The caller whose key has that digest.

        A look-up takes longer the more of a digest is right, but nobody can choose a key's digest:
        the time says nothing about keys.
        """
        await self._fresh()
        return self._keys.get(digest)

    async def _fresh(self) -> None:
        if time.monotonic() >= self._until:
            self._until = time.monotonic() + _SECONDS  # others go on with what is known
            await run_in_threadpool(self._read)

    def _read(self) -> None:
        found = self._accounts.all()
        self._users = {each.name: each for each in found if each.kind == AccountKind.USER}
        self._keys = {each.secret: each.caller for each in found if each.kind == AccountKind.KEY}
        self._until = time.monotonic() + _SECONDS
