"""The Telephony port on a real Asterisk: actions out, events in, over one link.

Knows which manager action does what and what its refusals mean. Must not know what a call is for:
it sends what it is told, once, and tells what the switch says.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

import structlog

from dialer.ami.answers import IDENTIFYING, astdb_family, journal_entries, live_channels
from dialer.ami.config import AmiConfig
from dialer.ami.inspection import ask_missing, ask_reach
from dialer.ami.limits import Fields, caller_id, one_channel, shown_on_phone, trunk_channel, variable_headers
from dialer.ami.link import Link
from dialer.ami.reach import Reach
from dialer.ami.translate import Translator
from dialer.ami.wire import Headers, text
from dialer.errors import DialerError, NotSent, Refused
from dialer.ports import Clock
from dialer.telephony import JOURNALS, Dial, JournalEntry, Kind, LiveChannel, SwitchEvent

log = structlog.get_logger(__name__)

_HANGUP_CAUSE = "16"  # normal clearing: tells our own hang-ups from cause 0, which says nothing

# Hangup would end an answered call too. This arms the channel's timer, and only where nobody has answered; on
# a call answered all the same, inside the 20 ms, the dialplan's first act is to set that timer anew.
_CALL_OFF = (
    'EVAL(${SET(${IF($["${CHANNEL(state)}"="Up"]?CROSSED:TIMEOUT(absolute))}=0.02)} ${CHANNEL(state)})'
)
_CALLED_OFF = "0.02 "
_ANSWERED = " Up"
_NO_CHANNEL = ("no such channel", "does not exist", "not found")


class AmiTelephony:
    """A switch behind the Asterisk manager.

    ``on_event`` is called synchronously and in order; LINK_UP after login and FullyBooted, LINK_DOWN
    once for every loss, nothing in between. What it raises is logged and hurts nobody. ``stop`` is no
    loss and tells nothing. ``met``: there has been a link at least once. ``random`` gives the jitter of
    reconnects, in [0, 1).
    """

    def __init__(
        self,
        config: AmiConfig,
        clock: Clock,
        on_event: Callable[[SwitchEvent], None],
        random: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.version = ""
        self._config = config
        self._clock = clock
        self._on_event = on_event
        self._translator = Translator()
        self._link = Link(config, self._heard, self._came_up, self._went_down, random, sleep)
        self._keeper: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[None] | None = None
        self.met = False

    async def start(self, *, patient: bool = False) -> None:
        """Log in for the first time, then keep the link; raises ``WrongSecret`` or ``NotSent``.

        Who is ``patient`` gets no ``NotSent``: a switch that is not there yet is tried for as after a loss,
        and ``last_loss`` says what it lacks. Sets ``version`` once the switch has told it. A secret refused
        later, at a reconnect, is not tried again either: ``locked_out`` says so, and only a new start helps.
        """
        if self._keeper is not None:
            raise RuntimeError("this link is started already")
        try:
            await self._link.open()
        except NotSent:
            if not patient:
                raise
        else:
            await self._ask_version()
        self._keeper = asyncio.create_task(self._link.keep(), name="ami-link")
        self._keeper.add_done_callback(_report_end)

    async def stop(self) -> None:
        """Close the link, also in the middle of a reconnect; a second stop changes nothing."""
        tasks = [task for task in (self._keeper, self._asking) if task is not None]
        self._keeper = self._asking = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._link.close()

    @property
    def up(self) -> bool:
        """Whether the link is logged in and Asterisk fully booted."""
        return self._link.up

    @property
    def last_loss(self) -> str:
        """Why the link was last lost or could not come up; empty when that never happened."""
        return self._link.last_loss

    @property
    def locked_out(self) -> bool:
        """Whether Asterisk refused the secret: nothing is tried any more."""
        return self._link.wrong_secret

    @property
    def waiting(self) -> int:
        """How many actions have been written and not yet answered."""
        return self._link.waiting

    async def place(self, dial: Dial) -> None:
        """Originate a call to a customer; see ``Telephony.place``."""
        variables = {"__ATT": dial.attempt_id, **dial.variables}
        await self._link.ask(
            {
                "Action": "Originate",
                "ActionID": dial.attempt_id,
                "ChannelId": dial.attempt_id,
                "Channel": trunk_channel(dial.number, dial.trunk),
                "Context": self._config.customer_context,
                "Exten": "s",
                "Priority": "1",
                "Timeout": _milliseconds(dial.ring_timeout_s),
                "CallerID": caller_id(dial.caller_name, dial.caller_id),
                "Async": "true",
                "Variable": variable_headers(variables),
            }
        )

    async def seat_agent(self, agent_id: str, phone: str, leg_id: str) -> None:
        """Originate an agent's leg into the hold bridge; see ``Telephony.seat_agent``."""
        variables = variable_headers({"AGENTID": agent_id})
        if "@" not in phone:  # a trunk's provider may refuse a number that is not in its form
            variables.append(shown_on_phone(self._config.seat_name, self._config.seat_number))
        await self._link.ask(
            {
                "Action": "Originate",
                "ActionID": leg_id,
                "ChannelId": leg_id,
                "Channel": phone,
                "Context": self._config.agent_context,
                "Exten": "s",
                "Priority": "1",
                "Timeout": _milliseconds(self._config.seat_timeout_s),
                "Async": "true",
                "Variable": variables,
            }
        )

    async def unseat_agent(self, leg_id: str) -> bool:
        """Hang an agent's leg up, whatever it is doing."""
        return await self._hang_up(leg_id)

    async def cancel(self, channel_id: str) -> bool:
        """Let the switch end an unanswered call: see ``_CALL_OFF``."""
        try:
            answer = await self._link.ask(
                {"Action": "Getvar", "Channel": one_channel(channel_id), "Variable": _CALL_OFF}
            )
        except Refused as refusal:
            if not _says(refusal, *_NO_CHANNEL):
                raise
            return False
        told = text(answer[0], "value")
        if not told.startswith(_CALLED_OFF):  # no EVAL or SET in this Asterisk: a late answer is at risk
            return await self._hang_up(channel_id)
        return not told.endswith(_ANSWERED)

    async def _hang_up(self, channel_id: str) -> bool:
        """Hang a channel up by its Uniqueid, which Asterisk takes for a name here."""
        return await self._do(
            {"Action": "Hangup", "Channel": one_channel(channel_id), "Cause": _HANGUP_CAUSE}
        )

    async def release_agent(self, channel: str) -> bool:
        """Redirect an agent's channel to the loop of the hold context."""
        return await self._do(
            {
                "Action": "Redirect",
                "Channel": channel,
                "Context": self._config.agent_context,
                "Exten": "s",
                "Priority": self._config.agent_loop_label,
            }
        )

    async def live(self) -> Sequence[LiveChannel]:
        """Ask Status of every channel at once."""
        answer = await self._link.ask({"Action": "Status", "Variables": ",".join(IDENTIFYING)}, listing=True)
        return live_channels(answer)

    async def journal(self, families: Sequence[str] = JOURNALS) -> Sequence[JournalEntry]:
        """Read journal families of AstDB; one that is empty is an Error to Asterisk, not to us."""
        entries: list[JournalEntry] = []
        for family in families:
            try:
                answer = await self._link.ask(
                    {"Action": "DBGetTree", "Family": astdb_family(family)}, listing=True
                )
            except Refused as refusal:
                if not _says(refusal, "not found", "no such"):
                    raise
                continue
            entries.extend(journal_entries(family, answer))
        return entries

    async def reach(self) -> Reach:
        """Ask which registrations stand and which endpoints can be reached; errors as of ``live``."""
        return await ask_reach(self._link)

    async def lacking(self, modules: Iterable[str]) -> Sequence[str]:
        """Ask which of these modules are not loaded; none for who may not ask. Errors as of ``live``."""
        try:
            return await ask_missing(self._link, modules)
        except Refused as refusal:
            log.warning("modules_unknown", reason=str(refusal))
            return ()

    async def forget(self, entries: Sequence[JournalEntry]) -> None:
        """Delete lines from AstDB; one that is gone already is as good as deleted."""
        for entry in entries:
            try:
                await self._link.ask(
                    {"Action": "DBDel", "Family": astdb_family(entry.family), "Key": entry.key}
                )
            except Refused as refusal:
                if not _says(refusal, "could not be deleted", "not found"):
                    raise

    async def _do(self, fields: Fields) -> bool:
        """Send an action on a channel; false when there is no such channel."""
        try:
            await self._link.ask(fields)
        except Refused as refusal:
            if not _says(refusal, *_NO_CHANNEL):
                raise
            return False
        return True

    def _heard(self, headers: Headers) -> None:
        for event in self._translator.translate(headers, self._clock.now()):
            self._tell(event)

    def _came_up(self) -> None:
        self.met = True
        if self._keeper is not None and not self.version:  # else ``start`` itself asks
            self._asking = asyncio.create_task(self._ask_version(), name="ami-version")
        self._tell(SwitchEvent(Kind.LINK_UP, self._clock.now()))

    def _went_down(self, reason: str) -> None:
        self._translator.forget()
        self._tell(SwitchEvent(Kind.LINK_DOWN, self._clock.now()))

    def _tell(self, event: SwitchEvent) -> None:
        """Hand one event on; a fault in the listener must not cost the next event."""
        try:
            self._on_event(event)
        except Exception:
            log.exception("switch_event_failed", kind=event.kind, channel_id=event.channel_id)

    async def _ask_version(self) -> None:
        """Ask for Asterisk's version; without the right to ask it stays empty."""
        try:
            answer = await self._link.ask({"Action": "CoreSettings"})
        except DialerError as fault:
            log.warning("asterisk_version_unknown", reason=str(fault))
        else:
            self.version = text(answer[0], "asteriskversion")


def _report_end(keeper: asyncio.Task[None]) -> None:
    """Say so when the task that keeps the link ends by a fault of ours: nothing reconnects then."""
    if not keeper.cancelled() and (fault := keeper.exception()) is not None:
        log.error("ami_keeper_failed", exc_info=fault)


def _says(refusal: Refused, *words: str) -> bool:
    said = str(refusal).lower()
    return any(each in said for each in words)


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))
