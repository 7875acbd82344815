"""What the dialer needs from a switch, and what it hears of it.

``Telephony`` is implemented by ``dialer/ami`` and its twin ``dialer/memory.py``; one contract suite runs over
both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol


class Kind(StrEnum):
    """What a switch tells about a channel or about itself."""

    DIALLING = "dialling"  # DialBegin: the call has been handed to the network
    RINGING = "ringing"  # 180, or 183 with or without sound
    UP = "up"  # answered
    BRIDGED = "bridged"  # joined a two-party bridge (``peer`` is the other channel)
    HOLDING = "holding"  # joined a holding bridge: an agent's leg is free
    HUNG_UP = "hung_up"  # gone; ``cause`` and ``tech_cause`` say why
    ORIGINATE_ANSWERED = "originate_answered"  # the switch's answer to an originate: ``reason`` 4
    ORIGINATE_FAILED = "originate_failed"  # ``reason`` 3 our time-out, 0 anything else
    LINK_UP = "link_up"  # connected, logged in, fully booted; ask what is true
    LINK_DOWN = "link_down"  # events may be lost from here on


@dataclass(frozen=True, slots=True)
class SwitchEvent:
    """One event of the switch. ``channel_id`` is the Uniqueid, which we choose: an attempt or leg id.

    ``at`` is the switch's own time stamp where it sends one, else the arrival. ``action_id`` is set on
    answers to an originate: those are matched by it, since a refused double originate carries the
    living call's channel id.
    """

    kind: Kind
    at: datetime
    channel_id: str = ""
    channel: str = ""
    action_id: str = ""
    cause: int | None = None
    tech_cause: int | None = None
    reason: int | None = None
    bridge_id: str = ""
    peer_id: str = ""


@dataclass(frozen=True, slots=True)
class Dial:
    """One originate towards a customer. ``attempt_id`` becomes channel id and ActionID."""

    attempt_id: str
    number: str
    trunk: str
    caller_id: str
    caller_name: str
    ring_timeout_s: float
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LiveChannel:
    """One channel that the switch says is alive, with the variables that identify it."""

    channel_id: str
    channel: str
    state: str  # Down, Ringing, Up
    application: str
    context: str
    seconds: int
    attempt_id: str
    agent_id: str
    talked: bool
    done: bool
    bridge_peer: str


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line that the dialplan alone wrote while nobody listened.

    ``family`` is ``failed``, ``end``, ``vote``, ``aband`` or ``machine``; ``fields`` is the value split at
    ``|``.
    """

    family: str
    key: str
    fields: tuple[str, ...]


JOURNALS: Final = ("failed", "end", "vote", "aband", "machine")
"""Every family of journals."""


class Telephony(Protocol):
    """A switch that places and ends calls. Errors are of ``dialer.errors``."""

    async def place(self, dial: Dial) -> None:
        """Send one originate, once; returns when the switch has acknowledged it.

        Raises ``NotSent`` when certainly nothing left, ``Refused`` when the switch said no, and
        ``Unproven`` when it was written and no answer came: such a call may be ringing.
        """

    async def cancel(self, channel_id: str) -> bool:
        """End an unanswered call; false when there is none.

        The switch itself looks whether somebody has answered, so that an answer which crosses a cancel is
        never hung up on. Events tell of the end, as of any other.
        """

    async def seat_agent(self, agent_id: str, phone: str, leg_id: str) -> None:
        """Call an agent's phone and keep its leg in the hold bridge; same errors as ``place``."""

    async def unseat_agent(self, leg_id: str) -> bool:
        """Hang an agent's leg up with cause 16, answered or not; false when it is gone."""

    async def release_agent(self, channel: str) -> bool:
        """Take an agent's leg out of a talk, back to the hold bridge; false when it is gone."""

    async def live(self) -> Sequence[LiveChannel]:
        """Ask which channels live, with their identifying variables. Raises ``NotSent`` or ``Unproven``."""

    async def journal(self, families: Sequence[str] = JOURNALS) -> Sequence[JournalEntry]:
        """Read the journals that the dialplan left. Same errors as ``live``."""

    async def forget(self, entries: Sequence[JournalEntry]) -> None:
        """Delete journal lines that have been committed. Deleting twice is harmless."""
