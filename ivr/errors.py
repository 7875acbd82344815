"""The error tree of this room.

IvrError
├── CannotListen        the port of the FastAGI server cannot be had
├── LineError           one caller's line
│   ├── HungUp          the caller has left, or the switch's timer took the call: HANGUP, -1 or 511
│   ├── LineLost        end of file or a broken connection without a hang-up; or closed by ourselves
│   ├── CommandRefused  the switch refused the command (510, 520, …); the line goes on
│   ├── ReplyOverdue    no answer inside the command's longest time; the line is closed
│   ├── BadWire         the peer does not speak AGI, or is out of step; the line is closed
│   ├── BadCommand      our command cannot be put on the wire; nothing was sent
│   └── LineBusy        a second command while one is under way; nothing was sent
├── FlowError           a flow, or a conversation in it
│   ├── FlowFaults      the flow's text is wrong; carries every fault with its place
│   ├── WrongInput      the session does not wait for this kind of input
│   └── UnknownPrompt   the flow has no text of this name in any language that may serve
└── PromptError         a prompt cannot be found or made
    └── NotInstalled    a program that should make it is not there
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a definition: ``place`` says where (``node menu, exit 3``), ``problem`` what."""

    place: str
    problem: str

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}"


class IvrError(Exception):
    """Root of this room's errors; never raised itself."""


class CannotListen(IvrError):
    """The address of the FastAGI server is taken, or is not ours."""


class LineError(IvrError):
    """Something ended or disturbed one caller's line."""


class HungUp(LineError):
    """The call is no longer ours. An ordinary end of a conversation, not a fault.

    Mostly the caller has left; but the switch says the same when its own timer (connect limit,
    SET AUTOHANGUP) or a Redirect takes the call away, and the dialplan then goes on with the caller.
    """


class LineLost(LineError):
    """The connection to the switch is gone, and no hang-up was seen: the caller may still be there.

    The dialplan goes on by itself, so nothing on this line can be undone or repeated.
    """


class CommandRefused(LineError):
    """The switch refused one command; the line goes on. ``code`` is AGI's, ``text`` what it said."""

    def __init__(self, command: str, code: int, text: str) -> None:
        super().__init__(f"{command}: {code} {text}")
        self.command = command
        self.code = code
        self.text = text


class ReplyOverdue(LineError):
    """No answer inside the command's longest time (seconds). The line was closed: a late answer
    would be taken for that of the next command."""

    def __init__(self, command: str, seconds: float) -> None:
        super().__init__(f"{command}: no answer in {seconds:g} s")
        self.command = command
        self.seconds = seconds


class BadWire(LineError):
    """What came is not AGI, or answers nothing that was asked. The line was closed."""


class BadCommand(LineError):
    """Our own command would break the wire (line end, NUL, too long). Nothing was sent."""


class LineBusy(LineError):
    """A command is still under way on this line. Nothing was sent."""


class FlowError(IvrError):
    """A flow, or a conversation in it, is not right."""


class FlowFaults(FlowError):
    """The text of a flow is wrong; ``faults`` names every place at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = tuple(faults)


class WrongInput(FlowError):
    """The session does not wait for this kind of input."""


class UnknownPrompt(FlowError):
    """The flow has no text of this name, neither in the language asked for nor in its own."""


class PromptError(IvrError):
    """A prompt cannot be found or made."""


class NotInstalled(PromptError):
    """A program that speaks is not there."""
