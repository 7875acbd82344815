"""A bare FastAGI service for tests, which can also be dead or stopped as far as the switch can see."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Self


class RawSession:
    """One AGI session: the variables it began with, and commands with their final answers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.variables: dict[str, str] = {}
        self.script = ""
        self.hung_up = False

    async def begin(self) -> None:
        """Read the header."""
        while line := (await self._reader.readline()).decode().strip():
            name, _, value = line.partition(":")
            self.variables[name] = value.strip()
        self.script = self.variables.get("agi_network_script", "")

    async def ask(self, command: str) -> str:
        """Send one command and return its final answer line; raises ``EOFError`` when the session ended."""
        self._writer.write(command.encode() + b"\n")
        while True:
            line = (await self._reader.readline()).decode()
            if not line:
                raise EOFError(command)
            if line.startswith("HANGUP"):
                self.hung_up = True
            elif not line.startswith("100 "):
                return line.strip()

    async def get(self, expression: str) -> str:
        """Return the value of a variable or expression, empty when unset."""
        answer = await self.ask(f'GET FULL VARIABLE "{expression}"')
        return answer[answer.index("(") + 1 : -1] if "(" in answer else ""

    async def talk(self, agent: str) -> str:
        """Run the talk sub with an agent's channel and return what it returned."""
        await self.ask(f"GOSUB dialer-talk s 1 {agent}")
        return await self.get("${GOSUB_RETVAL}")

    async def done(self) -> None:
        """Tell the dialplan that nothing is left to do."""
        await self.ask("SET VARIABLE DONE 1")

    async def gone(self) -> None:
        """Wait until the switch has closed the session."""
        while line := await self._reader.readline():
            self.hung_up = self.hung_up or line.startswith(b"HANGUP")

    def close(self) -> None:
        """Close the session as a dying process does."""
        self._writer.transport.abort()


Handler = Callable[[RawSession], Awaitable[None]]


class RawService:
    """A service on one port: alive (``answer``), stopped (``stop_answering``) or dead (``die``).

    Port 0 is any free one: ``port`` says which, once it answers.

    A process under SIGSTOP still has its sockets: the kernel completes connections and keeps what is
    sent, and nobody answers. That is what ``stop_answering`` leaves the switch with.
    """

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._address = (host, port)
        self.port = port
        self._server: asyncio.Server | None = None
        self._stopped: socket.socket | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.sessions: list[RawSession] = []
        self.errors: list[Exception] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.die()

    async def answer(self, handler: Handler) -> None:
        """Listen, and run ``handler`` for each session; a session ends when its handler returns."""
        await self.die()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._tasks.add(task)
            session = RawSession(reader, writer)
            self.sessions.append(session)
            try:
                await session.begin()
                await handler(session)
            except (EOFError, ConnectionError, asyncio.CancelledError):  # die() is the only canceller
                pass
            except Exception as error:  # kept for the test to look at
                self.errors.append(error)
            finally:
                self._tasks.discard(task)
                session.close()

        self._server = await asyncio.start_server(serve, *self._address, reuse_address=True)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def stop_answering(self) -> None:
        """Be a process under SIGSTOP from now on, for calls to come."""
        await self.die()
        self._stopped = socket.create_server(self._address, backlog=64)

    def deaf(self) -> None:
        """Be a process under SIGSTOP for new calls too, and keep the sessions that live open."""
        if self._server is not None:
            self._server.close()
        self._server = None
        self._stopped = socket.create_server(self._address, backlog=64)

    async def die(self) -> None:
        """Be killed: every session and the port close at once."""
        if self._server is not None:
            self._server.close()
        for session in self.sessions:
            session.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._server = None
        if self._stopped is not None:
            self._stopped.close()
            self._stopped = None
