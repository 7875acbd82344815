"""One TCP connection of the switch: bytes in and out, one command under way at a time.

Knows the order of things on the wire (100 before 200, HANGUP anywhere, end of file) and what each
means for the command under way. Must not know routes, or what a command does to a call.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from ivr.agi.wire import AgiReader, AgiRequest, Broken, Event, HangupSeen, Reply, StreamEnd, command_line
from ivr.errors import BadWire, HungUp, LineBusy, LineError, LineLost, ReplyOverdue

HANGUP_GRACE_S = 2.0  # after HANGUP the answer under way comes at once, or not at all


@dataclass(slots=True)
class _Pending:
    """The command under way: its name, its longest time (seconds), who waits, and until when at most."""

    name: str
    longest_s: float | None
    answer: asyncio.Future[Reply]
    deadline: float | None = None  # on the loop's clock


class Connection(asyncio.Protocol):
    """The switch's end of one AGI session; implements ``Exchange`` of ``line.py``.

    ``on_request`` is called once, when the request header is complete; ``on_end`` once, when the
    connection is over, with what ended it.
    """

    def __init__(
        self,
        on_request: Callable[["Connection", AgiRequest], None],
        on_end: Callable[["Connection", LineError], None],
        on_open: Callable[["Connection"], None],
    ) -> None:
        self.gone = asyncio.Event()
        self._on_request, self._on_end, self._on_open = on_request, on_end, on_open
        self._reader = AgiReader()
        self._transport: asyncio.Transport | None = None
        self._pending: _Pending | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._rings_at = 0.0  # on the loop's clock
        self._hung_up = False
        self._lost: LineError | None = None  # why no command can be sent any more
        self._loop = asyncio.get_running_loop()

    @property
    def hung_up(self) -> bool:
        """True once the switch has said that the caller left."""
        return self._hung_up

    @property
    def peer(self) -> str:
        """Return the other end's address as text, for the log."""
        name = self._transport.get_extra_info("peername") if self._transport is not None else None
        return f"{name[0]}:{name[1]}" if name else "?"

    def mark_hung_up(self) -> None:
        """Note that the caller has left, as an answer told."""
        self._hung_up = True
        self.gone.set()

    async def exchange(self, name: str, args: Sequence[str], longest_s: float | None) -> Reply:
        """Send one command and wait for its answer; see ``Exchange``."""
        line = command_line(name, *args)
        if self._lost is not None:
            raise HungUp(name) if self._hung_up else LineLost(f"{name}: {self._lost}")
        if self._pending is not None:
            raise LineBusy(f"{name}: {self._pending.name} is under way")
        assert self._transport is not None
        answer: asyncio.Future[Reply] = self._loop.create_future()
        self._pending = pending = _Pending(name, longest_s, answer)
        if longest_s is not None:
            self._wait_at_most(pending, longest_s)
        self._transport.write(line)
        try:
            return await answer
        except asyncio.CancelledError:
            # Its answer is still to come and would be read as that of the next command.
            self._close(LineLost(f"{name}: was cancelled under way"))
            raise
        finally:
            self._pending = None

    def close(self) -> None:
        """Close the connection; a command under way and all later ones raise LineLost."""
        self._close(LineLost("the session is over"))

    def abort(self) -> None:
        """Drop the connection without sending what is still unsent."""
        self._fail(LineLost("the session was dropped"))
        if self._transport is not None:
            self._transport.abort()

    # --- called by the event loop -------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The switch (or anything else that found the port) has connected."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none of its class
        self._on_open(self)

    def data_received(self, data: bytes) -> None:
        """Some bytes came, cut anywhere."""
        for event in self._reader.feed(data):
            self._take(event)

    def eof_received(self) -> bool:
        """The peer sends no more; AGI has no half-closed state, so this ends the session."""
        for event in self._reader.feed_eof():
            self._take(event)
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is over, whoever ended it."""
        why = self._lost if self._lost is not None else LineLost(f"connection lost: {error}")
        self._fail(why)
        if self._alarm is not None:
            self._alarm.cancel()
        self._on_end(self, why)

    # --- what the events mean -----------------------------------------------------------------

    def _take(self, event: Event) -> None:
        match event:
            case Reply():
                self._answered(event)
            case HangupSeen():
                self._hangup_seen()
            case AgiRequest():
                if self._lost is None:
                    self._on_request(self, event)
            case StreamEnd():
                self._close(LineLost("end of file"))
            case Broken(reason=reason):
                self._close(BadWire(reason))

    def _answered(self, reply: Reply) -> None:
        pending = self._pending
        if pending is None or pending.answer.done():
            self._close(BadWire(f"an answer to no command: {reply.code} {reply.text[:80]!r}"))
        else:
            pending.answer.set_result(reply)

    def _hangup_seen(self) -> None:
        if self._hung_up:
            return
        self.mark_hung_up()
        if self._pending is not None:
            self._wait_at_most(self._pending, HANGUP_GRACE_S)

    def _wait_at_most(self, pending: _Pending, seconds: float) -> None:
        """Set the deadline of a command. One alarm serves many: it is moved only when it would ring late."""
        pending.deadline = self._loop.time() + seconds
        if self._alarm is None or self._rings_at > pending.deadline:
            self._set_alarm(pending.deadline)

    def _set_alarm(self, at: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm, self._rings_at = self._loop.call_at(at, self._ring), at

    def _ring(self) -> None:
        """The alarm, perhaps of an earlier command, has rung."""
        self._alarm = None
        pending = self._pending
        if pending is None or pending.deadline is None:
            return
        if pending.deadline > self._rings_at:
            self._set_alarm(pending.deadline)
        elif self._hung_up:
            self._close(LineLost("no answer after HANGUP"))
        else:
            self._fail(ReplyOverdue(pending.name, pending.longest_s or 0.0))
            self.abort()  # a peer that answers nothing may read nothing either

    def _close(self, reason: LineError) -> None:
        self._fail(reason)
        if self._transport is not None:
            self._transport.close()

    def _fail(self, reason: LineError) -> None:
        """Let the command under way, and every later one, fail; the first reason stands."""
        if self._lost is None:
            self._lost = reason
        self.gone.set()
        pending = self._pending
        if pending is not None and not pending.answer.done():
            pending.answer.set_exception(HungUp(pending.name) if self._hung_up else self._lost)
