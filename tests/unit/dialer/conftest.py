"""The dialer on twins, for every test of this room that asks for ``world``."""

from collections.abc import AsyncIterator

import pytest
from dialer_world import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    yield made
    await made.close()
