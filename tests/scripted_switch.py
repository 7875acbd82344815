"""A small Asterisk behind a scripted manager: channels, journals, and the events a test asks for.

What it writes is shaped like the captures in ``tests/data/ami``.
"""

from dataclasses import dataclass
from itertools import count

from scripted_ami import Action, ScriptedAmi, Session


@dataclass
class Channel:
    channel_id: str
    name: str
    action_id: str
    variables: dict[str, str]
    context: str
    state: str = "Down"
    application: str = "AppDial2"


class ScriptedSwitch:
    """Answers Originate, Hangup, Getvar, Redirect, Status, DBGetTree and DBDel as Asterisk 22 does."""

    def __init__(self) -> None:
        self.peer = ScriptedAmi(self._act)
        self.channels: dict[str, Channel] = {}
        self.database: dict[tuple[str, str], str] = {}
        self._serial = count()
        self._bridges = count(1)

    def ring(self, channel_id: str) -> None:
        channel = self.channels[channel_id]
        channel.state = "Ringing"
        self._own("Newstate", channel)
        self._event(
            "DialState", DestChannel=channel.name, DestUniqueid=channel.channel_id, DialStatus="RINGING"
        )

    def answer(self, channel_id: str) -> None:
        channel = self.channels[channel_id]
        channel.state, channel.application = "Up", "AGI"
        self._own("Newstate", channel)
        self._originated(channel, "Success", "4")

    def hang_up(
        self, channel_id: str, cause: int = 16, tech_cause: int | None = None, reason: str = "0"
    ) -> None:
        channel = self.channels.pop(channel_id)
        extra = {} if tech_cause is None else {"TechCause": str(tech_cause)}
        self._own("Hangup", channel, Cause=str(cause), Cause_txt="", **extra)
        if channel.state != "Up":
            self._originated(channel, "Failure", reason)

    def hold(self, channel_id: str) -> None:
        channel = self.channels[channel_id]
        if channel.state != "Up":
            self.answer(channel_id)
        channel.application = "BridgeWait"
        self._enter(channel, "agents", "holding_bridge", 1)

    def bridge(self, first_id: str, second_id: str) -> None:
        first, second = self.channels[first_id], self.channels[second_id]
        bridge_id = f"bridge-{next(self._bridges)}"
        for members, (channel, peer) in enumerate(((first, second), (second, first)), 1):
            channel.application = "Bridge"
            channel.variables["BRIDGEPEER"] = peer.name
            if channel.context == "dialer-outbound":
                channel.variables["TALKED"] = "1795300384"
            self._enter(channel, bridge_id, "simple_bridge", members)

    def _act(self, session: Session, action: Action) -> None:
        name = action["Action"][0]
        if name == "Originate":
            self._originate(session, action)
        elif name == "Hangup":
            if self._find(session, action, "No such channel") is not None:
                session.answer(action, Message="Channel Hungup")
                self.hang_up(action["Channel"][0], int(action["Cause"][0]))
        elif name == "Getvar":
            self._call_off(session, action)
        elif name == "Redirect":
            found = self._find(session, action, "Channel does not exist: " + action["Channel"][0])
            if found is not None:
                session.answer(action, Message="Redirect successful")
                found.variables.pop("BRIDGEPEER", None)
                self.hold(found.channel_id)
        elif name == "Status":
            self._status(session, action)
        elif name == "DBGetTree":
            self._tree(session, action)
        elif name == "DBDel":
            if self.database.pop((action["Family"][0], action["Key"][0]), None) is None:
                session.answer(action, "Error", Message="Database entry could not be deleted")
            else:
                session.answer(action, Message="Key deleted successfully")

    def _call_off(self, session: Session, action: Action) -> None:
        """The one expression that is ever asked for: it arms the timer of an unanswered channel."""
        assert "?CROSSED:TIMEOUT(absolute))}=0.02)" in action["Variable"][0]
        if (found := self._find(session, action, "No such channel")) is not None:
            session.answer(action, Variable=action["Variable"][0], Value=f"0.02 {found.state}")
            if found.state != "Up":
                self.hang_up(found.channel_id, 19, 480, reason="3")

    def _originate(self, session: Session, action: Action) -> None:
        dialled = action["Channel"][0]
        base, _, trunk = dialled.partition("@")
        channel = Channel(
            channel_id=action["ChannelId"][0],
            name=f"{'PJSIP/' + trunk if trunk else base}-{next(self._serial):08x}",
            action_id=action["ActionID"][0],
            variables=dict(each.lstrip("_").split("=", 1) for each in action["Variable"]),
            context=action["Context"][0],
        )
        session.answer(action, Message="Originate successfully queued")
        if channel.channel_id in self.channels:
            self._originated(channel, "Failure", "0")
            return
        self.channels[channel.channel_id] = channel
        self._event(
            "DialBegin", DestChannel=channel.name, DestUniqueid=channel.channel_id, DialString=dialled
        )

    def _find(self, session: Session, action: Action, otherwise: str) -> Channel | None:
        wanted = action["Channel"][0]
        for channel in self.channels.values():
            if wanted in (channel.name, channel.channel_id):
                return channel
        session.answer(action, "Error", Message=otherwise)
        return None

    def _status(self, session: Session, action: Action) -> None:
        session.answer(action, EventList="start", Message="Channel status will follow")
        for channel in self.channels.values():
            lines = [
                "Event: Status",
                f"ActionID: {action['ActionID'][0]}",
                f"Channel: {channel.name}",
                f"ChannelStateDesc: {channel.state}",
                f"Context: {channel.context}",
                f"Uniqueid: {channel.channel_id}",
                f"Application: {channel.application}",
                "Seconds: 7",
            ]
            names = action["Variables"][0].split(",")
            lines += [f"Variable: {each}={channel.variables.get(each, '(null)')}" for each in names]
            session.write("\r\n".join([*lines, "", ""]).encode())
        session.event(
            "StatusComplete", ActionID=action["ActionID"][0], EventList="Complete", ListItems="0", Items="0"
        )

    def _tree(self, session: Session, action: Action) -> None:
        action_id = action["ActionID"][0]
        session.answer(action, EventList="start", Message="Result will follow")
        for (family, key), value in self.database.items():
            if family == action["Family"][0]:
                session.event("DBGetTreeResponse", Key=f"/{family}/{key}", Val=value, ActionID=action_id)
        session.event("DBGetTreeComplete", ActionID=action_id, EventList="Complete", ListItems="0")

    def _originated(self, channel: Channel, response: str, reason: str) -> None:
        self._own("OriginateResponse", channel, ActionID=channel.action_id, Response=response, Reason=reason)

    def _enter(self, channel: Channel, bridge_id: str, technology: str, members: int) -> None:
        self._own(
            "BridgeEnter",
            channel,
            BridgeUniqueid=bridge_id,
            BridgeTechnology=technology,
            BridgeNumChannels=str(members),
        )

    def _own(self, event: str, channel: Channel, **headers: str) -> None:
        self._event(
            event,
            Channel=channel.name,
            ChannelStateDesc=channel.state,
            Uniqueid=channel.channel_id,
            **headers,
        )

    def _event(self, event: str, **headers: str) -> None:
        self.peer.session.event(event, Timestamp="1795300384.250000", **headers)
