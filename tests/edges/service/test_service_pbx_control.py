"""The control socket's protocol, against a scripted Asterisk."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from service.pbx.control import Answer, ask
from service.pbx.errors import CommandFailed

GREETING = b"host.example/4711/22.10.1+dfsg-1\n"


@contextlib.asynccontextmanager
async def asterisk(
    path: Path, greeting: bytes, *pieces: bytes, hold: bool = False
) -> AsyncIterator[list[bytes]]:
    """Greet, read one command, answer in pieces and close; ``hold`` never answers."""
    heard: list[bytes] = []
    served = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(greeting)
            if greeting:
                heard.append(await reader.readuntil(b"\0"))
            if hold:
                await reader.read()
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            heard.append(b"(the client left)")
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
            served.set()

    server = await asyncio.start_unix_server(serve, path)
    async with server:
        yield heard
        await served.wait()


async def test_a_command_is_sent_as_the_console_does_and_its_answer_returned(tmp_path: Path) -> None:
    async with asterisk(tmp_path / "ctl", GREETING, b"one\ntw", b"o\n") as heard:
        assert await ask(tmp_path / "ctl", "core show uptime") == Answer("22.10.1+dfsg-1", 4711, "one\ntwo")
    assert heard == [b"cli quit after core show uptime\0"]


async def test_messages_for_attached_consoles_are_left_out_and_text_is_not(tmp_path: Path) -> None:
    async with asterisk(tmp_path / "ctl", GREETING, b"\xfdverbose\nM\xc3\xbcller \xff\n\xf5more\nlast\n"):
        assert (await ask(tmp_path / "ctl", "x")).text == "Müller \ufffd\nlast"


async def test_a_long_path_is_reached_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    async with asterisk(Path("ctl"), GREETING, b"reached\n"):
        assert (await ask(deep / "ctl", "x")).text == "reached"


@pytest.mark.parametrize("greeting", [b"", b"garbage\n", b"host/notanumber/22\n"])
async def test_one_that_greets_oddly_is_an_error(greeting: bytes, tmp_path: Path) -> None:
    async with asterisk(tmp_path / "ctl", greeting, b"text\n" if greeting else b""):
        with pytest.raises(CommandFailed, match="closed the socket"):
            await ask(tmp_path / "ctl", "core show uptime")


async def test_silence_nobody_and_nowhere_are_errors(tmp_path: Path) -> None:
    async with asterisk(tmp_path / "ctl", GREETING, hold=True):
        with pytest.raises(CommandFailed, match=r"no answer in 0\.05 s"):
            await ask(tmp_path / "ctl", "x", timeout_s=0.05)
    (tmp_path / "ctl").unlink(missing_ok=True)
    with pytest.raises(CommandFailed):
        await ask(tmp_path / "ctl", "x")
    with pytest.raises(CommandFailed):
        await ask(tmp_path / "none" / "ctl", "x")


@pytest.mark.parametrize("command", ["core show\0uptime", "core\nstop now"])
async def test_a_command_is_one_line(command: str, tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="a line without NUL"):
        await ask(tmp_path / "ctl", command)
