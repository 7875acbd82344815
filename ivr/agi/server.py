"""The FastAGI server: listens, reads each session's header, runs its handler, ends it.

Knows routes, limits of sessions and how to stop. Must not know commands, flows or the dialer: a
handler is a coroutine over one ``Line``.

A handler that ends, however it ends, gives the call back to the dialplan, which goes on by itself.
Nothing that one session or one stranger at the port does ends the server.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog

from ivr.agi.connection import Connection
from ivr.agi.line import Line
from ivr.agi.wire import AgiRequest
from ivr.errors import BadWire, CannotListen, HungUp, LineError, LineLost

BACKLOG = 1_024  # connections the kernel keeps for us while the loop is busy
UNWIND_S = 5.0  # how long a cancelled handler may take to clean up

Handler = Callable[[Line], Awaitable[None]]

log = structlog.get_logger("ivr.agi")


@dataclass(slots=True)
class _Session:
    """One connection: until its header is complete it has an alarm, from then on a task."""

    connection: Connection
    alarm: asyncio.TimerHandle
    task: asyncio.Task[None] | None = None
    connected: bool = True


class FastAgiServer:
    """Serves FastAGI sessions: ``agi://host:port/<script>`` runs ``routes[<script>]``.

    ``header_timeout_s`` is how long a peer may take for its whole header (seconds); ``max_sessions``
    counts connections and running handlers together. Port 0 takes a free one; see ``port``.
    """

    def __init__(
        self,
        routes: Mapping[str, Handler],
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        header_timeout_s: float = 5.0,
        max_sessions: int = 2_000,
    ) -> None:
        self._routes = dict(routes)
        self._host, self._port = host, port
        self._header_timeout_s = header_timeout_s
        self._max_sessions = max_sessions
        self._server: asyncio.Server | None = None
        self._sessions: dict[Connection, _Session] = {}
        self._stopping = False
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def port(self) -> int:
        """Return the port that is listened on, or the one asked for before the start."""
        if self._server is None or not self._server.sockets:
            return self._port
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def sessions(self) -> int:
        """Return how many sessions are open or still being cleaned up."""
        return len(self._sessions)

    async def start(self) -> None:
        """Listen. Raises CannotListen when the address cannot be had."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: Connection(self._requested, self._ended, self._opened),
                self._host,
                self._port,
                backlog=BACKLOG,
            )
        except OSError as error:
            raise CannotListen(f"agi: cannot listen on {self._host}:{self._port}: {error}") from error
        self._port = self.port
        log.info("agi listening", host=self._host, port=self._port, scripts=sorted(self._routes))

    async def stop(self, drain_s: float = 10.0) -> None:
        """Take no new sessions, let running ones end for ``drain_s`` seconds, then cancel them.

        A cancelled session's connection is closed: its call goes on in the dialplan. Returns when all
        are over, or have ignored the cancel for UNWIND_S. Harmless when not started, and twice.
        """
        self._stopping = True
        if self._server is not None:
            self._server.close()
        try:
            for session in list(self._sessions.values()):
                if session.task is None:
                    session.connection.abort()
            running = self._running()
            if running:
                log.info("agi draining", sessions=len(running), seconds=drain_s)
                await asyncio.wait(running, timeout=drain_s)
            await self._cancel_running()
        finally:
            for session in list(self._sessions.values()):
                if session.task is not None:
                    session.task.cancel()
                session.connection.abort()
        if self._server is not None:
            await self._settled()
            await self._server.wait_closed()

    async def _cancel_running(self) -> None:
        running = self._running()
        for task in running:
            task.cancel()
        if running:
            _, deaf = await asyncio.wait(running, timeout=UNWIND_S)
            for task in deaf:
                log.error("agi handler ignores its cancelling", task=task.get_name())

    async def _settled(self) -> None:
        """Wait until the loop has told of every closed connection."""
        try:
            await asyncio.wait_for(self._empty.wait(), UNWIND_S)
        except TimeoutError:
            log.error("agi sessions left over", sessions=len(self._sessions))

    def _running(self) -> list[asyncio.Task[None]]:
        tasks = (session.task for session in self._sessions.values())
        return [task for task in tasks if task is not None and not task.done()]

    # --- called by connections ----------------------------------------------------------------

    def _opened(self, connection: Connection) -> None:
        if self._stopping or len(self._sessions) >= self._max_sessions:
            log.warning("agi session refused", peer=connection.peer, sessions=len(self._sessions))
            connection.abort()
            return
        loop = asyncio.get_running_loop()
        alarm = loop.call_later(self._header_timeout_s, self._header_overdue, connection)
        self._sessions[connection] = _Session(connection, alarm)
        self._empty.clear()

    def _header_overdue(self, connection: Connection) -> None:
        log.warning("agi header overdue", peer=connection.peer, seconds=self._header_timeout_s)
        connection.abort()

    def _requested(self, connection: Connection, request: AgiRequest) -> None:
        session = self._sessions.get(connection)
        if session is None:  # refused when it connected
            return
        session.alarm.cancel()
        handler = self._routes.get(request.script)
        if handler is None or self._stopping:
            log.warning("agi session not served", script=request.script, call=request.unique_id)
            connection.close()
            return
        name = f"agi:{request.script}:{request.unique_id}"
        session.task = asyncio.create_task(self._serve(handler, Line(request, connection)), name=name)
        session.task.add_done_callback(lambda _: self._forget(session))

    def _ended(self, connection: Connection, why: LineError) -> None:
        session = self._sessions.get(connection)
        if session is None:
            return
        session.alarm.cancel()
        session.connected = False
        if session.task is None:  # a port probe is nobody's business, a header we cannot read is
            tell = log.warning if isinstance(why, BadWire) else log.debug
            tell("agi connection without a session", peer=connection.peer, why=str(why))
        self._forget(session)

    def _forget(self, session: _Session) -> None:
        """Drop a session that has neither a connection nor a running task any more."""
        if session.connected or (session.task is not None and not session.task.done()):
            return
        self._sessions.pop(session.connection, None)
        if not self._sessions:
            self._empty.set()

    async def _serve(self, handler: Handler, line: Line) -> None:
        """Run one handler; what it raises is logged with the call and goes no further, but for a cancel."""
        script, call = line.request.script, line.request.unique_id
        try:
            await handler(line)
        except (HungUp, LineLost) as end:
            log.info("agi session left", script=script, call=call, why=str(end), hung_up=line.hung_up)
        except Exception:
            log.exception("agi handler failed", script=script, call=call)
        finally:
            line.close()
