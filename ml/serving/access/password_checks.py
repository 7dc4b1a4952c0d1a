"""Passwords are compared a few at once, and each name's a few times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import anyio
from anyio.to_thread import run_sync

from ml.contract.access import Account
from ml.contract.requests.problems import Problem
from ml.ports import Sessions
from ml.serving.access.known_accounts import KnownAccounts
from ml.serving.access.secret_hashes import is_password, new_token, password_hash, token_digest

#: A check takes 32 MB and a processor; guessing must not take them all.
_CHECKS_AT_ONCE, _MOST_WAITING = 2, 20
_TRIES, _WINDOW = 5, timedelta(minutes=5)


class PasswordChecks:
    """Finds out whether a name and a password belong together.

    Parameters
    ----------
    known : KnownAccounts
    sessions : Sessions
        Count tries for all workers together.
    """

    def __init__(self, known: KnownAccounts, sessions: Sessions) -> None:
        self._known, self._sessions = known, sessions
        self._at_once = anyio.CapacityLimiter(_CHECKS_AT_ONCE)
        # Compared with where there is no such user, so that the answer takes as long.
        self._nobody = password_hash(new_token())

    async def user(self, name: str, password: str) -> Account | None:
        """The user of that name, if it is their password.

        Raises
        ------
        Problem
            429 after five tries of a name in five minutes, 503 while too many are compared.
        """
        self._refuse_crowd()
        await self._count(name)
        user = await self._known.user(name)
        kept = self._nobody if user is None else user.secret
        right = await run_sync(is_password, password, kept, limiter=self._at_once)
        return user if right else None

    async def hashed(self, password: str) -> str:
        """What is kept of a password; raises as `password_hash` does."""
        return await run_sync(password_hash, password, limiter=self._at_once)

    def _refuse_crowd(self) -> None:
        if self._at_once.statistics().tasks_waiting >= _MOST_WAITING:
            raise Problem(
                503, "too many people sign in at once; try again", headers={"Retry-After": "5"}
            )

    async def _count(self, name: str) -> None:
        # By digest: people type passwords where names belong.
        wait = await run_sync(self._tried, token_digest(name))
        if wait:
            raise Problem(
                429,
                f"there were too many attempts with this name; wait {wait} s",
                headers={"Retry-After": str(wait)},
            )

    def _tried(self, digest: str) -> int:
        return self._sessions.tried(digest, now=datetime.now(UTC), most=_TRIES, within=_WINDOW)
