"""What the kernel and the managers' ports show of an instance: processes, mounts, sockets, refusals."""

import asyncio
import os
import select
from collections.abc import Callable
from pathlib import Path

import pytest
from rawami import RawAmi

from service.pbx.pair import Pair
from service.pbx.site import AmiUser

pytestmark = pytest.mark.asterisk


def mounts() -> str:
    return Path("/proc/self/mountinfo").read_text()


def bound(table: str) -> list[tuple[str, int]]:
    """Addresses, in the kernel's hexadecimal, and ports that are bound for ``tcp`` or ``udp``."""
    rows = Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    pairs = (row.split()[1].split(":") for row in rows)
    return [(address, int(port, 16)) for address, port in pairs]


def sockets(table: str) -> list[tuple[str, int, str]]:
    """Local address, port and inode of every socket of ``tcp``, ``udp`` and their likes."""
    rows = [row.split() for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]]
    return [(*_split(row[1]), row[9]) for row in rows]


def _split(place: str) -> tuple[str, int]:
    address, _, port = place.partition(":")
    return address, int(port, 16)


def sockets_of(pid: int) -> set[str]:
    """The inodes of a process's sockets."""
    links = [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()]
    return {link[8:-1] for link in links if link.startswith("socket:[")}


def sees(directory: Path) -> list[int]:
    """Processes that have a mount from this directory, or run in it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "mountinfo").read_text() + (process / "cmdline").read_text()
        except OSError:
            continue
        if str(directory) in told:
            found.append(int(process.name))
    return found


def wait_gone(pid: int, timeout_s: float = 10.0) -> bool:
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watched], [], [], timeout_s)[0])
    finally:
        os.close(watched)


async def until(true: Callable[[], bool], timeout_s: float = 10.0) -> None:
    """Wait for a condition that nothing announces: another program's file."""
    async with asyncio.timeout(timeout_s):
        while not true():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.02)


def session(user: AmiUser) -> RawAmi:
    return RawAmi(user.host, user.port, user.name, user.secret)


async def refusal(user: AmiUser) -> str:
    """What a login that must fail is told."""
    reader, writer = await asyncio.open_connection(user.host, user.port)
    try:
        lines = ("Action: Login", f"Username: {user.name}", f"Secret: {user.secret}", "", "")
        writer.write("\r\n".join(lines).encode())
        async with asyncio.timeout(5):
            return (await reader.readuntil(b"\r\n\r\n")).decode()
    finally:
        writer.close()
        await writer.wait_closed()


async def originate(pair: Pair, channel: str, application: str, data: str) -> None:
    what = {"Channel": channel, "Application": application, "Data": data, "Async": "true"}
    async with session(pair.pbx_ami) as ami:
        assert (await ami.act("Originate", what))["Response"] == "Success"
