"""A wire between the service and the manager interface on which one action can be made to come late."""

import asyncio
from types import TracebackType
from typing import Self


class ManagerRelay:
    """Passes everything on, both ways, but for one action: ``catch`` names it, ``release`` lets it go."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._wanted: tuple[bytes, ...] = ()
        self._held: tuple[asyncio.StreamWriter, bytes] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.caught = asyncio.Event()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def catch(self, *words: str) -> None:
        """Hold back the next action in which all these words stand."""
        self._wanted = tuple(word.encode() for word in words)

    def release(self) -> None:
        """Let the caught action arrive now."""
        assert self._held is not None
        writer, action = self._held
        writer.write(action)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        there, to_switch = await asyncio.open_connection(*self._address)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._actions(reader, to_switch), name="actions")
                both.create_task(_copy(there, writer), name="what the switch says")
        except* ConnectionError:
            pass  # one side was killed: the other learns it below
        finally:
            to_switch.close()
            writer.close()
            self._tasks.discard(task)

    async def _actions(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                action = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                raise ConnectionResetError from None
            if self._wanted and all(word in action for word in self._wanted):
                self._wanted, self._held = (), (writer, action)
                self.caught.set()
                continue
            writer.write(action)
            await writer.drain()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    raise ConnectionResetError
