"""Bytes from the manager, cut into messages. No I/O, no clock.

Text is decoded only once a message is whole, so a character cut by a read boundary survives; a line
that is not UTF-8 is read as Latin-1, in which every byte means something. A message that does not
end is refused before it eats the memory.
"""

from panoramisk.message import Message

GREETING = b"Asterisk Call Manager/"
_END = b"\r\n\r\n"
_GREETING_LIMIT = 256

Headers = dict[str, str | list[str]]


class BadWire(ValueError):
    """The peer does not speak the manager protocol, or a message does not end."""


class Framer:
    """Collects reads and gives back whole messages, in order."""

    def __init__(self, limit_bytes: int) -> None:
        self.greeting: str | None = None
        self._limit = limit_bytes
        self._buffer = bytearray()
        self._searched = 0

    def feed(self, data: bytes) -> list[str]:
        """Take one read; return the messages that are whole now. Raises ``BadWire``."""
        self._buffer += data
        if self.greeting is None and not self._take_greeting():
            return []
        messages = []
        start = 0
        while (end := self._buffer.find(_END, max(self._searched, start))) >= 0:
            if end - start > self._limit:
                raise BadWire(f"a message of {end - start} bytes, more than {self._limit}")
            if text := decode(bytes(self._buffer[start:end])).strip():
                messages.append(text)
            start = end + len(_END)
        del self._buffer[:start]
        # The next search starts where an end mark may be half there: no byte is searched twice.
        self._searched = max(0, len(self._buffer) - len(_END) + 1)
        if len(self._buffer) > self._limit:
            raise BadWire(f"a message without an end, {len(self._buffer)} bytes so far")
        return messages

    def _take_greeting(self) -> bool:
        """Take the one line that ends in a single line end."""
        line, end, rest = self._buffer.partition(b"\r\n")
        begun = GREETING.startswith(line) and not end
        if not (line.startswith(GREETING) or begun) or len(line) > _GREETING_LIMIT:
            raise BadWire(f"not an Asterisk manager: it says {decode(bytes(line[:40]))!r}")
        if not end:
            return False
        self.greeting = decode(bytes(line))
        self._buffer = rest
        return True


def decode(data: bytes) -> str:
    """Decode a message: UTF-8, or line by line with Latin-1 for the lines that are not."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return "\r\n".join(_decode_line(line) for line in data.split(b"\r\n"))


def _decode_line(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")


def parse(text: str) -> Message | None:
    """Parse one message into panoramisk's type; None for what is neither event nor response."""
    return Message.from_line(text)


def event_headers(text: str) -> Headers | None:
    """Return the headers of an event that belongs to no action; None for any other message.

    Nearly all that comes is of this kind, and panoramisk's own type costs several times as much to make.
    """
    if not text.startswith("Event: ") or "\r\nActionID: " in text:
        return None
    headers: Headers = {}
    for line in text.split("\r\n"):
        name, colon, value = line.partition(": ")
        if not colon or not name:
            continue
        name = name.lower()
        before = headers.get(name)
        if before is None:
            headers[name] = value
        elif isinstance(before, list):
            before.append(value)
        else:
            headers[name] = [before, value]
    return headers


def headers(message: Message) -> Headers:
    """Return a message as a plain dict with lower-case names; repeated headers become a list."""
    return {name.lower(): value for name, value in message.items() if name}


def text(headers: Headers, name: str) -> str:
    """Return a header as text: the last of repeated ones, empty when there is none."""
    value = headers.get(name, "")
    return value[-1] if isinstance(value, list) else value
