"""A bare manager client for tests: no library stands between a test and the switch and hides a fault."""

import asyncio
import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self

Message = dict[str, str]
Headers = Mapping[str, str | Sequence[str]]


class RawAmi:
    """One manager session. Every event is kept in ``events``, in order, with ``_at`` (monotonic)."""

    def __init__(self, host: str, port: int, user: str, secret: str) -> None:
        self._address = (host, port)
        self._login = {"Username": user, "Secret": secret}
        self._ids = itertools.count(1)
        self._replies: dict[str, asyncio.Future[Message]] = {}
        self._arrived = asyncio.Condition()
        self.events: list[Message] = []

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(*self._address)
        await self._reader.readline()
        self._task = asyncio.create_task(self._read(), name="raw ami")
        reply = await self.act("Login", self._login)
        assert reply["Response"] == "Success", reply
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def act(self, action: str, headers: Headers | None = None, within_s: float = 15) -> Message:
        """Send one action and return its reply; a header with several values is sent once for each."""
        action_id = f"t{next(self._ids)}"
        lines = [f"Action: {action}", f"ActionID: {action_id}"]
        for name, value in (headers or {}).items():
            lines += [f"{name}: {each}" for each in ([value] if isinstance(value, str) else value)]
        reply = self._replies[action_id] = asyncio.get_running_loop().create_future()
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        return await asyncio.wait_for(reply, within_s)

    async def listed(self, action: str, headers: Headers, entry: str, end: str) -> list[Message]:
        """Send a list action and return its entries, the events called ``entry``, up to ``end``."""
        start = len(self.events)
        reply = await self.act(action, headers)
        if reply["Response"] == "Error":
            return []
        mine = reply["ActionID"]
        await self.event(lambda e: e["Event"] == end and e.get("ActionID") == mine, since=start)
        return [e for e in self.events[start:] if e["Event"] == entry and e.get("ActionID") == mine]

    async def event(self, wanted: Callable[[Message], bool], within_s: float = 25, since: int = 0) -> Message:
        """Return the first event that is wanted, past ones included; fails with what came instead."""

        def found() -> Message | None:
            return next((e for e in self.events[since:] if wanted(e)), None)

        try:
            async with self._arrived, asyncio.timeout(within_s):
                await self._arrived.wait_for(lambda: found() is not None)
        except TimeoutError:
            seen = [f"{e['Event']} {e.get('Channel', e.get('DestChannel', ''))}" for e in self.events[since:]]
            raise AssertionError(f"no such event in {within_s} s; came: {seen}") from None
        event = found()
        assert event is not None
        return event

    async def journal(self, family: str) -> dict[str, list[str]]:
        """Return one journal of AstDB: key below its family to the fields of its value."""
        rows = await self.listed(
            "DBGetTree", {"Family": f"dialer-{family}"}, "DBGetTreeResponse", "DBGetTreeComplete"
        )
        return {row["Key"].removeprefix(f"/dialer-{family}/"): row["Val"].split("|") for row in rows}

    async def _read(self) -> None:
        while True:
            message: Message = {}
            while line := (await self._reader.readline()).decode().rstrip("\r\n"):
                name, _, value = line.partition(":")
                message[name] = value.strip()
            if not message and self._reader.at_eof():
                return
            if "Event" in message:
                message["_at"] = f"{time.monotonic():.6f}"
                async with self._arrived:
                    self.events.append(message)
                    self._arrived.notify_all()
            elif (reply := self._replies.pop(message.get("ActionID", ""), None)) and not reply.done():
                reply.set_result(message)
