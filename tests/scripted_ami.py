"""A manager peer that does what a test tells it: the other end of a link, on loopback.

It answers Login, Ping and CoreSettings by itself; every other action goes to ``on_action``. Each
action that came is kept in ``actions``, as it came, so that nothing sent twice goes unseen.
"""

import asyncio
from collections.abc import Callable

Action = dict[str, list[str]]


class Session:
    """One connection of the client under test."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.writer = writer

    def write(self, data: bytes) -> None:
        if not self.writer.is_closing():
            self.writer.write(data)

    def answer(self, action: Action, response: str = "Success", **headers: str) -> None:
        self.message(Response=response, ActionID=action["ActionID"][0], **headers)

    def event(self, name: str, **headers: str) -> None:
        self.message(Event=name, **headers)

    def message(self, **headers: str) -> None:
        lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()]
        self.write("".join([*lines, "\r\n"]).encode())

    def drop(self) -> None:
        """Reset the connection, as a crash does."""
        self.writer.transport.abort()


class ScriptedAmi:
    """The peer. ``silent``: hears everything and says nothing."""

    def __init__(self, on_action: Callable[[Session, Action], None] | None = None) -> None:
        self.on_action = on_action or (lambda session, action: session.answer(action))
        self.greeting = b"Asterisk Call Manager/11.0.0\r\n"
        self.login_refusal = ""
        self.answers_login = True
        self.boots = True
        self.silent = False
        self.actions: list[Action] = []
        self.sessions: list[Session] = []
        self.port = 0
        self._changed = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; a second start, after ``refuse_connections``, on the same port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        await self.refuse_connections()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def refuse_connections(self) -> None:
        """Close the port; running sessions are dropped."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.drop()

    def drop(self) -> None:
        for session in self.sessions:
            session.drop()

    @property
    def session(self) -> Session:
        return self.sessions[-1]

    def seen(self, name: str) -> list[Action]:
        return [action for action in self.actions if action["Action"] == [name]]

    async def until(self, done: Callable[[], bool], within_s: float = 5) -> None:
        """Wait until something about the actions or sessions holds."""
        async with asyncio.timeout(within_s), self._changed:
            await self._changed.wait_for(done)

    async def until_seen(self, name: str, times: int = 1) -> None:
        await self.until(lambda: len(self.seen(name)) >= times)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        session = Session(writer)
        self.sessions.append(session)
        await self._tell()
        session.write(self.greeting)
        try:
            while True:
                raw = await reader.readuntil(b"\r\n\r\n")
                action: Action = {}
                for line in raw.decode().strip().split("\r\n"):
                    name, _, value = line.partition(": ")
                    action.setdefault(name, []).append(value)
                self.actions.append(action)
                if not self.silent:
                    self._react(session, action)
                await self._tell()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()
            await self._tell()

    def _react(self, session: Session, action: Action) -> None:
        name = action["Action"][0]
        if name == "Login":
            self._log_in(session, action)
        elif name == "Ping":
            session.answer(action, Ping="Pong", Timestamp="1795300384.000000")
        elif name == "CoreSettings":
            session.answer(action, AMIversion="11.0.0", AsteriskVersion="22.10.1")
        else:
            self.on_action(session, action)

    def _log_in(self, session: Session, action: Action) -> None:
        if self.login_refusal:
            session.answer(action, "Error", Message=self.login_refusal)
        elif self.answers_login:
            session.answer(action, Message="Authentication accepted")
            if self.boots:
                session.event("FullyBooted", Privilege="system,all", Status="Fully Booted")

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
