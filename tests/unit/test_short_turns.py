"""Threads take short turns while a server runs, and their usual ones after it."""

import asyncio
import sys

import pytest

from ml.serving.short_turns import short_turns


async def _inside(error=None):
    async with short_turns():
        seen = sys.getswitchinterval()
        if error:
            raise error
    return seen


def test_turns_are_short_while_the_server_runs_and_as_before_afterwards():
    before = sys.getswitchinterval()
    assert asyncio.run(_inside()) < before == sys.getswitchinterval()
    with pytest.raises(RuntimeError):
        asyncio.run(_inside(RuntimeError()))
    assert sys.getswitchinterval() == before
