"""Free ports for one PBX or a pair, without clashes between processes that choose at the same time.

Ports come in blocks below the kernel's ephemeral range. A block is claimed by a name that the kernel gives to
one socket only among all users who share its ports (an abstract address, unix(7)), and for as long as the
lease: so a port stays ours while its server is down for a restart. Knows nothing of Asterisk.
"""

import socket
from dataclasses import dataclass

from service.pbx.errors import NoPorts

LOOPBACK = "127.0.0.1"
FIRST, LAST = 10240, 32767  # Linux hands out 32768 and up to clients
UNIT = 256
CLAIM = "\0dialer-ports-{}"  # what a block's socket is called, by the block's first port
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

    def __init__(self, ports: Ports, claims: list[socket.socket]) -> None:
        self.ports = ports
        self._claims = claims

    def __enter__(self) -> "PortLease":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Let others have the block; a second call does nothing."""
        _give_up(self._claims)


def lease_ports(rtp: int = 200) -> PortLease:
    """Claim a block with ``rtp`` UDP ports for media (two a call) and ports for AMI, AGI, SIP and HTTP.

    Nobody else on this machine gets one of them meanwhile. Raises ``NoPorts``.
    """
    if not 2 <= rtp <= 8192:
        raise NoPorts(f"{rtp} RTP ports: 2 to 8192 can be leased")
    units = -(-(SIGNALLING + rtp) // UNIT)
    first = FIRST
    while first + units * UNIT - 1 <= LAST:
        claims = _claim(first, units)
        if claims:
            if all(_is_free(port) for port in range(first, first + SIGNALLING + rtp)):
                return PortLease(_layout(first, rtp), claims)
            _give_up(claims)
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


def _claim(first: int, units: int) -> list[socket.socket]:
    """Claim neighbouring blocks; empty where somebody has one of them."""
    claims: list[socket.socket] = []
    for unit in range(first, first + units * UNIT, UNIT):
        claims.append(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        try:
            claims[-1].bind(CLAIM.format(unit))
        except OSError:
            _give_up(claims)
            break
    return claims


def _give_up(claims: list[socket.socket]) -> None:
    while claims:
        claims.pop().close()


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
