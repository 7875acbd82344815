"""Whether a program has the ports that it was told to listen on.

Asterisk starts without those that it can not have. Knows the kernel's tables of sockets; must not know what
listens.
"""

import contextlib
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

_TABLES: Final[Mapping[socket.SocketKind, tuple[str, str]]] = MappingProxyType(
    {socket.SOCK_STREAM: ("tcp", "tcp6"), socket.SOCK_DGRAM: ("udp", "udp6")}
)
_WAITING = ("0A", "07")  # how the tables call a tcp socket that listens, and a udp one without a peer


def listens(pid: int, kind: socket.SocketKind, port: int) -> bool:
    """Whether a process listens on a port; ``kind`` is stream (tcp) or datagram (udp).

    True also where its sockets are not for us to see: it is another user's, or has just ended.
    """
    try:
        own = _descriptors(pid)
        rows = [row.split() for table in _TABLES[kind] for row in _rows(pid, table)]
    except OSError:
        return True
    return any(
        f"socket:[{inode}]" in own
        for _, local, _, state, *_, inode in (row[:10] for row in rows)
        if state in _WAITING and int(local.rpartition(":")[2], 16) == port
    )


def _descriptors(pid: int) -> set[str]:
    found = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed just now
            found.add(os.readlink(link))
    return found


def _rows(pid: int, table: str) -> list[str]:
    file = Path(f"/proc/{pid}/net/{table}")
    return file.read_text().splitlines()[1:] if file.exists() else []  # IPv6 may be switched off
