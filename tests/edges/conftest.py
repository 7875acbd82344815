"""A scripted manager to talk to, for every test at an edge that asks for ``peer``."""

from collections.abc import AsyncIterator

import pytest
from scripted_ami import ScriptedAmi


@pytest.fixture
async def peer() -> AsyncIterator[ScriptedAmi]:
    peer = ScriptedAmi()
    await peer.start()
    yield peer
    await peer.stop()
