"""The dialer on twins, for every test of this room that asks for ``world``."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from dialer_world import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    yield made
    for task in made.conversations:
        task.cancel()
    await made.control.close()
    await made.switchboard.stop()
    await made.calls.drain()
    await asyncio.gather(*made.conversations, return_exceptions=True)
