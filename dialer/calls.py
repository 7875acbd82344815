"""The states of an outbound call, as a table.

Knows every (state, event) pair: it is a move, it is ignored, or it is impossible. Knows nothing of sockets,
stores or clocks. The switch repeats, reorders and drops events, so the ignorable pairs are named; an
impossible pair is reported once by the shell and changes nothing.

Hangup and the switch's answer to an originate come in either order, and only both together say why an
unanswered call ended: ``cleared`` waits for the answer, ``denied`` for the hangup, and a grace time ends
both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a call stands."""

    COMMITTED = "committed"  # the attempt is stored; nothing proves that it was sent
    SENT = "sent"  # the switch has taken it
    RINGING = "ringing"
    ANSWERED = "answered"  # a person or machine is on the line, no agent yet
    TALKING = "talking"  # with an agent
    AFTER_TALK = "after_talk"  # the agent has left, the customer votes
    CLEARED = "cleared"  # hung up unanswered; the originate's own answer is outstanding
    DENIED = "denied"  # the originate failed; the hangup with its cause is outstanding
    ENDED = "ended"


class Event(StrEnum):
    """What can happen to a call."""

    ACCEPTED = "accepted"
    NOT_SENT = "not_sent"
    REFUSED = "refused"
    DIALLING = "dialling"
    RINGING = "ringing"
    UP = "up"
    BRIDGED = "bridged"
    RELEASED = "released"
    HUNG_UP = "hung_up"
    ORIGINATE_ANSWERED = "originate_answered"
    ORIGINATE_FAILED = "originate_failed"
    GRACE_OVER = "grace_over"
    LOST = "lost"  # the switch was asked and knows nothing of it any more


class Command(StrEnum):
    """What the shell does after a move."""

    NOTE = "note"  # store the facts known so far
    ARM_GRACE = "arm_grace"  # start the grace time for the outstanding half of the truth
    SETTLE = "settle"  # decide the disposition and store it


class Fit(StrEnum):
    """How a pair that is no move is to be taken."""

    IGNORED = "ignored"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class Move:
    """The next state and what to do on the way."""

    state: State
    commands: tuple[Command, ...] = ()


_NOTE = (Command.NOTE,)
_GRACE = (Command.ARM_GRACE,)
_SETTLE = (Command.SETTLE,)

_UNANSWERED: Mapping[Event, Move] = {
    Event.UP: Move(State.ANSWERED, _NOTE),
    # An AGI session or a bridge proves the answer even when its own event was lost.
    Event.BRIDGED: Move(State.TALKING, _NOTE),
    Event.HUNG_UP: Move(State.CLEARED, _GRACE),
    Event.ORIGINATE_FAILED: Move(State.DENIED, _GRACE),
    Event.ORIGINATE_ANSWERED: Move(State.ANSWERED, _NOTE),
    Event.LOST: Move(State.ENDED, _SETTLE),
}
_NOT_YET_RINGING: Mapping[Event, Move] = {**_UNANSWERED, Event.RINGING: Move(State.RINGING)}
_ON_THE_LINE: Mapping[Event, Move] = {
    Event.HUNG_UP: Move(State.ENDED, _SETTLE),
    Event.LOST: Move(State.ENDED, _SETTLE),
}

MOVES: Mapping[State, Mapping[Event, Move]] = {
    State.COMMITTED: {
        **_NOT_YET_RINGING,
        Event.ACCEPTED: Move(State.SENT, _NOTE),
        Event.DIALLING: Move(State.SENT, _NOTE),
        Event.NOT_SENT: Move(State.ENDED, _SETTLE),
        Event.REFUSED: Move(State.ENDED, _SETTLE),
    },
    State.SENT: {**_NOT_YET_RINGING, Event.REFUSED: Move(State.ENDED, _SETTLE)},
    State.RINGING: _UNANSWERED,
    State.ANSWERED: {**_ON_THE_LINE, Event.BRIDGED: Move(State.TALKING, _NOTE)},
    State.TALKING: {**_ON_THE_LINE, Event.RELEASED: Move(State.AFTER_TALK, _NOTE)},
    State.AFTER_TALK: {**_ON_THE_LINE, Event.BRIDGED: Move(State.TALKING, _NOTE)},
    State.CLEARED: {
        Event.ORIGINATE_FAILED: Move(State.ENDED, _SETTLE),
        Event.ORIGINATE_ANSWERED: Move(State.ENDED, _SETTLE),
        Event.GRACE_OVER: Move(State.ENDED, _SETTLE),
        Event.LOST: Move(State.ENDED, _SETTLE),
    },
    State.DENIED: {
        Event.HUNG_UP: Move(State.ENDED, _SETTLE),
        Event.GRACE_OVER: Move(State.ENDED, _SETTLE),
        Event.LOST: Move(State.ENDED, _SETTLE),
    },
    State.ENDED: {},
}

# Repeats and latecomers that Asterisk is known to send, and acknowledgements overtaken by events.
IGNORED: Mapping[State, frozenset[Event]] = {
    State.COMMITTED: frozenset(),
    State.SENT: frozenset({Event.ACCEPTED, Event.DIALLING}),
    State.RINGING: frozenset({Event.ACCEPTED, Event.DIALLING, Event.RINGING}),
    State.ANSWERED: frozenset(
        {Event.ACCEPTED, Event.DIALLING, Event.RINGING, Event.UP, Event.ORIGINATE_ANSWERED, Event.RELEASED}
    ),
    State.TALKING: frozenset(
        {Event.ACCEPTED, Event.DIALLING, Event.RINGING, Event.UP, Event.ORIGINATE_ANSWERED, Event.BRIDGED}
    ),
    State.AFTER_TALK: frozenset(
        {Event.ACCEPTED, Event.DIALLING, Event.RINGING, Event.UP, Event.ORIGINATE_ANSWERED, Event.RELEASED}
    ),
    State.CLEARED: frozenset({Event.ACCEPTED, Event.DIALLING, Event.RINGING, Event.UP, Event.HUNG_UP}),
    State.DENIED: frozenset({Event.ACCEPTED, Event.DIALLING, Event.RINGING, Event.ORIGINATE_FAILED}),
    State.ENDED: frozenset(Event),
}

UNANSWERED = frozenset({State.COMMITTED, State.SENT, State.RINGING, State.CLEARED, State.DENIED})
"""States in which no person has been reached; all but the last two may still ring."""

RINGABLE = frozenset({State.COMMITTED, State.SENT, State.RINGING})
"""States in which the far end may be ringing now."""


def advance(state: State, event: Event) -> Move | Fit:
    """Return the move for a pair, or how the pair is to be taken when it is none."""
    move = MOVES[state].get(event)
    if move is not None:
        return move
    return Fit.IGNORED if event in IGNORED[state] else Fit.IMPOSSIBLE
