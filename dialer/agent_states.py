"""The states of an agent, as a table: every pair of state and event is a move, ignored or impossible.

Pure. Must not know the board, phones or calls.
"""

from collections.abc import Mapping
from enum import StrEnum


class AgentState(StrEnum):
    """Where an agent stands."""

    OFFLINE = "offline"
    CONNECTING = "connecting"  # his phone is being called
    READY = "ready"
    PREVIEW = "preview"  # a lead is laid before him; its call starts when he asks for it
    RESERVED = "reserved"  # a call is being placed for him, or a caller is about to reach him
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"


class AgentEvent(StrEnum):
    """What can happen to an agent."""

    LOG_IN = "log_in"
    SEATED = "seated"  # his leg is in the hold bridge
    LEG_GONE = "leg_gone"
    GO_READY = "go_ready"
    PAUSE = "pause"
    OFFER = "offer"
    SKIP = "skip"  # the offer is over without a call
    CALL_ASKED = "call_asked"
    RESERVE = "reserve"
    GIVE_BACK = "give_back"  # the call he was reserved for came to nothing
    TALK_BEGAN = "talk_began"
    TALK_ENDED = "talk_ended"
    WRAP_UP_OVER = "wrap_up_over"
    LOG_OUT = "log_out"


S, E = AgentState, AgentEvent

MOVES: Mapping[tuple[AgentState, AgentEvent], AgentState] = {
    (S.OFFLINE, E.LOG_IN): S.CONNECTING,
    (S.CONNECTING, E.SEATED): S.PAUSED,
    (S.CONNECTING, E.LEG_GONE): S.OFFLINE,
    (S.CONNECTING, E.LOG_OUT): S.OFFLINE,
    (S.READY, E.OFFER): S.PREVIEW,
    (S.PREVIEW, E.SKIP): S.READY,
    (S.PREVIEW, E.CALL_ASKED): S.RESERVED,
    (S.PREVIEW, E.PAUSE): S.PAUSED,
    (S.PREVIEW, E.LEG_GONE): S.OFFLINE,
    (S.PREVIEW, E.LOG_OUT): S.OFFLINE,
    (S.READY, E.RESERVE): S.RESERVED,
    (S.READY, E.PAUSE): S.PAUSED,
    (S.READY, E.LEG_GONE): S.OFFLINE,
    (S.READY, E.LOG_OUT): S.OFFLINE,
    (S.RESERVED, E.GIVE_BACK): S.READY,
    (S.RESERVED, E.TALK_BEGAN): S.TALKING,
    (S.RESERVED, E.LEG_GONE): S.OFFLINE,
    (S.TALKING, E.TALK_ENDED): S.WRAP_UP,
    (S.TALKING, E.LEG_GONE): S.OFFLINE,
    (S.WRAP_UP, E.WRAP_UP_OVER): S.READY,
    (S.WRAP_UP, E.GO_READY): S.READY,
    (S.WRAP_UP, E.PAUSE): S.PAUSED,
    (S.WRAP_UP, E.LOG_IN): S.CONNECTING,  # his phone went in the talk: it is called anew
    (S.WRAP_UP, E.LOG_OUT): S.OFFLINE,
    (S.PAUSED, E.GO_READY): S.READY,
    (S.PAUSED, E.PAUSE): S.PAUSED,
    (S.PAUSED, E.LEG_GONE): S.OFFLINE,
    (S.PAUSED, E.LOG_OUT): S.OFFLINE,
}

# Repeats and races that mean nothing: the switch tells of one leg's end or return more than once.
IGNORED: frozenset[tuple[AgentState, AgentEvent]] = frozenset(
    {
        (S.OFFLINE, E.LEG_GONE),
        (S.OFFLINE, E.TALK_ENDED),
        (S.OFFLINE, E.WRAP_UP_OVER),
        (S.OFFLINE, E.GIVE_BACK),
        (S.OFFLINE, E.LOG_OUT),
        (S.CONNECTING, E.TALK_ENDED),
        (S.CONNECTING, E.WRAP_UP_OVER),
        (S.CONNECTING, E.GIVE_BACK),
        (S.CONNECTING, E.LOG_IN),
        (S.OFFLINE, E.SKIP),
        (S.PAUSED, E.SKIP),
        (S.PREVIEW, E.SEATED),
        (S.PREVIEW, E.GO_READY),
        (S.PREVIEW, E.GIVE_BACK),
        (S.PREVIEW, E.TALK_ENDED),
        (S.PREVIEW, E.WRAP_UP_OVER),
        (S.READY, E.SEATED),
        (S.READY, E.GO_READY),
        (S.READY, E.GIVE_BACK),
        (S.READY, E.TALK_ENDED),
        (S.READY, E.WRAP_UP_OVER),
        (S.RESERVED, E.SEATED),
        (S.TALKING, E.SEATED),
        (S.TALKING, E.GIVE_BACK),
        (S.TALKING, E.TALK_BEGAN),
        (S.WRAP_UP, E.SEATED),
        (S.WRAP_UP, E.LEG_GONE),  # the wrap-up is his; what comes after it depends on his phone
        (S.WRAP_UP, E.GIVE_BACK),
        (S.WRAP_UP, E.TALK_ENDED),
        (S.PAUSED, E.SEATED),
        (S.PAUSED, E.GIVE_BACK),
        (S.PAUSED, E.TALK_ENDED),
        (S.PAUSED, E.WRAP_UP_OVER),
    }
)

STANDS: Mapping[AgentState, str] = {
    S.OFFLINE: "is logged out",
    S.CONNECTING: "has to pick up the phone first",
    S.READY: "is ready",
    S.PREVIEW: "looks at a lead",
    S.RESERVED: "is about to get a call",
    S.TALKING: "is in a talk",
    S.WRAP_UP: "is in the wrap-up",
    S.PAUSED: "is paused",
}
"""How an agent stands, for whoever asked for something that is not possible then."""

ASKED: Mapping[AgentEvent, str] = {
    E.LOG_IN: "log in",
    E.SEATED: "pick up the phone",
    E.LEG_GONE: "lose the phone",
    E.GO_READY: "become ready",
    E.PAUSE: "pause",
    E.OFFER: "be shown a lead",
    E.SKIP: "skip a lead",
    E.CALL_ASKED: "have a lead called",
    E.RESERVE: "take another call",
    E.GIVE_BACK: "be given back",
    E.TALK_BEGAN: "begin a talk",
    E.TALK_ENDED: "end a talk",
    E.WRAP_UP_OVER: "end the wrap-up",
    E.LOG_OUT: "log out",
}
"""What was asked for, in the same sentence."""
