"""What a call's or an agent's move teaches the pacer: tables from the dialer's words to the pacer's.

Pure. Must not know boards or memories.
"""

from collections.abc import Callable, Mapping
from typing import Final

from campaigns.model import AmdMode, Disposition, Screened
from dialer.agent_states import AgentState
from dialer.calls import UNANSWERED, State
from dialer.live_call import LiveCall
from dialer.pacing.facts import (
    CallGivenUp,
    CallMissed,
    CallReached,
    Fact,
    LineFailed,
    TalkEnded,
    WrapUpEnded,
)

OF_ENDS: Final[Mapping[Disposition, Callable[[float], Fact]]] = {
    Disposition.NO_ANSWER: CallMissed,
    Disposition.BUSY: CallMissed,
    Disposition.REJECTED: CallMissed,
    Disposition.BAD_NUMBER: CallMissed,
    Disposition.UNREACHABLE: CallMissed,
    Disposition.TRUNK_FAILED: LineFailed,
    Disposition.CANCELLED: CallGivenUp,
}
"""What the end of a call that nobody answered teaches; ends that are not here teach nothing."""

ON_THE_LINE: Final = frozenset({State.ANSWERED, State.TALKING})

JUDGED: Final[Mapping[Disposition, bool]] = {Disposition.CONNECTED: False, Disposition.ABANDONED: True}
"""Dispositions of a live answer, and whether it counts as abandoned.

Machines are no live answers. Who hung up inside the connect limit was not abandoned, and is left out of the
denominator too: the stricter reading.
"""


def fact_of_call(was: State, call: LiveCall, delay_s: float) -> Fact | None:
    """Return what a call's move teaches, ``delay_s`` after it was sent; None when nothing.

    With detection of machines a call comes to need an agent when it is judged, not when it is answered; a
    move from a state to the same one is that judgement.
    """
    screens, verdict = call.campaign.amd is not AmdMode.OFF, call.facts.amd
    if call.state in ON_THE_LINE and was in (UNANSWERED if not screens else ON_THE_LINE):
        if screens and (was is not call.state or verdict is None):
            return None
        return CallMissed(delay_s) if verdict is Screened.MACHINE else CallReached(delay_s)
    if call.state is not State.ENDED or call.disposition is None:
        return None
    if was not in UNANSWERED:
        return CallMissed(delay_s) if screens and verdict is None else None
    teaches = OF_ENDS.get(call.disposition)
    return teaches(delay_s) if teaches is not None else None


def fact_of_seat(was: AgentState, lasted_s: float) -> Fact | None:
    """Return what the end of an agent's state teaches; None when nothing."""
    if was is AgentState.TALKING:
        return TalkEnded(lasted_s)
    if was is AgentState.WRAP_UP:
        return WrapUpEnded(lasted_s)
    return None
