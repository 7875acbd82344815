"""The bytes of FastAGI: what the switch sends becomes events, what we ask for becomes one line.

Knows the format of the request header, of answers and of commands, and the limits of both sides.
Must not know sockets, time-outs, which command is under way, or what an answer means to a caller.

A reader is fed in pieces of any size and gives the same events for every way of cutting the stream.
What is wrong with the stream is an event too (``Broken``), so that all before it is still delivered.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import parse_qsl

from ivr.errors import BadCommand

HEADER_LINE_MAX = 8_192  # bytes; the longest header we saw was below 200
HEADER_COUNT_MAX = 256  # Asterisk sends about 22, and one more for each argument
ANSWER_MAX = 65_536  # bytes of one answer, all its lines together
COMMAND_MAX = 8_191  # bytes with the line end: AGI_BUF_LEN in res_agi.c less the closing NUL
ARGUMENTS_MAX = 127  # words of one command: MAX_ARGS in res_agi.c less the closing NULL

_UNKNOWN = "unknown"  # res_agi.c writes this where a caller number or a dialled number is not set
_HEADER = re.compile(r"(agi_[a-z0-9_]{1,64}): ?(.*)", re.DOTALL)
_ANSWER = re.compile(r"(\d{3})(?:([ -])(.*))?", re.DOTALL)
_RESULT = re.compile(r"result=(\S*)(?: (.*))?", re.DOTALL)
_ENDPOS = re.compile(r"(?:(.*) )?endpos=(\d+)", re.DOTALL)
_AFTER_DATA = re.compile(rb"\) endpos=\d+(?: |$)")


@dataclass(frozen=True, slots=True)
class AgiRequest:
    """What the switch says of a call before the first command.

    ``script`` and ``query`` come from ``agi://host:port/script?name=value``; ``variables`` are all
    header lines under the names the switch gave them (``agi_channel``, ``agi_arg_1``, …). A number
    that the switch calls unknown is empty here.
    """

    script: str
    query: Mapping[str, str]
    variables: Mapping[str, str]
    unique_id: str
    channel: str
    caller_id: str
    dnid: str
    language: str

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> "AgiRequest":
        """Make a request from the header lines of one session."""
        script, query = split_script(variables.get("agi_network_script", ""))
        return cls(
            script=script,
            query=MappingProxyType(query),
            variables=MappingProxyType(dict(variables)),
            unique_id=variables.get("agi_uniqueid", ""),
            channel=variables.get("agi_channel", ""),
            caller_id=_known(variables.get("agi_callerid", "")),
            dnid=_known(variables.get("agi_dnid", "")),
            language=variables.get("agi_language", ""),
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer to one command.

    ``result`` is the word after ``result=`` (None where there is none, as with 510 and 520), ``data``
    the text in parentheses, ``endpos`` the sample where playing ended, ``text`` all after the code.
    """

    code: int
    result: str | None
    data: str | None
    endpos: int | None
    text: str

    @property
    def timed_out(self) -> bool:
        """True when the switch says that the caller did not press enough keys in time."""
        return self.data == "timeout"


@dataclass(frozen=True, slots=True)
class Trying:
    """A 1xx line: the command has begun, its answer comes later (GOSUB)."""

    text: str


@dataclass(frozen=True, slots=True)
class HangupSeen:
    """A HANGUP line: the caller has left. Comes at any place between answers, and repeatedly."""


@dataclass(frozen=True, slots=True)
class StreamEnd:
    """The peer has closed the stream; ``unfinished`` is how many bytes of a line were left over."""

    unfinished: int


@dataclass(frozen=True, slots=True)
class Broken:
    """What came is not AGI. Nothing after it is read."""

    reason: str


Event = AgiRequest | Reply | Trying | HangupSeen | StreamEnd | Broken


