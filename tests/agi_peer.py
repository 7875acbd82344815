"""The switch's side of FastAGI for tests: recorded sessions, and a peer that is told what to say."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

RECORDED = Path(__file__).with_name("data") / "agi"
DEADLINE_S = 5.0


@dataclass(frozen=True)
class Turn:
    """What was sent to the switch, and the bytes that came before the next command."""

    sent: str
    came: bytes


def recorded(name: str) -> tuple[bytes, list[Turn], bool]:
    """Return the header (and what came before any command), the turns, and whether the stream ended."""
    opening, turns, ended = b"", [], False
    for line in (RECORDED / f"{name}.txt").read_bytes().split(b"\n")[:-1]:
        mark, text = line[:2], line[2:] + b"\n"
        if mark == b"> ":
            turns.append(Turn(text.decode().rstrip("\n"), b""))
        elif mark == b"< " and turns:
            turns[-1] = Turn(turns[-1].sent, turns[-1].came + text)
        elif mark == b"< ":
            opening += text
        else:
            ended = ended or text == b"end of file\n"
    return opening, turns, ended


def recorded_names() -> list[str]:
    return sorted(path.stem for path in RECORDED.glob("*.txt"))


def recorded_stream(name: str) -> bytes:
    opening, turns, _ = recorded(name)
    return opening + b"".join(turn.came for turn in turns)


def words(line: str) -> list[str]:
    """Take a command apart by the rules of the switch's own reader (res_agi.c), written anew."""
    return list(_words(line))


def _words(line: str) -> Iterator[str]:
    word: list[str] | None = None
    quoted = escaped = False
    for letter in line:
        if letter == '"' and not escaped:
            quoted = not quoted
            word = [] if word is None else word
        elif letter in " \t" and not quoted and not escaped:
            if word is not None:
                yield "".join(word)
            word = None
        elif letter == "\\" and not escaped:
            escaped = True
            continue
        else:
            word = [*(word or ()), letter]
        escaped = False
    if word is not None:
        yield "".join(word)


class SwitchPeer:
    """One session as the switch would hold it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def say(self, *lines: str) -> None:
        self.send("".join(f"{line}\n" for line in lines).encode())

    def send(self, raw: bytes) -> None:
        self._writer.write(raw)

    async def command(self) -> str:
        """Return the next command line; "" when our side has closed."""
        async with asyncio.timeout(DEADLINE_S):
            return (await self._reader.readline()).decode().removesuffix("\n")

    async def closed(self) -> bool:
        """Wait until our side has closed, by an orderly end or a reset."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                return await self._reader.read() == b""
        except ConnectionError:
            return True

    def hang_up(self) -> None:
        """End the stream."""
        self._writer.close()

    def reset(self) -> None:
        self._writer.transport.abort()


def header(script: str = "outbound", unique_id: str = "att-1", **more: str) -> bytes:
    lines = {
        "agi_network": "yes",
        "agi_network_script": script,
        "agi_channel": "PJSIP/network-00000001",
        "agi_language": "en",
        "agi_uniqueid": unique_id,
        "agi_callerid": "+4930123456",
        "agi_dnid": "unknown",
        **more,
    }
    return "".join(f"{name}: {value}\n" for name, value in lines.items()).encode() + b"\n"


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[SwitchPeer]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield SwitchPeer(reader, writer)
    finally:
        writer.transport.abort()
