"""Breaks the one circle of the composition root: parts announce changes to parts that are built after them.

Knows who is told of what, and in which order. Must not know what they make of it.
"""

import asyncio
from typing import Final

from campaigns.model import Campaign
from dialer.agents import AgentBoard
from dialer.call_board import CallBoard
from dialer.calling_off import CallingOff
from dialer.calls import State
from dialer.control import DialingControl
from dialer.live import LivePicture
from dialer.live_call import LiveCall, rings_no_more
from dialer.pacing_desk import PacingDesk
from dialer.recovery import Recovery
from dialer.switchboard import Switchboard
from dialer.telephony import SwitchEvent
from dialer.trunks import TrunkBoard

WAKE_AFTER_S: Final = 0.02
"""How long campaigns sleep on after a change, in seconds. The switch tells of an answer, and a moment later
its dialplan asks for an agent: deciding on further calls in between would cost the customer a millisecond.
And what changes at an answer or an end, in several steps, is decided on once."""


class Announcements:
    """What parts tell each other of; ``bind`` names those who are told, once all are built."""

    def __init__(self) -> None:
        self.live: LivePicture
        self.control: DialingControl
        self.switchboard: Switchboard
        self.calls: CallBoard
        self.agents: AgentBoard
        self.trunks: TrunkBoard
        self.recovery: Recovery
        self.pacing: PacingDesk
        self.calling_off: CallingOff
        self._waking: asyncio.TimerHandle | None = None

    def bind(
        self,
        live: LivePicture,
        control: DialingControl,
        switchboard: Switchboard,
        calls: CallBoard,
        agents: AgentBoard,
        trunks: TrunkBoard,
        recovery: Recovery,
        pacing: PacingDesk,
        calling_off: CallingOff,
    ) -> None:
        """Name the parts, once all are built."""
        self.live, self.control, self.switchboard = live, control, switchboard
        self.calls, self.agents, self.trunks = calls, agents, trunks
        self.recovery, self.pacing, self.calling_off = recovery, pacing, calling_off

    def hear(self, event: SwitchEvent) -> None:
        """An event of the switch."""
        self.switchboard.hear(event)

    def changed(self) -> None:
        """Agents, link or floor have changed: pages look again, campaigns may go on."""
        if hasattr(self, "control"):
            self.live.changed()
            self._wake_soon()

    def opted_out(self) -> None:
        """Somebody may have asked not to be called, or may be called again."""
        self.changed()
        if hasattr(self, "calling_off"):
            self.calling_off.look()

    def rules_changed(self, campaign_id: int) -> None:
        """A campaign has other hours or packs."""
        self.control.rules_changed(campaign_id)

    def weighed(self, campaign: Campaign) -> None:
        """A campaign has another weight: who goes first may have changed."""
        self.pacing.weighed(campaign)
        self.control.wake()

    def moved(self, call: LiveCall, was: State) -> None:
        """A call has changed its state; one that rings no more changes how many may start."""
        self.pacing.moved(call, was)
        self.live.moved(call, was)
        if rings_no_more(call, was):
            self._wake_soon()

    def ended(self, call: LiveCall) -> None:
        """A call is settled: its channel and its agent are free."""
        self.trunks.give_back(call.trunk)
        self.agents.give_back(call.attempt_id)
        self.live.ended(call)
        self._wake_soon()

    async def heed(self, call: LiveCall) -> None:
        """A call that met nobody is about to be settled."""
        await self.recovery.wishes.heed(call)

    def adopted(self, call: LiveCall, trunk: str) -> None:
        """A call of a former process is ours now, and takes a channel."""
        self.trunks.adopt(trunk)

    def voted(self, call_id: str, score: int) -> None:
        """A vote is committed."""
        call = self.calls.get(call_id)
        self.live.voted(call.campaign.id if call is not None else None)

    def _wake_soon(self) -> None:
        """Let campaigns look whether they may place calls, once for all that changes until then."""
        if self._waking is None:
            self._waking = asyncio.get_running_loop().call_later(WAKE_AFTER_S, self._wake)

    def _wake(self) -> None:
        self._waking = None
        self.control.wake()
