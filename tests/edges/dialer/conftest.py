"""A scripted manager to talk to, for every test of this room that asks for ``peer``."""

from collections.abc import AsyncIterator

import pytest
from scripted_ami import ScriptedAmi


@pytest.fixture
async def peer() -> AsyncIterator[ScriptedAmi]:
    peer = ScriptedAmi()
    await peer.start()
    yield peer
    await peer.stop()
