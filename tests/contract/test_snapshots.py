"""A read is of one moment, however many statements it takes, on every database."""

import asyncio
import threading
from collections.abc import Awaitable

import pytest
from book_cases import NOON
from sqlalchemy import Connection, func, select
from sqlalchemy.util import await_only

from store.opening import Store
from store.tables import suppressed_numbers

pytestmark = pytest.mark.asyncio(loop_scope="session")

COUNTED = select(func.count()).select_from(suppressed_numbers)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Store:
    """A store with empty books."""
    request.getfixturevalue(f"on_{request.param}")
    opened: Store = request.getfixturevalue(f"{request.param}_store")
    return opened


@pytest.mark.parametrize("lane", ["read", "read_long"])
async def test_what_is_written_between_two_statements_of_a_read_is_not_seen(store: Store, lane: str) -> None:
    loop, main = asyncio.get_running_loop(), threading.get_ident()

    def wait_for(write: Awaitable[object]) -> None:
        """From a thread of the store's own, or from the loop that does its work."""
        if threading.get_ident() == main:
            await_only(write)
        else:
            asyncio.run_coroutine_threadsafe(_awaited(write), loop).result(10)

    def twice(connection: Connection) -> list[int]:
        first = connection.scalar(COUNTED)
        wait_for(store.campaign_book.suppress("+442079460555", "asked", "anna", NOON))
        return [first, connection.scalar(COUNTED)]

    read = getattr(store.database, lane)
    assert await read(twice) == [0, 0]
    assert await read(lambda connection: connection.scalar(COUNTED)) == 1


async def _awaited(write: Awaitable[object]) -> object:
    return await write
