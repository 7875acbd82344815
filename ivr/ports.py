"""What a flow on a line needs from the outside: a line, agents, a place for results, sounds.

``CallLine`` is implemented by ``ivr/agi/line.py`` and its twin ``ivr/agi/memory.py``; ``AgentPort`` and
``ResultSink`` by ``dialer`` and wired by ``service``; ``PromptPort`` by ``ivr/prompts``. Twins of the last
three stand in ``ivr/memory.py``. Errors are of ``ivr.errors``. Seconds everywhere.
"""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from ivr.flow.inputs import TalkEnd as TalkEnd
from ivr.flow.results import SkipReason


class PressedKeys(Protocol):
    """The answer to ``get_data``: the keys before ``#``, and whether the wait ran out."""

    @property
    def digits(self) -> str:
        """Keys pressed, without the closing ``#``; may be empty."""

    @property
    def timed_out(self) -> bool:
        """True when the wait ran out instead of being ended by a key."""


class CallLine(Protocol):
    """One caller on one AGI line. Every coroutine raises ``HungUp`` or ``LineLost`` when the caller goes."""

    @property
    def hung_up(self) -> bool:
        """True once the switch has said that the caller is gone."""

    @property
    def gone(self) -> asyncio.Event:
        """Set when the caller hangs up or the line is lost; a wait for an agent must watch it."""

    async def stream_file(self, path: str, escape: str = "", longest_s: float = 120.0) -> str:
        """Play a sound; return the escape key that broke it off, or an empty string."""

    async def get_data(
        self, path: str, timeout_s: float, max_digits: int, prompt_s: float = 120.0
    ) -> PressedKeys:
        """Play a sound (``prompt_s`` long at most) and take keys, those pressed meanwhile included."""

    async def wait_for_digit(self, timeout_s: float) -> str:
        """Wait for one key; an empty string when none came."""

    async def set_variable(self, name: str, value: str) -> None:
        """Set a channel variable."""

    async def get_variable(self, name: str) -> str | None:
        """Read a channel variable, function or expression; None when it is not set."""

    async def set_autohangup(self, seconds: int) -> None:
        """Arm the switch's own timer (whole seconds from now; 0 disarms)."""

    async def set_music(self, on: bool) -> None:
        """Start or stop waiting music."""

    async def gosub(self, context: str, exten: str, priority: str | int, *args: str) -> None:
        """Run a dialplan subroutine to its end."""


class AgentPort(Protocol):
    """Finds an agent for a caller and connects the two."""

    async def talk(self, line: CallLine, queue: str, wait_s: float) -> TalkEnd:
        """Find an agent within ``wait_s`` seconds and talk; returns when the agent is off the line.

        ``NO_AGENT`` means the caller still waits and nobody talked to him. Raises ``HungUp`` or
        ``LineLost`` when the caller goes, after giving back whatever was reserved. Waiting music is this
        port's business: it must be off before the talk begins. The talk's sub of the dialplan disarms
        the switch's timer and arms it again, so this port need not.
        """


class ResultSink(Protocol):
    """Where results go, at the moment they are given: each call commits before it returns.

    What it raises ends the flow: the line is closed and the dialplan goes on alone.
    """

    async def vote(self, score: int) -> None:
        """Keep the score the caller gave."""

    async def vote_skipped(self, why: SkipReason) -> None:
        """Keep that no score was given: ``no_input``, ``invalid`` or ``gone``."""

    async def choice(self, node: str, key: str, label: str) -> None:
        """Keep a menu choice. ``label`` is what the flow calls the key, or empty."""

    async def declined(self, node: str, key: str, label: str) -> None:
        """Keep that a wish was not taken, since the caller's number is not known."""

    async def gathered(self, node: str, name: str, digits: str) -> None:
        """Keep digits the caller typed; ``name`` is what the flow calls them."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One thing to be said: ``name`` (``<flow>-<prompt>``) finds a recorded file, else ``text`` is spoken.

    ``text`` has its variables filled in; ``language`` is the one the text is written in.
    """

    name: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound ready to be played: its path without extension, as Asterisk sees it, and its length."""

    path: str
    seconds: float


class PromptPort(Protocol):
    """Sounds that were made ahead of time. Never speaks, never waits."""

    def sound(self, utterance: Utterance) -> Sound:
        """Return the sound of an utterance; raises ``PromptError`` when it was not made."""
