"""Asterisk's control socket: one console command, its answer. What ``asterisk -rx`` does, without a process.

Knows the socket's protocol (main/asterisk.c): a greeting line ``host/pid/version``; then ``cli quit after``
and the command, ended by NUL; Asterisk answers and closes. Must not know what the commands mean.
"""

import asyncio
import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from service.pbx.errors import CommandFailed

_VERBOSE = 0xF5  # verbose messages meant for attached consoles start with a byte that no UTF-8 text has


@dataclass(frozen=True, slots=True)
class Answer:
    """What the socket said: ``version`` is Asterisk's own, ``pid`` its process id as it sees itself."""

    version: str
    pid: int
    text: str


async def ask(control_socket: Path, command: str, timeout_s: float = 10.0) -> Answer:
    """Run one console command and return its answer, without the line end.

    Raises ``CommandFailed`` when nobody listens, when Asterisk closes early or ``timeout_s`` has passed.
    """
    if "\0" in command or "\n" in command:
        raise CommandFailed(f"console command {command!r}: a line without NUL is needed")
    try:
        async with asyncio.timeout(timeout_s):
            greeting, answer = await _converse(control_socket, command)
    except (OSError, TimeoutError) as error:
        reason = str(error) or f"no answer in {timeout_s} s"
        raise CommandFailed(f"console command {command!r}: {reason}") from error
    return _read(greeting, answer, command)


async def _converse(control_socket: Path, command: str) -> tuple[bytes, bytes]:
    # A socket address holds 107 bytes; a path through the folder's descriptor is short wherever it lies.
    folder = os.open(control_socket.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        address = f"/proc/self/fd/{folder}/{control_socket.name}"
        reader, writer = await asyncio.open_unix_connection(address)
    finally:
        os.close(folder)
    try:
        greeting = await reader.readline()
        if not greeting:  # it is going down
            return b"", b""
        writer.write(b"cli quit after " + command.encode() + b"\0")
        return greeting, await reader.read()
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _read(greeting: bytes, answer: bytes, command: str) -> Answer:
    parts = greeting.decode(errors="replace").strip().split("/", 2)
    if len(parts) != 3 or not parts[1].isdigit():
        raise CommandFailed(f"console command {command!r}: Asterisk closed the socket")
    lines = [line for line in answer.split(b"\n") if not (line and line[0] >= _VERBOSE)]
    return Answer(parts[2], int(parts[1]), b"\n".join(lines).decode(errors="replace").strip("\n"))
