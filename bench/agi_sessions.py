"""FastAGI round trips per CPU second: our server against a bare stream loop, in the same run.

    python bench/agi_sessions.py [--sessions 500] [--commands 40] [--rounds 5]

The switch's side runs in a process of its own, so only the server's CPU time is counted. Both servers
take turns, and the ratio is of turns that follow one another; the median and the spread are printed.
"""

import argparse
import asyncio
import json
import multiprocessing
import statistics
import sys
import time
from collections.abc import Awaitable, Callable

import structlog

from ivr.agi.line import Line
from ivr.agi.server import FastAgiServer

HEADER = b"".join(
    b"agi_%s: value\n" % name
    for name in b"network request channel language type version callerid calleridname callingpres callingani2"
    b" callington callingtns dnid rdnis context extension priority enhanced accountcode threadid".split()
)
ANSWER = b"200 result=1 (value)\n"


class Switch(asyncio.Protocol):
    """The other end: a header, then one answer for each line, until the server closes."""

    def __init__(self, number: int, over: Callable[[], None]) -> None:
        self._opening = HEADER + b"agi_network_script: bench\nagi_uniqueid: %d\n\n" % number
        self._over = over

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._opening)

    def data_received(self, data: bytes) -> None:
        self._transport.write(ANSWER * data.count(b"\n"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._over()


def run_switch(port: int, sessions: int) -> None:
    """Hold all sessions at once and return when the server has closed the last."""

    async def run() -> None:
        left, done = sessions, asyncio.Event()

        def over() -> None:
            nonlocal left
            left -= 1
            if not left:
                done.set()

        loop = asyncio.get_running_loop()
        for number in range(sessions):
            await loop.create_connection(lambda number=number: Switch(number, over), "127.0.0.1", port)
        await done.wait()

    asyncio.run(run())


class Turn:
    """Counts sessions that came and went, and the CPU time from the moment all are there to the last."""

    def __init__(self, sessions: int) -> None:
        self._sessions, self._here, self._done = sessions, 0, 0
        self.all_here, self.all_done = asyncio.Event(), asyncio.Event()
        self._began = self.cpu_s = 0.0

    async def session(self, commands: Awaitable[None]) -> None:
        self._here += 1
        if self._here == self._sessions:
            self._began = time.process_time()
            self.all_here.set()
        await self.all_here.wait()
        await commands
        self._done += 1
        if self._done == self._sessions:
            self.cpu_s = time.process_time() - self._began
            self.all_done.set()


async def ours(turn: Turn, commands: int, play: Callable[[int], Awaitable[None]]) -> None:
    async def ask(line: Line) -> None:
        for _ in range(commands):
            assert await line.get_variable("X") == "value"

    server = FastAgiServer({"bench": lambda line: turn.session(ask(line))})
    await server.start()
    await play(server.port)
    await server.stop()


async def bare(turn: Turn, commands: int, play: Callable[[int], Awaitable[None]]) -> None:
    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(commands):
            writer.write(b'GET VARIABLE "X"\n')
            assert await reader.readline() == ANSWER

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline() != b"\n":
            pass
        await turn.session(ask(reader, writer))
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, backlog=1024)
    await play(server.sockets[0].getsockname()[1])
    server.close()


async def measure(
    serve: Callable[[Turn, int, Callable[[int], Awaitable[None]]], Awaitable[None]],
    sessions: int,
    commands: int,
) -> float:
    """Return round trips per CPU second of one turn."""
    turn = Turn(sessions)

    async def play(port: int) -> None:
        switch = multiprocessing.get_context("spawn").Process(target=run_switch, args=(port, sessions))
        switch.start()
        await asyncio.wait_for(turn.all_done.wait(), 120)
        await asyncio.to_thread(switch.join)

    await serve(turn, commands, play)
    return sessions * commands / turn.cpu_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=500)
    parser.add_argument("--commands", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    wanted = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    pairs = []
    for _ in range(wanted.rounds):
        plain = asyncio.run(measure(bare, wanted.sessions, wanted.commands))
        own = asyncio.run(measure(ours, wanted.sessions, wanted.commands))
        pairs.append((plain, own))
        print(f"bare {plain:9.0f}/s   ours {own:9.0f}/s   ratio {own / plain:.2f}", file=sys.stderr)
    ratios = [own / plain for plain, own in pairs]
    figures = {
        "sessions": wanted.sessions,
        "commands": wanted.commands,
        "bare_per_cpu_s": round(statistics.median(plain for plain, _ in pairs)),
        "ours_per_cpu_s": round(statistics.median(own for _, own in pairs)),
        "ratio": round(statistics.median(ratios), 2),
        "ratio_min": round(min(ratios), 2),
        "ratio_max": round(max(ratios), 2),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
