"""One caller's line: what can be done with a call while the switch has handed it to us.

Knows the AGI commands the service uses, what their results mean to a conversation, and how long each
may take. Must not know sockets, routes, flows or who is on the line.

``Line`` speaks through an ``Exchange``: the connection to the switch, or the scripted caller of
``memory.py``. All methods raise the errors of ``ivr/errors.py`` and nothing else.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ivr.agi.wire import AgiRequest, Reply
from ivr.errors import BadCommand, BadWire, CommandRefused, HungUp, LineLost

REPLY_S = 5.0  # longest time for a command that waits for nobody
PROMPT_S = 120.0  # allowance for the sound file of a command that plays one
EXEC_S = 60.0  # longest time of an application, unless its caller knows better
CHANNEL_UP = 6  # CHANNEL STATUS of an answered call

_DEAD_CHANNEL = 511
_NO_SUCH_APPLICATION = "-2"


@dataclass(frozen=True, slots=True)
class Keys:
    """What the caller pressed. ``timed_out`` when the time ended it: fewer keys than asked for, or none."""

    digits: str
    timed_out: bool


class Exchange(Protocol):
    """Carries one command to the switch and brings back its answer."""

    @property
    def hung_up(self) -> bool:
        """True once the switch has said that the caller left."""

    @property
    def gone(self) -> asyncio.Event:
        """Set once the caller has left or the connection is lost, whichever comes first."""

    async def exchange(self, name: str, args: Sequence[str], longest_s: float | None) -> Reply:
        """Send one command and return its answer, waiting ``longest_s`` seconds at most (None: for ever).

        Raises BadCommand, HungUp, LineLost, ReplyOverdue, BadWire, LineBusy.
        """

    def mark_hung_up(self) -> None:
        """Note that the caller has left, as an answer told."""

    def close(self) -> None:
        """End the session; every later command fails. Harmless twice."""


class Line:
    """One call in our hands. One command at a time; a second one meanwhile raises LineBusy.

    After a hang-up every command raises HungUp without asking the switch. Cancelling a command closes
    the line, for its answer could be taken for that of the next: later commands raise LineLost.
    """

    __slots__ = ("_exchange", "request")

    def __init__(self, request: AgiRequest, exchange: Exchange) -> None:
        self.request = request
        self._exchange = exchange

    @property
    def hung_up(self) -> bool:
        """True once the switch has said that the caller left."""
        return self._exchange.hung_up

    @property
    def gone(self) -> asyncio.Event:
        """Set once the caller has left or the connection is lost. May be waited for at any time."""
        return self._exchange.gone

    async def command(
        self, name: str, *args: str, longest_s: float | None = REPLY_S, even_hung_up: bool = False
    ) -> Reply:
        """Send one AGI command and return its answer with code 200.

        ``name`` goes as it is (``GET DATA``), arguments are quoted. ``longest_s`` is in seconds, None
        waits for ever. ``even_hung_up`` asks the switch also after a hang-up; it answers only where
        the dialplan has not set AGIEXITONHANGUP. Raises CommandRefused for 510, 520 and other codes,
        HungUp for 511 (dead channel).
        """
        if self.hung_up and not even_hung_up:
            raise HungUp(name)
        reply = await self._exchange.exchange(name, args, longest_s)
        if reply.code == _DEAD_CHANNEL:
            self._exchange.mark_hung_up()
            raise HungUp(f"{name}: dead channel")
        if reply.code != 200:
            raise CommandRefused(name, reply.code, reply.text)
        return reply

    def close(self) -> None:
        """Give the call back to the dialplan; every later command raises LineLost. Harmless twice."""
        self._exchange.close()

    async def answer(self) -> None:
        """Answer the call; nothing happens when it is up already."""
        await self._passed("ANSWER", longest_s=30.0)

    async def stream_file(self, path: str, escape: str = "", longest_s: float = PROMPT_S) -> str:
        """Play a sound file and return the key of ``escape`` that stopped it, "" when it ran to its end.

        Raises CommandRefused when the file cannot be played while the caller is still there.
        """
        return _key(await self._passed("STREAM FILE", path, escape, longest_s=longest_s))

    async def get_data(
        self, path: str, timeout_s: float, max_digits: int, prompt_s: float = PROMPT_S
    ) -> Keys:
        """Play a sound file and collect up to ``max_digits`` keys; # ends them and is not among them.

        Keys count from the first sample of the prompt. ``timeout_s`` is how long the switch waits for
        the first key after the prompt, and for each further one.
        """
        longest = prompt_s + timeout_s * max_digits
        reply = await self._passed(
            "GET DATA", path, _milliseconds(timeout_s), str(max_digits), longest_s=longest
        )
        return Keys(reply.result or "", reply.timed_out)

    async def wait_for_digit(self, timeout_s: float) -> str:
        """Wait for one key and return it, "" when none came in ``timeout_s`` seconds."""
        reply = await self._passed("WAIT FOR DIGIT", _milliseconds(timeout_s), longest_s=timeout_s + REPLY_S)
        return _key(reply)

    async def set_variable(self, name: str, value: str) -> None:
        """Set a channel variable or a writable function such as ``CHANNEL(language)``."""
        await self.command("SET VARIABLE", name, value)

    async def get_variable(self, name: str) -> str | None:
        """Return a variable, a function (``CHANNEL(state)``) or an expression holding ``${…}`` or ``$[…]``.

        None when a variable is not set; an expression is never None, what is not set in it is empty.
        """
        complex_name = "${" in name or "$[" in name
        reply = await self.command("GET FULL VARIABLE" if complex_name else "GET VARIABLE", name)
        if reply.result == "1":
            return reply.data or ""
        return "" if complex_name else None

    async def channel_status(self) -> int:
        """Return the channel's state by AGI's numbers; 6 is up."""
        return _number(await self._passed("CHANNEL STATUS"))

    async def set_autohangup(self, seconds: int) -> None:
        """Arm the switch's own timer over this call (0 disarms it): the dead man's switch of a wait."""
        await self.command("SET AUTOHANGUP", str(seconds))

    async def set_music(self, on: bool) -> None:
        """Start or stop music on hold."""
        await self.command("SET MUSIC", "on" if on else "off")

    async def gosub(self, context: str, exten: str, priority: str | int, *args: str) -> None:
        """Run a subroutine of the dialplan and return when it does, however long that takes.

        Raises HungUp when the call did not come back from it, CommandRefused when there is no such
        place. What it returns is in the variable GOSUB_RETVAL.
        """
        if any(mark in arg for arg in args for mark in ",()"):
            raise BadCommand("GOSUB: an argument holds a comma or a parenthesis")
        words = [context, exten, str(priority)]
        if args:
            words.append(",".join(args))
        reply = await self._passed("GOSUB", *words, longest_s=None)
        if "abnormal exit" in reply.text:
            self._exchange.mark_hung_up()
            raise HungUp("GOSUB: abnormal exit")

    async def exec(self, app: str, *args: str, longest_s: float | None = EXEC_S) -> int:
        """Run a dialplan application and return what it returned.

        Arguments are joined by commas, so a comma in one divides it. Raises CommandRefused for an
        application that does not exist and for one that failed while the caller is still there.
        """
        reply = await self._passed("EXEC", app, ",".join(args), longest_s=longest_s)
        if reply.result == _NO_SUCH_APPLICATION:
            raise CommandRefused(f"EXEC {app}", reply.code, "no such application")
        return _number(reply)

    async def hangup(self) -> None:
        """Hang up on the caller. The line is gone after it."""
        await self.command("HANGUP")
        self._exchange.mark_hung_up()

    async def _passed(self, name: str, *args: str, longest_s: float | None = REPLY_S) -> Reply:
        """Send a command whose result -1 means a caller who left, or a failure: ask which."""
        reply = await self.command(name, *args, longest_s=longest_s)
        if reply.result != "-1":
            return reply
        if name != "CHANNEL STATUS" and await self._still_up():
            raise CommandRefused(name, reply.code, reply.text)
        self._exchange.mark_hung_up()
        raise HungUp(f"{name}: {reply.text}")

    async def _still_up(self) -> bool:
        """Ask whether the caller is there; a switch that closes instead of answering says no."""
        try:
            status = await self.command("CHANNEL STATUS")
        except (HungUp, LineLost):
            return False
        return status.result == str(CHANNEL_UP)


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))


def _number(reply: Reply) -> int:
    try:
        return int(reply.result or "")
    except ValueError:
        raise BadWire(f"a number was expected: {reply.text!r}") from None


def _key(reply: Reply) -> str:
    """Return the key whose character code is the result; 0 is none."""
    code = _number(reply)
    return chr(code) if 0 < code < 128 else ""