class AgiReader:
    """Turns the bytes of one FastAGI session into events; knows nothing but what it was fed."""

    __slots__ = ("_answer", "_buffer", "_closing", "_done", "_headers", "_scanned")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._scanned = 0  # bytes at the front that hold no line end: never looked at twice
        self._headers: dict[str, str] | None = {}
        self._answer = bytearray()  # lines of an answer that is not complete yet
        self._closing: bytes = b""  # what completes it: b"520 " for a usage text, b")" for a value
        self._done = False

    def feed(self, data: bytes) -> list[Event]:
        """Take what was read and return the events it completes, in order."""
        events: list[Event] = []
        if self._done:
            return events
        self._buffer += data
        while not self._done:
            end = self._buffer.find(b"\n", self._scanned)
            if end < 0:
                self._scanned = len(self._buffer)
                if self._scanned > self._room():
                    events.append(self._broken("a line is too long"))
                break
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            self._scanned = 0
            event = self._line(line)
            if event is not None:
                events.append(event)
        return events

    def feed_eof(self) -> list[Event]:
        """Say that the peer has closed the stream."""
        if self._done:
            return []
        self._done = True
        return [StreamEnd(unfinished=len(self._buffer) + len(self._answer))]

    def _room(self) -> int:
        """Return how many bytes the line under way may have."""
        return HEADER_LINE_MAX if self._headers is not None else ANSWER_MAX - len(self._answer)

    def _line(self, line: bytes) -> Event | None:
        """Take one line without its line end."""
        if len(line) > self._room():
            return self._broken("a line is too long")
        if b"\0" in line:
            return self._broken("a line holds NUL")
        if self._headers is not None:
            return self._header_line(self._headers, line)
        return self._answer_line(line)

    def _header_line(self, headers: dict[str, str], line: bytes) -> Event | None:
        text = _text(line.removesuffix(b"\r"))
        if not text:
            if "agi_network_script" not in headers and "agi_request" not in headers:
                return self._broken("a header without agi_request")
            self._headers = None
            return AgiRequest.of(headers)
        found = _HEADER.fullmatch(text)
        if found is None:
            return self._broken("a header line that is not AGI's")
        if len(headers) >= HEADER_COUNT_MAX:
            return self._broken("too many header lines")
        headers.setdefault(found[1], found[2])  # the first stands: a later one cannot replace it
        return None

    def _answer_line(self, line: bytes) -> Event | None:
        if self._closing:
            self._answer += b"\n" + line
            if not _completes(line, self._closing):
                return None
            line = bytes(self._answer)
            self._answer.clear()
            self._closing = b""
        elif line == b"HANGUP":
            return HangupSeen()
        elif closing := _what_completes(line):
            self._answer += line
            self._closing = closing
            return None
        return self._reply(_text(line))

    def _reply(self, text: str) -> Event:
        found = _ANSWER.fullmatch(text)
        if found is None:
            return self._broken("a line that is no answer")
        code, rest = int(found[1]), found[3] or ""
        if code < 200:
            return Trying(rest)
        return Reply(code, *_result(rest), text=rest)

    def _broken(self, reason: str) -> Broken:
        self._done = True
        self._buffer.clear()
        self._answer.clear()
        return Broken(reason)


def command_line(name: str, *arguments: str) -> bytes:
    """Return the line for one command; ``name`` goes as it is, every argument is quoted.

    Asterisk's reader takes a backslash before any character as that character, inside quotes and
    outside, and an empty pair of quotes as an empty argument (parse_args in res_agi.c).
    Raises BadCommand for a line end or NUL in it (it would be a second command), for more than
    COMMAND_MAX bytes, and for more words than the switch's reader holds.
    """
    line = " ".join((name, *map(_quoted, arguments)))
    if any(mark in line for mark in "\r\n\0"):
        raise BadCommand(f"{name}: an argument holds a line end or NUL")
    raw = line.encode("utf-8", "replace") + b"\n"
    if len(raw) > COMMAND_MAX:
        raise BadCommand(f"{name}: {len(raw)} bytes, the switch takes {COMMAND_MAX}")
    if len(name.split()) + len(arguments) > ARGUMENTS_MAX:
        raise BadCommand(f"{name}: more than {ARGUMENTS_MAX} words")
    return raw


def split_script(network_script: str) -> tuple[str, dict[str, str]]:
    """Split ``outbound?lead=7`` into the script's name and its query; of a name given twice the last counts.

    Asterisk hands over all after the first slash of the address, the query included (res_agi.c).
    """
    script, _, query = network_script.partition("?")
    return script.strip("/"), dict(parse_qsl(query, keep_blank_values=True))


def _quoted(argument: str) -> str:
    return '"' + argument.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text(raw: bytes) -> str:
    """Decode; a byte that is not UTF-8 becomes the replacement mark, so the text can be stored anywhere."""
    return raw.decode("utf-8", "replace")


def _known(number: str) -> str:
    return "" if number == _UNKNOWN else number


def _what_completes(first: bytes) -> bytes:
    """Return what must come for the answer that begins with this line, b"" when it is complete.

    A usage text runs from ``520-`` to a line with ``520 ``. A value in parentheses may hold line ends:
    the answer then goes on to the line that closes them.
    """
    if first.startswith(b"520-"):
        return b"520 "
    if first.startswith(b"200 result=") and b" (" in first and not _closed(first):
        return b")"
    return b""


def _completes(line: bytes, closing: bytes) -> bool:
    return line.startswith(closing) if closing == b"520 " else _closed(line)


def _closed(line: bytes) -> bool:
    return line.endswith(b")") or _AFTER_DATA.search(line) is not None


def _result(rest: str) -> tuple[str | None, str | None, int | None]:
    """Take ``result=X (data) endpos=N`` apart; data and endpos may be missing, X may be empty."""
    found = _RESULT.fullmatch(rest)
    if found is None:
        return None, None, None
    tail, data, endpos = found[2] or "", None, None
    # A value that holds endpos does not match: a parenthesis ends that line.
    if "endpos=" in tail and (position := _ENDPOS.fullmatch(tail)) is not None:
        tail, endpos = position[1] or "", int(position[2])
    if tail.startswith("(") and tail.endswith(")"):
        data = tail[1:-1]
    return found[1], data, endpos
