"""A few threads that do blocking work for an event loop, first come, first served.

Knows threads, and how to tell a loop what came of work. Must not know databases. What an executor of the
standard library does besides, a lock and a condition for each piece of work and a second future chained to
the first, costs the loop half as much again as the hop itself, some five times a call.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Job:
    """A piece of work, and who waits for it on which loop."""

    work: Callable[[], Any]
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Any]


class Threads:
    """Up to ``width`` threads, each started when work comes. ``stop`` them when no more does."""

    def __init__(self, name: str, width: int) -> None:
        self._name = name
        self._width = width
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._stopped = False

    async def run(self, work: Callable[[], T]) -> T:
        """Do ``work`` in one of the threads and return its value; raises what it raises.

        Cancelling the caller drops work that has not begun, and does not stop work that has.
        """
        if self._stopped:
            raise RuntimeError(f"the threads {self._name!r} have been stopped")
        if len(self._threads) < self._width:
            self._start_one()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._queue.put(_Job(work, loop, answer))
        return await answer

    def started(self) -> list[int]:
        """Start those that have not begun, and return the system's ids of all; none once stopped."""
        while not self._stopped and len(self._threads) < self._width:
            self._start_one()
        return [thread.native_id for thread in self._threads if thread.native_id is not None]

    def stop(self) -> None:
        """Wait until all work that was given is done, and end the threads. Blocks; twice is harmless."""
        self._stopped = True
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _start_one(self) -> None:
        # A daemon, so that a program which forgets to stop them still ends.
        thread = Thread(target=self._serve, name=f"{self._name} {len(self._threads)}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self) -> None:
        while (job := self._queue.get()) is not None:
            if not job.answer.cancelled():
                _do(job)


def _do(job: _Job) -> None:
    value, fault = None, None
    try:
        value = job.work()
    except BaseException as raised:  # whatever it is, nobody may be left waiting
        fault = raised
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
        job.loop.call_soon_threadsafe(_tell, job.answer, value, fault)


def _tell(answer: asyncio.Future[Any], value: Any, fault: BaseException | None) -> None:
    if answer.done():  # its caller was cancelled meanwhile
        return
    if fault is not None:
        answer.set_exception(fault)
    else:
        answer.set_result(value)
