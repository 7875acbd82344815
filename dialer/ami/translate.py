"""Manager events into the dialer's words.

Pure: takes plain headers and the moment of arrival, gives ``SwitchEvent``s. Knows which header of
which event carries what; must not know sockets, attempts or agents.

What each event becomes:
DialBegin → DIALLING · DialState RINGING or PROGRESS, Newstate Ringing → RINGING (may repeat: a 180
gives both, a 183 only the first) · Newstate Up → UP · BridgeEnter into a holding bridge → HOLDING ·
the second BridgeEnter into any other bridge → BRIDGED for both members, the earlier one first, both
with the moment at which they could hear each other · Hangup → HUNG_UP · OriginateResponse →
ORIGINATE_ANSWERED or ORIGINATE_FAILED. Everything else becomes nothing.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from dialer.ami.wire import Headers, text
from dialer.telephony import Kind, SwitchEvent

# Bridges with one member so far; those that never get a second are forgotten, oldest first.
_WAITING_LIMIT = 1024


@dataclass(frozen=True, slots=True)
class _Member:
    """The first channel in a bridge."""

    channel_id: str
    channel: str


class Translator:
    """Turns events into the dialer's, remembering only who waits alone in a two-party bridge."""

    def __init__(self) -> None:
        self._alone: OrderedDict[str, _Member] = OrderedDict()
        self._rules: dict[str, Callable[[Headers, datetime], list[SwitchEvent]]] = {
            "DialBegin": self._dial_begin,
            "DialState": self._dial_state,
            "Newstate": self._new_state,
            "BridgeEnter": self._bridge_enter,
            "Hangup": self._hangup,
            "OriginateResponse": self._originate_response,
        }

    def translate(self, headers: Headers, arrival: datetime) -> list[SwitchEvent]:
        """Return what an event means; ``arrival`` stands in where the switch sent no time stamp."""
        rule = self._rules.get(text(headers, "event"))
        return [] if rule is None else rule(headers, moment(headers, arrival))

    def forget(self) -> None:
        """Drop what is remembered: events were lost."""
        self._alone.clear()

    def _dial_begin(self, headers: Headers, at: datetime) -> list[SwitchEvent]:
        return [_dialled(Kind.DIALLING, headers, at)]

    def _dial_state(self, headers: Headers, at: datetime) -> list[SwitchEvent]:
        if text(headers, "dialstatus") in ("RINGING", "PROGRESS"):
            return [_dialled(Kind.RINGING, headers, at)]
        return []

    def _new_state(self, headers: Headers, at: datetime) -> list[SwitchEvent]:
        kind = {"Ringing": Kind.RINGING, "Up": Kind.UP}.get(text(headers, "channelstatedesc"))
        return [] if kind is None else [_own(kind, headers, at)]

    def _bridge_enter(self, headers: Headers, at: datetime) -> list[SwitchEvent]:
        bridge_id = text(headers, "bridgeuniqueid")
        entering = _Member(text(headers, "uniqueid"), text(headers, "channel"))
        if text(headers, "bridgetechnology") == "holding_bridge":
            return [_own(Kind.HOLDING, headers, at, bridge_id=bridge_id)]
        members = number(headers, "bridgenumchannels")
        waiting = self._alone.pop(bridge_id, None)
        if members == 1:
            self._alone[bridge_id] = entering
            if len(self._alone) > _WAITING_LIMIT:
                self._alone.popitem(last=False)
            return []
        if waiting is None:
            # A third member, or the first came in before the link was up: the peer is not known.
            return [_own(Kind.BRIDGED, headers, at, bridge_id=bridge_id)]
        return [
            SwitchEvent(
                Kind.BRIDGED,
                at,
                waiting.channel_id,
                waiting.channel,
                bridge_id=bridge_id,
                peer_id=entering.channel_id,
            ),
            _own(Kind.BRIDGED, headers, at, bridge_id=bridge_id, peer_id=waiting.channel_id),
        ]

    def _hangup(self, headers: Headers, at: datetime) -> list[SwitchEvent]:
        channel_id = text(headers, "uniqueid")
        for bridge_id in [key for key, member in self._alone.items() if member.channel_id == channel_id]:
            del self._alone[bridge_id]
        cause, tech_cause = number(headers, "cause"), number(headers, "techcause")
        return [_own(Kind.HUNG_UP, headers, at, cause=cause, tech_cause=tech_cause)]

    def _originate_response(self, headers: Headers, at: datetime) -> list[SwitchEvent]:
        answered = text(headers, "response") == "Success"
        return [
            _own(
                Kind.ORIGINATE_ANSWERED if answered else Kind.ORIGINATE_FAILED,
                headers,
                at,
                action_id=text(headers, "actionid"),
                reason=number(headers, "reason"),
            )
        ]


def moment(headers: Headers, arrival: datetime) -> datetime:
    """Return the switch's own time stamp (seconds since 1970), or the arrival without a sane one."""
    try:
        return datetime.fromtimestamp(float(text(headers, "timestamp")), UTC)
    except (ValueError, OverflowError, OSError):
        return arrival


def number(headers: Headers, name: str) -> int | None:
    """Return a header as a whole number; None where there is none."""
    try:
        return int(text(headers, name))
    except ValueError:
        return None


def _own(
    kind: Kind,
    headers: Headers,
    at: datetime,
    *,
    action_id: str = "",
    cause: int | None = None,
    tech_cause: int | None = None,
    reason: int | None = None,
    bridge_id: str = "",
    peer_id: str = "",
) -> SwitchEvent:
    """Make an event about the channel that the headers describe."""
    channel_id = text(headers, "uniqueid")
    return SwitchEvent(
        kind=kind,
        at=at,
        channel_id="" if channel_id == "<null>" else channel_id,
        channel=text(headers, "channel"),
        action_id=action_id,
        cause=cause,
        tech_cause=tech_cause,
        reason=reason,
        bridge_id=bridge_id,
        peer_id=peer_id,
    )


def _dialled(kind: Kind, headers: Headers, at: datetime) -> SwitchEvent:
    """Make an event about the dialled channel: an originate's dial events have only Dest headers."""
    return SwitchEvent(kind, at, text(headers, "destuniqueid"), text(headers, "destchannel"))
