"""The event loop that commands run on, for every test that leaves its process.

Tests inside their process run on the standard library's, whose clock can be made to jump.
"""

import asyncio
from collections.abc import Callable

import uvloop


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Return the loop that pytest runs the tests of a folder on, whose conftest imports this."""
    return {"uvloop": uvloop.new_event_loop}
