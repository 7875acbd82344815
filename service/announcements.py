"""Breaks the one circle of the composition root: parts announce changes to parts that are built after them.

Knows who is told of what, and in which order. Must not know what they make of it.
"""

from campaigns.model import Campaign
from dialer.agents import AgentBoard
from dialer.call_board import CallBoard, LiveCall, rings_no_more
from dialer.calls import State
from dialer.control import DialingControl
from dialer.live import LivePicture
from dialer.pacing_desk import PacingDesk
from dialer.ports import SwitchEvent
from dialer.recovery import Recovery
from dialer.switchboard import Switchboard
from dialer.trunks import TrunkBoard


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
    ) -> None:
        """Name the parts, once all are built."""
        self.live, self.control, self.switchboard = live, control, switchboard
        self.calls, self.agents, self.trunks = calls, agents, trunks
        self.recovery, self.pacing = recovery, pacing

    def hear(self, event: SwitchEvent) -> None:
        """An event of the switch."""
        self.switchboard.hear(event)

    def changed(self) -> None:
        """Agents, link or floor have changed: pages look again, campaigns may go on."""
        if hasattr(self, "control"):
            self.live.changed()
            self.control.wake()

    async def rules_changed(self, campaign_id: int) -> None:
        """A campaign has other hours or packs."""
        await self.control.rules_changed(campaign_id)

    def weighed(self, campaign: Campaign) -> None:
        """A campaign has another weight: who goes first may have changed."""
        self.pacing.weighed(campaign)
        self.control.wake()

    def moved(self, call: LiveCall, was: State) -> None:
        """A call has changed its state; one that rings no more changes how many may start."""
        self.pacing.moved(call, was)
        self.live.moved(call, was)
        if rings_no_more(call, was):
            self.control.wake()

    def ended(self, call: LiveCall) -> None:
        """A call is settled: its channel and its agent are free."""
        self.trunks.give_back(call.trunk)
        self.agents.give_back(call.attempt_id)
        self.live.ended(call)
        self.control.wake()

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
