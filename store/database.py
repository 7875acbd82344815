"""One database: many readers, and one writer that commits what has queued up together.

Knows lanes, the queue of write units and their fate. Must not know tables. An fsync costs far more than the
statements before it, so while one transaction is being committed the next one gathers. A unit that fails does
not take its neighbours with it: the transaction is rolled back, and they are run again, each in its own
SAVEPOINT; units are therefore functions of the database and of values that do not change. What is cheaper to
do once for all of them is left over by the units and done before the commit; if that fails, nothing was
written.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection

from store.errors import Closed, Unavailable, translated
from store.lanes import Lane, Work
from store.write_record import SLOW_S, WriteRecord

log = structlog.get_logger()

T = TypeVar("T")
Undo = Callable[[Connection, T], object]

UNITS_PER_COMMIT = 256
TRIES = 50
BETWEEN_TRIES_S = 0.1
FORGET_AGAIN_S = 2.0


@dataclass(frozen=True, slots=True)
class _Order:
    """One write unit, who waits for it, and how to take it back when nobody does any more."""

    unit: Work[Any]
    answer: asyncio.Future[Any]
    undo: Undo[Any] | None


@dataclass(frozen=True, slots=True)
class _Outcome:
    value: Any = None
    fault: Exception | None = None


class _UnitFailed(Exception):
    """A unit raised; nothing of its transaction is kept."""


def left_over(connection: Connection) -> list[Any]:
    """Return what the units of this transaction have left over so far; a unit that fails leaves nothing."""
    left: list[Any] = connection.info.setdefault("left over", [])
    return left


def _no_touch(_connection: Connection) -> None:
    """A transaction that writes nothing still asks for the right to write."""


def _nothing_left(connection: Connection) -> None:
    assert not left_over(connection), "somebody left work over that nobody does"


class Database:
    """Runs reads at once and writes in groups. Make it inside a running event loop; ``close`` it.

    ``reading_long`` is the lane of reads that may take seconds, so that those of calls never wait for them.
    ``finish`` does what units left over, before each commit. ``empty_log`` empties the log beside a file, at
    once or not at all. ``touch`` writes something that changes nothing, to see whether that can be done.
    """

    def __init__(
        self,
        writing: Lane,
        reading: Lane,
        reading_long: Lane,
        finish: Callable[[Connection], object] = _nothing_left,
        empty_log: Callable[[], bool] = lambda: True,
        touch: Callable[[Connection], object] = _no_touch,
    ) -> None:
        self._writing = writing
        self._finish = finish
        self._reading = reading
        self._reading_long = reading_long
        self._empty_log = empty_log
        self._touch = touch
        self._record = WriteRecord(time.monotonic())
        self._touching: asyncio.Task[None] | None = None
        self._queue: deque[_Order] = deque()
        self._wake = asyncio.Event()
        self._closing = False
        self._forgetting: asyncio.Task[None] | None = None
        self._writer = asyncio.create_task(self._write_on(), name="store writer")

    def threads_of_calls(self) -> Sequence[int]:
        """Return the system's ids of the threads that calls wait for: they write, or read at once."""
        return [*self._writing.threads(), *self._reading.threads()]

    async def read(self, query: Work[T]) -> T:
        """Run ``query`` on one snapshot that holds every write that has returned."""
        if self._closing:
            raise Closed("the store is closed")
        return await self._reading.run(query)

    async def read_long(self, query: Work[T]) -> T:
        """As ``read``, for what may take seconds: one at a time, and beside the reads of calls."""
        if self._closing:
            raise Closed("the store is closed")
        return await self._reading_long.run(query)

    async def write(self, unit: Work[T], undo: Undo[T] | None = None) -> T:
        """Run ``unit`` in a transaction and return its value after COMMIT; raises what it raises.

        When the caller is cancelled first, a unit that has not begun is dropped; one that was committed
        stays, unless ``undo`` is given: that then runs as a unit of its own, with the value nobody got.
        """
        if self._closing or self._writer.done():
            raise Closed("the store is closed")
        order = _Order(unit, asyncio.get_running_loop().create_future(), undo)
        self._submit(order)
        try:
            value: T = await order.answer
        except asyncio.CancelledError:
            # The answer may have come in the same turn of the loop as the cancelling.
            if not order.answer.cancelled() and order.answer.exception() is None:
                self._take_back(order, order.answer.result())
            raise
        return value

    def _submit(self, order: _Order) -> None:
        self._queue.append(order)
        self._wake.set()

    def _take_back(self, order: _Order, value: Any) -> None:
        undo = order.undo
        if undo is not None:
            unheard = asyncio.get_running_loop().create_future()
            unheard.add_done_callback(_heed)
            self._submit(_Order(lambda connection: undo(connection, value), unheard, None))

    async def write_fault(self) -> str:
        """Say why nothing can be written now, in plain words; empty when that is not so.

        What was written last tells it. Only where that failed, or is long ago, something is written for it,
        that changes nothing.
        """
        if not self._closing and self._record.must_be_tried(time.monotonic()):
            if self._touching is None or self._touching.done():
                self._touching = asyncio.create_task(self._try_to_write(), name="store touch")
            await asyncio.wait({self._touching}, timeout=SLOW_S)
        return self._record.fault(time.monotonic())

    async def _try_to_write(self) -> None:
        with contextlib.suppress(Exception):  # the record has it
            await self.write(self._touch)

    async def _write_on(self) -> None:
        try:
            while self._queue or not self._closing:
                if not self._queue:
                    self._wake.clear()
                    await self._wake.wait()
                batch = [self._queue.popleft() for _ in range(min(len(self._queue), UNITS_PER_COMMIT))]
                await self._commit([order for order in batch if not order.answer.cancelled()])
        finally:
            for order in self._queue:
                _tell(order, _Outcome(fault=Closed("the store was closed before this was written")))
            self._queue.clear()

    async def _commit(self, batch: list[_Order]) -> None:
        if not batch:
            return
        units = [order.unit for order in batch]
        self._record.begin(time.monotonic())
        try:
            outcomes = await self._written(units)
        except asyncio.CancelledError:
            for order in batch:
                _tell(
                    order,
                    _Outcome(fault=Unavailable("the writer was stopped; nobody knows if this was kept")),
                )
            raise
        except Exception as fault:  # whatever it is, nobody may be left waiting
            self._record.end(time.monotonic(), str(fault))
            for order in batch:
                _tell(order, _Outcome(fault=_unwritten(fault)))
            return
        refused = next((one.fault for one in outcomes if isinstance(one.fault, Unavailable)), "")
        self._record.end(time.monotonic(), str(refused))
        for order, outcome in zip(batch, outcomes, strict=True):
            if order.answer.cancelled() and outcome.fault is None:
                self._take_back(order, outcome.value)
            _tell(order, outcome)

    async def _written(self, units: Sequence[Work[Any]]) -> Sequence[_Outcome]:
        """Write units together. Nearly always all go well: SAVEPOINTs would be a third of all statements."""
        try:
            return await self._writing.run(lambda connection: self._write_all(connection, units, _run))
        except _UnitFailed:  # before the commit, which is therefore known not to have been
            return await self._writing.run(lambda connection: self._write_all(connection, units, _run_apart))

    def _write_all(
        self,
        connection: Connection,
        units: Sequence[Work[Any]],
        run: Callable[[Connection, Work[Any]], _Outcome],
    ) -> Sequence[_Outcome]:
        left_over(connection).clear()  # of a transaction that was never committed
        outcomes = [run(connection, unit) for unit in units]
        self._finish(connection)
        return outcomes

    async def forget(self) -> bool:
        """Leave no trace of what was deleted in the log beside the file; false when readers did not let us.

        Then it is emptied as soon as they do: a report may read for seconds.
        """
        for _ in range(TRIES):
            if await asyncio.to_thread(self._empty_log):
                return True
            await asyncio.sleep(BETWEEN_TRIES_S)
        if not self._closing and (self._forgetting is None or self._forgetting.done()):
            self._forgetting = asyncio.create_task(self._forget_later(), name="store log")
        return False

    async def _forget_later(self) -> None:
        """Try until the log is empty, whatever goes wrong: what was to leave no trace is in it until then."""
        while not await self._is_emptied():  # noqa: ASYNC110 - readers tell nobody
            await asyncio.sleep(FORGET_AGAIN_S)

    async def _is_emptied(self) -> bool:
        try:
            return await asyncio.to_thread(self._empty_log)
        except Exception:
            log.exception("log of the database not emptied; trying again")
            return False

    async def close(self) -> None:
        """Write what is queued, then close every connection. Later calls raise ``Closed``."""
        self._closing = True
        self._wake.set()
        await asyncio.wait([self._writer])
        if self._forgetting is not None:  # the last one out empties the log
            self._forgetting.cancel()
            await asyncio.wait([self._forgetting])
        await self._writing.close()
        await self._reading.close()
        await self._reading_long.close()


