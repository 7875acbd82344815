"""Free ports for one PBX or a pair, without clashes between processes that choose at the same time.

Ports come in blocks below the kernel's ephemeral range. A block is claimed by a lock file that is held as
long as the lease, so a port stays ours while its server is down for a restart. Knows nothing of Asterisk.
"""

import os
import socket
from dataclasses import dataclass
from pathlib import Path

from service.pbx.errors import NoPorts
from service.pbx.places import kept, try_lock

LOOPBACK = "127.0.0.1"
FIRST, LAST = 10240, 32767  # Linux hands out 32768 and up to clients
UNIT = 256
SIGNALLING = 16  # the first ports of a lease; the rest is RTP


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of one PBX. ``spare`` are free for tcp and udp alike; ``rtp_last`` is included."""

    ami: int
    agi: int
    sip: int
    stub: int
    http: int
    spare: tuple[int, ...]
    rtp_first: int
    rtp_last: int


class PortLease:
    """A claimed block; ``ports`` says which. Give it back with ``release`` or by leaving the ``with``."""

    def __init__(self, ports: Ports, locks: list[int]) -> None:
        self.ports = ports
        self._locks = locks

    def __enter__(self) -> "PortLease":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Let others have the block; a second call does nothing."""
        while self._locks:
            os.close(self._locks.pop())


def lease_ports(rtp: int = 200, folder: Path | None = None) -> PortLease:
    """Claim a block with ``rtp`` UDP ports for media (two a call) and ports for AMI, AGI, SIP and HTTP.

    ``folder`` holds the lock files, default ``ports`` in the cache folder. Raises ``NoPorts``.
    """
    if not 2 <= rtp <= 8192:
        raise NoPorts(f"{rtp} RTP ports: 2 to 8192 can be leased")
    locks_in = folder or kept("ports")
    units = -(-(SIGNALLING + rtp) // UNIT)
    first = FIRST
    while first + units * UNIT - 1 <= LAST:
        locks = _claim(locks_in, first, units)
        if locks is not None:
            if all(_is_free(port) for port in range(first, first + SIGNALLING + rtp)):
                return PortLease(_layout(first, rtp), locks)
            for lock in locks:
                os.close(lock)
        first += UNIT
    raise NoPorts(f"no block of {SIGNALLING + rtp} free ports between {FIRST} and {LAST}")


def why_not_free(kind: socket.SocketKind, host: str, port: int) -> str:
    """Say why a server cannot listen there; empty when it can. ``kind`` is stream (tcp) or datagram (udp)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:  # a port in TIME_WAIT can be listened on, as servers do
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            return fault.strerror or str(fault)
    return ""


def _claim(folder: Path, first: int, units: int) -> list[int] | None:
    locks: list[int] = []
    for unit in range(first, first + units * UNIT, UNIT):
        lock = try_lock(folder / f"{unit}.lock")
        if lock is None:
            for taken in locks:
                os.close(taken)
            return None
        locks.append(lock)
    return locks


def _layout(first: int, rtp: int) -> Ports:
    # RTP starts on an even port: RTCP takes the odd one above.
    return Ports(
        ami=first,
        agi=first + 1,
        sip=first + 2,
        stub=first + 3,
        http=first + 4,
        spare=tuple(range(first + 5, first + SIGNALLING)),
        rtp_first=first + SIGNALLING,
        rtp_last=first + SIGNALLING + rtp - 1,
    )


def _is_free(port: int) -> bool:
    return not any(why_not_free(kind, LOOPBACK, port) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM))
