"""A switch without wires: the in-memory twin of the AMI gateway.

``MemoryTelephony`` behaves as Asterisk was observed to: the same events in the same order, the same
answers, and the same silence about what happened while the link was down. It knows no asyncio and no
clock of its own; a test drives it by hand, or gives each number a ``Course`` and a way to call later.
It passes the contract suite of ``dialer.telephony.Telephony``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count

from dialer.errors import NotSent, TelephonyError
from dialer.ports import Clock
from dialer.telephony import JOURNALS, Dial, JournalEntry, Kind, LiveChannel, SwitchEvent

Later = Callable[[float, Callable[[], None]], object]

ANSWERED, TIMED_OUT, FAILED = 4, 3, 0  # the only values an OriginateResponse's Reason takes
NORMAL_CLEARING, USER_BUSY, NO_ANSWER = 16, 17, 19  # Q.850


@dataclass(frozen=True, slots=True)
class Course:
    """What a number does after it is dialled; seconds count from the originate, None means never.

    Unanswered, the call ends at ``ends_after_s`` with ``cause`` and ``tech_cause``, or at the
    originate's own time-out when that comes first. Answered, ``ends_after_s`` is when the customer
    hangs up, with cause 16.
    """

    ring_after_s: float | None = None
    answer_after_s: float | None = None
    ends_after_s: float | None = None
    cause: int = USER_BUSY
    tech_cause: int | None = 486


@dataclass(slots=True)
class _Channel:
    """One living channel of the twin."""

    channel_id: str
    name: str
    action_id: str
    attempt_id: str = ""
    agent_id: str = ""
    state: str = "Down"
    application: str = "AppDial2"
    context: str = ""
    peer: str = ""
    talked: bool = False
    done: bool = False
    since: float = 0.0


class MemoryTelephony:
    """A switch in memory. ``on_event`` is called synchronously, in order, while the link is up.

    The link is up from the start and says nothing about it; ``link_down`` and ``link_up`` tell. What
    happens while it is down happens unheard. ``placed``, ``seated``, ``unseated``, ``cancelled``,
    ``released`` and ``forgotten`` list what reached the switch, in order. ``courses`` maps a number to
    what it does, for which ``later`` (as ``loop.call_later``) is needed. ``absent`` are phones that are not
    registered. ``journals`` is what the dialplan left.
    """

    def __init__(
        self, clock: Clock, on_event: Callable[[SwitchEvent], None], later: Later | None = None
    ) -> None:
        self.placed: list[Dial] = []
        self.seated: list[tuple[str, str, str]] = []
        self.cancelled: list[str] = []
        self.unseated: list[str] = []
        self.released: list[str] = []
        self.forgotten: list[JournalEntry] = []
        self.journals: list[JournalEntry] = []
        self.courses: dict[str, Course] = {}
        self.absent: set[str] = set()
        self.up = True
        self._clock = clock
        self._on_event = on_event
        self._later = later
        self._channels: dict[str, _Channel] = {}
        self._refusals: list[tuple[TelephonyError, bool]] = []
        self._serial = count(1)

    # The port.

    async def place(self, dial: Dial) -> None:
        """Dial a customer; a living channel of the same id refuses it, as Asterisk does."""
        self._check_link()
        refusal = self._refusals.pop(0) if self._refusals else None
        if refusal is None or refusal[1]:
            self.placed.append(dial)
            channel = self._originate(
                _Channel(
                    channel_id=dial.attempt_id,
                    name=f"PJSIP/{dial.trunk}-{next(self._serial):08x}",
                    action_id=dial.attempt_id,
                    attempt_id=dial.attempt_id,
                    context="dialer-outbound",
                    since=self._clock.monotonic(),
                )
            )
            if channel is not None:
                self._schedule(dial, channel)
        if refusal is not None:
            raise refusal[0]

    async def cancel(self, channel_id: str) -> bool:
        """End an unanswered channel by its own timer, as a ring time-out does."""
        self._check_link()
        channel = self._channels.get(channel_id)
        if channel is None or channel.state == "Up":
            return False
        self.cancelled.append(channel_id)
        self.time_out(channel_id)
        return True

    async def seat_agent(self, agent_id: str, phone: str, leg_id: str) -> None:
        """Call an agent's phone; ``answer`` and ``hold`` take its leg on."""
        self._check_link()
        refusal = self._refusals.pop(0) if self._refusals else None
        if refusal is None or refusal[1]:
            self.seated.append((agent_id, phone, leg_id))
            leg = _Channel(
                channel_id=leg_id,
                name=f"{phone}-{next(self._serial):08x}",
                action_id=leg_id,
                agent_id=agent_id,
                context="dialer-agent-hold",
                since=self._clock.monotonic(),
            )
            if phone in self.absent:
                self._tell(Kind.ORIGINATE_FAILED, leg, action_id=leg_id, reason=FAILED)
            else:
                self._originate(leg)
        if refusal is not None:
            raise refusal[0]

    async def unseat_agent(self, leg_id: str) -> bool:
        """Hang an agent's leg up with cause 16."""
        self._check_link()
        if leg_id not in self._channels:
            return False
        self.unseated.append(leg_id)
        self.hang_up(leg_id, NORMAL_CLEARING)
        return True

    async def release_agent(self, channel: str) -> bool:
        """Take a leg, by its channel name, out of its talk and back to the hold bridge."""
        self._check_link()
        leg = next((each for each in self._channels.values() if each.name == channel), None)
        if leg is None:
            return False
        self.released.append(channel)
        self._part(leg)
        self.hold(leg.channel_id)
        return True

    async def live(self) -> Sequence[LiveChannel]:
        """Return what ``live_channels`` holds."""
        self._check_link()
        return self.live_channels

    async def journal(self, families: Sequence[str] = JOURNALS) -> Sequence[JournalEntry]:
        """Return the journals as they are now."""
        self._check_link()
        return tuple(each for each in self.journals if each.family in families)

    async def forget(self, entries: Sequence[JournalEntry]) -> None:
        """Delete journal lines by family and key."""
        self._check_link()
        self.forgotten.extend(entries)
        gone = {(entry.family, entry.key) for entry in entries}
        self.journals = [each for each in self.journals if (each.family, each.key) not in gone]

    # What the world does.

    @property
    def live_channels(self) -> tuple[LiveChannel, ...]:
        """Every living channel as ``live`` tells it, oldest first."""
        now = self._clock.monotonic()
        return tuple(
            LiveChannel(
                channel_id=each.channel_id,
                channel=each.name,
                state=each.state,
                application=each.application,
                context=each.context,
                seconds=int(now - each.since),
                attempt_id=each.attempt_id,
                agent_id=each.agent_id,
                talked=each.talked,
                done=each.done,
                bridge_peer=self._channels[each.peer].name if each.peer in self._channels else "",
            )
            for each in self._channels.values()
        )

    def refuse_next(self, error: TelephonyError, *, lives: bool = False) -> None:
        """Let the next ``place`` or ``seat_agent`` raise; with ``lives`` the call goes out all the same."""
        self._refusals.append((error, lives))

    def ring(self, channel_id: str) -> None:
        """Let a dialled channel ring."""
        channel = self._channels[channel_id]
        channel.state = "Ringing"
        self._tell(Kind.RINGING, channel)

    def answer(self, channel_id: str) -> None:
        """Let a channel be answered: UP, then the originate's answer."""
        channel = self._channels[channel_id]
        channel.state, channel.application = "Up", "AGI"
        self._tell(Kind.UP, channel)
        self._tell(Kind.ORIGINATE_ANSWERED, channel, action_id=channel.action_id, reason=ANSWERED)

    def hang_up(self, channel_id: str, cause: int = NORMAL_CLEARING, tech_cause: int | None = None) -> None:
        """End a channel; an unanswered one also fails its originate, with reason 0."""
        self._end(channel_id, cause, tech_cause, FAILED)

    def time_out(self, channel_id: str) -> None:
        """End an unanswered channel by our own ring time-out: cause 19, a made-up 480, reason 3."""
        self._end(channel_id, NO_ANSWER, 480, TIMED_OUT)

    def fail(self, channel_id: str) -> None:
        """End an originate that never had a channel (no such trunk): its answer is the only event."""
        channel = self._channels.pop(channel_id)
        self._tell(Kind.ORIGINATE_FAILED, channel, action_id=channel.action_id, reason=FAILED)

    def hold(self, leg_id: str) -> None:
        """Let an agent's leg join the hold bridge; one not yet answered is answered first."""
        leg = self._channels[leg_id]
        if leg.state != "Up":
            self.answer(leg_id)
        leg.application = "BridgeWait"
        self._tell(Kind.HOLDING, leg, bridge_id="agents")

    def bridge(self, first_id: str, second_id: str) -> None:
        """Join a customer and an agent; both get BRIDGED with the other as peer, the first one first."""
        first, second = self._channels[first_id], self._channels[second_id]
        bridge_id = f"bridge-{next(self._serial)}"
        for channel, peer in ((first, second), (second, first)):
            channel.peer, channel.application = peer.channel_id, "Bridge"
            channel.talked = channel.talked or bool(channel.attempt_id)
        self._tell(Kind.BRIDGED, first, bridge_id=bridge_id, peer_id=second_id)
        self._tell(Kind.BRIDGED, second, bridge_id=bridge_id, peer_id=first_id)

    def mark_done(self, channel_id: str) -> None:
        """Set DONE on a channel, as the service's last act does over AGI."""
        self._channels[channel_id].done = True

    def link_down(self) -> None:
        """Lose the link: LINK_DOWN once, then silence; channels live on."""
        if self.up:
            self._on_event(SwitchEvent(Kind.LINK_DOWN, self._clock.now()))
            self.up = False

    def link_up(self) -> None:
        """Bring the link back: LINK_UP, nothing else; what happened meanwhile must be asked for."""
        if not self.up:
            self.up = True
            self._on_event(SwitchEvent(Kind.LINK_UP, self._clock.now()))

    def crash(self) -> None:
        """Let the switch die: the link goes down and every channel is gone without an event."""
        self.link_down()
        self._channels.clear()

    # How it does it.

    def _check_link(self) -> None:
        if not self.up:
            raise NotSent("the link is down")

    def _originate(self, channel: _Channel) -> _Channel | None:
        if channel.channel_id in self._channels:
            # The answer carries the living call's channel id: only the ActionID tells them apart.
            self._tell(Kind.ORIGINATE_FAILED, channel, action_id=channel.action_id, reason=FAILED)
            return None
        self._channels[channel.channel_id] = channel
        self._tell(Kind.DIALLING, channel)
        return channel

    def _schedule(self, dial: Dial, channel: _Channel) -> None:
        course = self.courses.get(dial.number)
        if self._later is None or course is None:
            return
        steps: list[tuple[float | None, Callable[[], None]]] = [
            (course.ring_after_s, partial(self.ring, dial.attempt_id)),
            (course.answer_after_s, partial(self.answer, dial.attempt_id)),
        ]
        if course.answer_after_s is None or course.answer_after_s > dial.ring_timeout_s:
            steps[1] = (dial.ring_timeout_s, partial(self.time_out, dial.attempt_id))
            ending = partial(self.hang_up, dial.attempt_id, course.cause, course.tech_cause)
        else:
            ending = partial(self.hang_up, dial.attempt_id, NORMAL_CLEARING)
        steps.append((course.ends_after_s, ending))
        for after_s, step in steps:
            if after_s is not None:
                self._later(after_s, partial(self._if_living, channel, step))

    def _if_living(self, channel: _Channel, step: Callable[[], None]) -> None:
        """Take a scheduled step only on the very channel it was meant for."""
        if self._channels.get(channel.channel_id) is channel:
            step()

    def _end(self, channel_id: str, cause: int, tech_cause: int | None, reason: int) -> None:
        channel = self._channels.pop(channel_id)
        self._tell(Kind.HUNG_UP, channel, cause=cause, tech_cause=tech_cause)
        self._part(channel)
        if channel.state != "Up":
            self._tell(Kind.ORIGINATE_FAILED, channel, action_id=channel.action_id, reason=reason)

    def _part(self, channel: _Channel) -> None:
        """Take a channel out of its talk; a leg left behind goes back to hold by itself."""
        peer = self._channels.get(channel.peer)
        channel.peer = ""
        if peer is None:
            return
        peer.peer, peer.application = "", "AGI"
        if peer.agent_id:
            self.hold(peer.channel_id)

    def _tell(
        self,
        kind: Kind,
        channel: _Channel,
        *,
        action_id: str = "",
        cause: int | None = None,
        tech_cause: int | None = None,
        reason: int | None = None,
        bridge_id: str = "",
        peer_id: str = "",
    ) -> None:
        if self.up:
            self._on_event(
                SwitchEvent(
                    kind=kind,
                    at=self._clock.now(),
                    channel_id=channel.channel_id,
                    channel=channel.name,
                    action_id=action_id,
                    cause=cause,
                    tech_cause=tech_cause,
                    reason=reason,
                    bridge_id=bridge_id,
                    peer_id=peer_id,
                )
            )
