"""A SIP end point over UDP that refuses every call with the status its number encodes.

The simulated network sends numbers with ``d1`` = 9 here (a 302 with this address), since an Asterisk can
refuse with a dozen codes only. ``answer`` is pure: one datagram in, at most one out, no state, so that a
request that is sent again gets the same answer again. It must not know anything of calls that are answered.
"""

import asyncio
import hashlib
import socket
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

from dialer.simulator.numbers import NotSimulated, Outcome, behaviour_of

_ECHOED = ("via", "from", "to", "call-id", "cseq")
_COMPACT = MappingProxyType({"v": "via", "f": "from", "t": "to", "i": "call-id"})
_METHOD_NOT_ALLOWED = 405
_ADDRESS_INCOMPLETE = 484


@dataclass(frozen=True, slots=True)
class Request:
    """What matters of a SIP request: ``headers`` are those that an answer repeats, in their order."""

    method: str
    user: str
    headers: tuple[tuple[str, str], ...]
    call_id: str


def parse(datagram: bytes) -> Request | None:
    """Return the request in a datagram; None for anything that is none (answers, keep-alives, garbage)."""
    first, *lines = datagram.decode("utf-8", "replace").split("\r\n\r\n", 1)[0].split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or words[2] != "SIP/2.0" or not words[1].startswith("sip:"):
        return None
    headers: list[tuple[str, str]] = []
    for line in lines:
        name, colon, value = line.partition(":")
        known = _COMPACT.get(name.strip().lower(), name.strip().lower())
        if colon and known in _ECHOED:
            headers.append((known, value.strip()))
    found = dict(headers)
    if found.keys() != set(_ECHOED):
        return None
    user = words[1].removeprefix("sip:").partition("@")[0].replace("%2B", "+")
    return Request(words[0], user, tuple(headers), found["call-id"])


def answer(datagram: bytes) -> bytes | None:
    """Return the answer to a datagram; None where SIP has none (ACK) or nothing sensible came."""
    request = parse(datagram)
    if request is None or request.method == "ACK":
        return None
    tag = hashlib.blake2s(request.call_id.encode(), digest_size=6).hexdigest()
    lines = [f"SIP/2.0 {_status(request)} Simulated"]
    for name, value in request.headers:
        tagged = name == "to" and ";tag=" not in value
        lines.append(f"{name.title()}: {value}{f';tag={tag}' if tagged else ''}")
    return "\r\n".join([*lines, "Content-Length: 0", "", ""]).encode()


def _status(request: Request) -> int:
    """Return the status for a request: 200 for a probe, what the number says for a call."""
    if request.method in ("OPTIONS", "CANCEL"):
        return 200
    if request.method != "INVITE":
        return _METHOD_NOT_ALLOWED
    try:
        behaviour = behaviour_of(request.user)
    except NotSimulated:
        return _ADDRESS_INCOMPLETE
    if behaviour.outcome is not Outcome.SIP_STATUS or behaviour.sip_status is None:
        return _ADDRESS_INCOMPLETE
    return behaviour.sip_status


class SipStub(asyncio.DatagramProtocol):
    """The stub on one UDP port, from ``start`` to ``stop``. ``invites`` counts INVITEs, repeated ones too."""

    def __init__(self) -> None:
        self.invites = 0
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def start(cls, port: int, host: str = "127.0.0.1") -> "SipStub":
        """Listen; raises ``OSError`` when the port is taken. Port 0 takes a free one."""
        listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            listening.setblocking(False)
            listening.bind((host, port))  # here, since libuv would not say why it can not
            _, stub = await asyncio.get_running_loop().create_datagram_endpoint(cls, sock=listening)
        except BaseException:
            listening.close()
            raise
        return stub

    @property
    def port(self) -> int:
        """The port listened on."""
        assert self._transport is not None
        port: int = self._transport.get_extra_info("sockname")[1]
        return port

    def stop(self) -> None:
        """Close the port."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (called by asyncio)."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer one datagram (called by asyncio)."""
        self.invites += data.startswith(b"INVITE ")
        reply = answer(data)
        if reply is not None and self._transport is not None:
            self._transport.sendto(reply, addr)
