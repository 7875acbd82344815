"""Threads that work for an event loop: who waits is told, whatever happens; nobody is left waiting."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from store.threads import Threads


@pytest.fixture
async def one() -> AsyncIterator[Threads]:
    threads = Threads("one", 1)
    yield threads
    await asyncio.to_thread(threads.stop)


def failing() -> None:
    raise LookupError("nothing there")


async def test_work_is_done_elsewhere_and_its_value_or_fault_comes_back(one: Threads) -> None:
    assert await one.run(threading.get_ident) != threading.get_ident()
    with pytest.raises(LookupError, match="nothing there"):
        await one.run(failing)
    assert await one.run(lambda: "goes on") == "goes on"


class Held:
    """Work that has begun, and goes on until it is let."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.let = threading.Event()

    def __call__(self) -> None:
        self.begun.set()
        self.let.wait(10)


async def test_work_whose_caller_goes_is_dropped_or_ends_unheard(one: Threads) -> None:
    held, done, complaints = Held(), [], []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, told: complaints.append(told))
    begun = asyncio.create_task(one.run(held))
    waiting = asyncio.create_task(one.run(lambda: done.append("dropped")))
    last = asyncio.create_task(one.run(lambda: done.append("last")))
    await asyncio.to_thread(held.begun.wait, 10)
    begun.cancel()
    waiting.cancel()
    await asyncio.wait({begun, waiting})
    held.let.set()
    await last
    assert (done, complaints) == (["last"], [])


async def test_no_more_threads_than_asked_for_and_each_in_turn() -> None:
    threads, both = Threads("two", 2), threading.Barrier(2)
    await asyncio.gather(threads.run(both.wait), threads.run(both.wait))
    names = {await threads.run(lambda: threading.current_thread().name) for _ in range(20)}
    assert names <= {"two 0", "two 1"}
    await asyncio.to_thread(threads.stop)
    await asyncio.to_thread(threads.stop)
    with pytest.raises(RuntimeError, match="stopped"):
        await threads.run(failing)


async def test_they_are_known_to_the_system_before_work_comes_and_not_once_stopped() -> None:
    threads, both = Threads("two", 2), threading.Barrier(2)
    known = threads.started()
    assert threads.started() == known

    def who() -> int:
        both.wait()
        return threading.get_native_id()

    assert sorted(await asyncio.gather(threads.run(who), threads.run(who))) == sorted(known)
    await asyncio.to_thread(threads.stop)
    assert threads.started() == []


async def test_what_was_given_is_done_before_they_stop(one: Threads) -> None:
    done: list[int] = []
    given = [asyncio.create_task(one.run(lambda at=at: done.append(at))) for at in range(50)]  # type: ignore[misc]
    await asyncio.sleep(0)
    await asyncio.to_thread(one.stop)
    await asyncio.gather(*given)
    assert done == list(range(50))


def test_work_that_outlives_its_loop_hurts_nobody() -> None:
    held, threads = Held(), Threads("left", 1)

    async def leave() -> None:
        task = asyncio.create_task(threads.run(held))
        await asyncio.to_thread(held.begun.wait, 10)
        task.cancel()

    asyncio.run(leave())
    held.let.set()
    threads.stop()
