"""A provider that registers accounts: it refuses as long as it is told to, and then takes whoever asks.

It checks no password: what is tried is what the Asterisk makes of each answer.
"""

from dialer.simulator.sipstub import SipStub, answer

_CHALLENGE = b'WWW-Authenticate: Digest realm="provider", nonce="abc", algorithm=MD5\r\n'


class Registrar(SipStub):
    """``refusal`` is the status that REGISTER gets, 0 for none."""

    def __init__(self) -> None:
        super().__init__()
        self.refusal = 0

    @classmethod
    async def opened(cls, refusal: int) -> "Registrar":
        """Listen on a free port, and refuse."""
        registrar = await cls.start(0)
        assert isinstance(registrar, cls)
        registrar.refusal = refusal
        return registrar

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not data.startswith(b"REGISTER "):
            super().datagram_received(data, addr)
            return
        told = answer(data)
        assert told is not None
        assert self._transport is not None
        _, lines = told.split(b"\r\n", 1)
        self._transport.sendto(self._verdict(data) + lines, addr)

    def _verdict(self, data: bytes) -> bytes:
        """Return the first lines of the answer."""
        if self.refusal == 401:
            return b"SIP/2.0 401 Unauthorized\r\n" + _CHALLENGE
        if self.refusal:
            return b"SIP/2.0 %d Refused\r\n" % self.refusal
        contact = next(line for line in data.split(b"\r\n") if line.lower().startswith(b"contact:"))
        return b"SIP/2.0 200 OK\r\n" + contact + b";expires=3600\r\n"