def _run(connection: Connection, unit: Work[Any]) -> _Outcome:
    """Run one unit; raises ``_UnitFailed`` for whatever it raises."""
    try:
        return _Outcome(unit(connection))
    except Exception as fault:
        raise _UnitFailed from fault


def _run_apart(connection: Connection, unit: Work[Any]) -> _Outcome:
    """Run one unit in its SAVEPOINT; its fault is its own, unless the transaction is lost with it.

    After a full disk, an I/O error or a lost connection the database may have rolled everything back by
    itself. Then there is no SAVEPOINT to go back to either: that raises, and ends the batch, so that nobody
    is told of a commit that never came.
    """
    # Spelt here because SQLAlchemy compiles its own SAVEPOINT anew each time, which costs as much as a unit.
    connection.exec_driver_sql("SAVEPOINT unit")
    left = left_over(connection)
    before = left.copy()
    try:
        value = unit(connection)
    except Exception as fault:  # a statement's fault, a port's own error, or a bug: the caller's to hear
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT unit")
        left[:] = before
        told = translated(fault)
        if told is not fault:
            told.__cause__ = fault
        outcome = _Outcome(fault=told)
    else:
        outcome = _Outcome(value)
    connection.exec_driver_sql("RELEASE SAVEPOINT unit")
    return outcome


def _tell(order: _Order, outcome: _Outcome) -> None:
    if order.answer.done():
        return
    if outcome.fault is not None:
        order.answer.set_exception(outcome.fault)
    else:
        order.answer.set_result(outcome.value)


def _unwritten(fault: Exception) -> Unavailable:
    """One error per caller: a shared one would collect the tracebacks of all of them."""
    told = Unavailable(f"not written: {fault}")
    told.__cause__ = fault
    return told


def _heed(answer: asyncio.Future[Any]) -> None:
    """Look at an answer nobody waits for, so that the loop does not complain about it."""
    if not answer.cancelled():
        answer.exception()
