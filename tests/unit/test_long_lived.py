"""What a server has built by its start is left out of Python's search for garbage."""

import asyncio
import gc

import pytest

from ml.serving.long_lived import long_lived


async def _frozen_inside(error=None):
    async with long_lived():
        frozen = gc.get_freeze_count()
        if error:
            raise error
    return frozen


def test_all_that_is_there_is_left_out_while_the_server_runs_and_looked_at_again_afterwards():
    assert asyncio.run(_frozen_inside()) > len(gc.get_objects()) / 2
    assert gc.get_freeze_count() == 0
    with pytest.raises(RuntimeError):
        asyncio.run(_frozen_inside(RuntimeError()))
    assert gc.get_freeze_count() == 0
