"""What Asterisk's manager can take, checked before a byte is written.

The figures are Asterisk's own (main/manager.c, include/asterisk/manager.h): a longer line is thrown
away without a word, further headers are ignored, and a line end inside a value begins a header or an
action of its own. Pure: knows text, nothing of links.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from dialer.errors import Unsendable

LINE_LIMIT = 1022  # bytes of "Name: value"; the reader's 1024 include the line end
HEADER_LIMIT = 128
VARIABLE_LIMIT = 64

Fields = Mapping[str, str | Sequence[str]]

# Searched in every header of every action: one search costs a third of asking for each mark.
_BREAKS_VALUE = re.compile("[\r\n\0]").search
_BREAKS_NAME = re.compile("[\r\n\0:]").search

# The application-argument parser that splits a Variable header gives these a meaning of their own;
# a backslash takes it from them.
_ESCAPED = str.maketrans({each: "\\" + each for each in '\\",()[]'})


def header_bytes(name: str, value: str) -> bytes:
    """Return one header as it goes out; raises ``Unsendable``, naming it, where it would not arrive so."""
    if _BREAKS_VALUE(value):
        raise Unsendable(f"{name}: a line end or NUL inside a value cannot be sent")
    if not name or _BREAKS_NAME(name):
        raise Unsendable(f"{name!r} is not a header name")
    try:
        line = f"{name}: {value}".encode()
    except UnicodeEncodeError as fault:
        raise Unsendable(f"{name}: not valid text: {fault.reason}") from fault
    if len(line) > LINE_LIMIT:
        raise Unsendable(f"{name}: {len(line)} bytes, more than the {LINE_LIMIT} that Asterisk reads")
    return line


def action_bytes(fields: Fields) -> bytes:
    """Return an action as it goes out; raises ``Unsendable`` for one that Asterisk would cut or take for two.

    Checked and written in one go: an action is some dozen headers, and each call takes two or three.
    """
    headers = [(name, value) for name, values in fields.items() for value in _each(values)]
    if len(headers) > HEADER_LIMIT:
        raise Unsendable(f"{len(headers)} headers, more than the {HEADER_LIMIT} that Asterisk reads")
    variables = len(list(_each(fields.get("Variable", ()))))
    if variables > VARIABLE_LIMIT:
        raise Unsendable(f"{variables} variables, more than {VARIABLE_LIMIT}")
    return b"\r\n".join([*(header_bytes(name, value) for name, value in headers), b"", b""])


def variable_headers(variables: Mapping[str, str]) -> list[str]:
    """Return one ``NAME=value`` per variable, escaped so that each value arrives whole."""
    for name in variables:
        if not name or any(mark in name for mark in '=,"\\'):
            raise Unsendable(f"{name!r} is not a variable name")
    return [f"{name}={value.translate(_ESCAPED)}" for name, value in variables.items()]


def caller_id(name: str, number: str) -> str:
    """Return a CallerID header value; a quote in the name is escaped, the number must be plain."""
    if any(mark in number for mark in '<>"\\'):
        raise Unsendable(f"CallerID: {number!r} is not a number")
    if not name:
        return f"<{number}>"
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{number}>'


def shown_on_phone(name: str, number: str) -> str:
    """Return the variable by which a phone that we call shows who calls.

    A CallerID of the action would become that of the leg itself, and be sent in the middle of a talk to
    whoever talks with it.
    """
    return f"CONNECTEDLINE(all,i)={caller_id(name, number).translate(_ESCAPED)}"


def trunk_channel(number: str, trunk: str) -> str:
    """Return the channel that dials a number over a trunk; a mark that would lead elsewhere is refused."""
    for name, value in (("number", number), ("trunk", trunk)):
        if not value or any(mark in value for mark in "@/&,"):
            raise Unsendable(f"Channel: {value!r} is not a {name}")
    return f"PJSIP/{number}@{trunk}"


def one_channel(channel: str) -> str:
    """Return what names one channel; Hangup takes ``/…/`` for a pattern and would end every call it fits."""
    if not channel or channel.startswith("/"):
        raise Unsendable(f"Channel: {channel!r} does not name one channel")
    return channel


def _each(values: str | Iterable[str]) -> Iterable[str]:
    return (values,) if isinstance(values, str) else values
