"""After a start or a lost link: ask the switch what is true, settle the rest.

Reads three witnesses: the channels that live now, the journals that the dialplan wrote alone, and the vote
files of the offline script. What none of them proves becomes ``unknown``; nothing is ever dialled again for
being unproven. Every step may be repeated: commits are idempotent by attempt id, and journals go only after
the commit.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import structlog

from campaigns.model import Disposition, InboundDisposition, Screened, Vote
from campaigns.ports import CampaignBook
from dialer.call_board import CallBoard
from dialer.calls import RINGABLE, Event, State
from dialer.live_call import LiveCall
from dialer.ports import CallBook, CallFacts, Clock, InboundCall, OpenAttempt
from dialer.telephony import JournalEntry, LiveChannel, Telephony
from dialer.wishes import ABANDONED, Wishes
from ivr.offline.collect import OfflineVote

log = structlog.get_logger()

UNHEARD_S: Final = 10.0
"""How much longer than it may ring a call is waited for before the switch is asked about it, in seconds."""

LOOK_EVERY_S: Final = 60.0
"""How often the switch is asked about all calls in flight, in case it dropped the event of an end."""

SECOND_LOOK_S: Final = 2.0
"""How long a call that nothing proves may take to show up before it is given up as unknown."""

ENDING: Final = frozenset({State.CLEARED, State.DENIED, State.ENDED})
"""States of a call whose end the switch has told, at least in part: its grace time does the rest."""

INBOUND: Final = "in-"
"""How the ids of hotline calls begin."""


class VoteFiles(Protocol):
    """The files that the offline vote script wrote and fsynced."""

    def read(self) -> Sequence[OfflineVote]:
        """Return all readable votes."""

    def delete(self, votes: Sequence[OfflineVote]) -> None:
        """Delete votes that have been committed."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What the dialplan's journals prove of a call nobody watched. Moments are UTC, to the second."""

    answered: bool
    talked_at: datetime | None
    message_played: bool
    reason: int | None
    cause: int | None
    ended_at: datetime | None
    machine: bool = False


def proof_of(entries: Sequence[JournalEntry]) -> Proof | None:
    """Read the journals of one attempt; None when they say nothing of its end.

    Formats: ``failed`` EPOCH|REASON; ``end`` EPOCH|TALKED|DONE|INFO|VOTE|CAUSE|SOURCE; ``aband`` EPOCH;
    ``machine`` EPOCH|WAITSTATUS: detection took the one who answered for a machine. A ``failed`` entry proves
    that nobody answered, whatever ``end`` says: that one is written for the channel that ran ``failed``.
    """
    by_family = {entry.family: entry.fields for entry in entries}
    if "failed" in by_family:
        epoch, reason = _padded(by_family["failed"], 2)
        return Proof(False, None, False, _number(reason), None, moment_of(epoch))
    if "end" in by_family:
        epoch, talked, _done, info, _vote, cause, _source = _padded(by_family["end"], 7)
        played = info == "1" or ABANDONED in by_family
        machine = "machine" in by_family
        return Proof(True, moment_of(talked), played, None, _number(cause), moment_of(epoch), machine)
    return None


def state_by(facts: CallFacts) -> State:
    """Say where a call stood when its facts were stored last."""
    if facts.bridged_at is not None:
        return State.TALKING if facts.released_at is None else State.AFTER_TALK
    if facts.answered_at is not None:
        return State.ANSWERED
    if facts.ringing_at is not None:
        return State.RINGING
    known = (facts.sent_at, facts.dialled_at)
    return State.COMMITTED if known == (None, None) else State.SENT


def state_of(channel: LiveChannel) -> State:
    """Say where a living call stands, by what the switch tells of its channel."""
    if channel.state != "Up":
        return State.RINGING if channel.state.startswith("Ring") else State.SENT
    if not channel.talked:
        return State.ANSWERED
    return State.TALKING if channel.bridge_peer else State.AFTER_TALK


class Recovery:
    """Settles what was open while nobody listened."""

    def __init__(
        self,
        book: CallBook,
        people: CampaignBook,
        telephony: Telephony,
        clock: Clock,
        calls: CallBoard,
        votes: VoteFiles,
        on_adopt: Callable[[LiveCall, str], None],
        on_vote: Callable[[str, int], None],
        inbound_here: Callable[[], Collection[str]] = tuple,
        opted_out: Callable[[], None] = lambda: None,
    ) -> None:
        self._book = book
        self._people = people
        self._telephony = telephony
        self._clock = clock
        self._calls = calls
        self._votes = votes
        self.wishes = Wishes(book, people, telephony, clock, opted_out)
        self._on_adopt = on_adopt
        self._on_vote = on_vote
        self._inbound_here = inbound_here
        self._looked_at = clock.monotonic()
        self._one_at_a_time = asyncio.Lock()

    async def reconcile(self, after_first_look: Callable[[], Awaitable[None]] | None = None) -> None:
        """Bring every open attempt and hotline call in line with the switch.

        ``after_first_look`` is done when all that lives is followed, before the wait for a second look: a
        customer who answers meanwhile needs his agent then. Raises the errors of the telephony port;
        repeating it later is all there is to do then.
        """
        async with self._one_at_a_time:
            began = self._clock.now()
            self._looked_at = self._clock.monotonic()
            for attempt in await self._book.open_attempts():
                await self._follow(attempt)  # before the switch is asked: from now on its events are heard
            open_inbound = await self._book.open_inbound_calls()
            channels = await self._telephony.live()
            missing = await self._settle_round(channels, began, last=False)
            if after_first_look is not None:
                await after_first_look()
            if missing:
                await asyncio.sleep(SECOND_LOOK_S)
                channels = await self._telephony.live()
                await self._settle_round(channels, began, last=True)
            await self._collect()
            await self._give_up_inbound(open_inbound, channels)

    async def sweep(self) -> None:
        """Collect journals; when calls seem to have ended unseen, or from time to time, reconcile."""
        async with self._one_at_a_time:
            stale = await self._collect()
        unheard = self._unheard()
        if stale or unheard:
            # Nothing is known of them yet: a call may live whose journal is old, or that rings for long.
            log.info("asking the switch about calls", old_journals=stale, unheard=unheard)
            await self.reconcile()
        elif self._calls.all() and self._clock.monotonic() - self._looked_at >= LOOK_EVERY_S:
            await self.reconcile()

    def _unheard(self) -> int:
        """Count calls that should have been answered or ended by now: their originate may be unproven."""
        now = self._clock.now()
        return sum(
            call.state in RINGABLE
            and not call.sending
            and now - call.placed_at > timedelta(seconds=call.campaign.ring_timeout_s + UNHEARD_S)
            for call in self._calls.all()
        )

    async def find(self, attempt_id: str) -> LiveCall | None:
        """Return a call in flight, adopting one that a former process placed; None when it is nobody's."""
        call = self._calls.get(attempt_id)
        if call is not None:
            return call
        opened = next((one for one in await self._book.open_attempts() if one.id == attempt_id), None)
        return None if opened is None else await self._follow(opened)

    async def _follow(self, attempt: OpenAttempt) -> LiveCall | None:
        """Return the call of an open attempt; None when it has ended while the store was asked."""
        call = self._calls.get(attempt.id)
        if call is not None:
            return call
        if self._calls.has_ended(attempt.id):
            return None
        return await self._adopt(attempt)

    async def _adopt(self, attempt: OpenAttempt) -> LiveCall:
        """Follow an attempt of a former process from where the store saw it last."""
        found = await self._book.lead_of(attempt.id)
        assert found is not None, "an open attempt has a lead"
        lead, campaign = found
        customer = await self._people.customer(lead.customer_id)
        again = self._calls.get(attempt.id)  # someone else may have adopted it meanwhile
        if again is not None:
            return again
        call = LiveCall(
            attempt.id, campaign, lead, customer, attempt.number, attempt.trunk, attempt.committed_at
        )
        call.facts = attempt.facts
        call.state = state_by(attempt.facts)
        call.with_agent = attempt.reserved_agent_id is not None
        call.served = attempt.facts.bridged_at is not None
        self._calls.add(call)
        self._on_adopt(call, attempt.trunk)
        log.info("call adopted", attempt=attempt.id)
        return call

    async def _settle_round(self, channels: Sequence[LiveChannel], began: datetime, *, last: bool) -> int:
        """Look at every open attempt once; returns how many nothing is known of.

        An attempt that was committed since ``began``, or is being sent, may not have been at the switch yet
        when its channels were asked for.
        """
        living = {channel.attempt_id: channel for channel in channels if channel.attempt_id}
        journal = _by_key(await self._telephony.journal())
        missing = 0
        for attempt in await self._book.open_attempts():
            call = await self._follow(attempt)
            if call is None or call.state in ENDING:
                continue  # its end is known already
            if call.sending or attempt.committed_at > began:
                continue
            proof = proof_of(journal.get(attempt.id, ()))
            if attempt.id in living:
                self._catch_up(call, living[attempt.id])
            elif proof is not None:
                self._apply(call, proof)
            elif last:
                call.lost = True
                self._calls.happen(call, Event.LOST)
                _tell_of_lost(call)
            else:
                missing += 1
        await self._calls.drain()
        return missing

    def _catch_up(self, call: LiveCall, channel: LiveChannel) -> None:
        """Bring a living call to where the switch has it."""
        call.channel = channel.channel
        state = state_of(channel)
        if channel.talked:
            call.served = True
        since = self._clock.now() - timedelta(seconds=channel.seconds)
        if state is State.RINGING:
            self._calls.happen(call, Event.RINGING)
        elif state is State.SENT and call.state is State.COMMITTED:
            self._calls.accept(call)
        elif state in (State.ANSWERED, State.TALKING, State.AFTER_TALK):
            call.facts = replace(call.facts, answered_at=call.facts.answered_at or since)
            self._calls.happen(call, Event.UP)
        if call.owned or call.state is state:
            return  # its own coroutine knows better what comes after the answer
        if state in (State.TALKING, State.AFTER_TALK):
            self._calls.talked(call)
        if state is State.AFTER_TALK:
            self._calls.released(call)

    def _apply(self, call: LiveCall, proof: Proof) -> None:
        """Settle a call by what the dialplan wrote of it."""
        known = call.facts
        ended_at = known.ended_at or proof.ended_at or self._clock.now()
        cause = proof.cause if known.hangup_cause is None else known.hangup_cause
        facts = replace(known, ended_at=ended_at, hangup_cause=cause)
        if proof.answered:
            facts = replace(facts, answered_at=facts.answered_at or proof.talked_at or ended_at)
        if proof.talked_at is not None:
            # Its seconds are whole ones: a talk does not begin before the answer.
            talked_at = max(proof.talked_at, facts.answered_at or proof.talked_at)
            facts = replace(facts, bridged_at=facts.bridged_at or talked_at)
        if proof.machine:
            facts = replace(facts, amd=facts.amd or Screened.MACHINE)
        call.facts = facts
        call.served = call.served or proof.talked_at is not None
        call.message_played = proof.message_played
        call.reason = proof.reason if call.reason is None else call.reason
        call.proven_unanswered = not proof.answered
        self._calls.happen(call, Event.LOST)

    async def _collect(self) -> int:
        """Commit offline votes and ends, then delete their journals; returns how many ends are overdue."""
        # Asked before and after the reading: only what was settled before it can have no more to come.
        still_open = {attempt.id for attempt in await self._book.open_attempts()}
        entries = await self._telephony.journal()
        still_open |= {attempt.id for attempt in await self._book.open_attempts()}
        here = set(
            self._inbound_here()
        )  # their own coroutines say who called, how they voted and how they end
        entries = [one for one in entries if one.key not in here]
        await self._settle_inbound(_by_key(one for one in entries if one.key not in still_open))
        files = self._votes.read()
        for vote in self._offline_votes(entries, files):
            await self._keep(vote)
        done = [one for one in entries if one.family == "vote" or one.key not in still_open]
        await self.wishes.keep(done)
        await self._telephony.forget(done)
        self._votes.delete(files)
        overdue = self._clock.now() - timedelta(seconds=2 * SECOND_LOOK_S)
        return sum(one.key in still_open and _older(one, overdue) for one in entries if one.family != "vote")

    def _offline_votes(self, entries: Sequence[JournalEntry], files: Sequence[OfflineVote]) -> list[Vote]:
        """Return the votes that were given while the service was away; silence is no vote."""
        now = self._clock.now()
        votes = []
        for entry in entries:
            if entry.family == "vote":
                epoch, _status, digits = _padded(entry.fields, 3)
                score = _number(digits)
                if score is not None:
                    votes.append(Vote(entry.key, score, moment_of(epoch) or now, "astdb"))
        votes += [Vote(one.attempt_id, one.score, now, "offline") for one in files if one.score is not None]
        return votes

    async def _keep(self, vote: Vote) -> None:
        if vote.attempt_id.startswith(INBOUND):
            await self._book.open_inbound(InboundCall(vote.attempt_id, "", "", vote.at))
        if await self._book.record_vote(vote):
            log.info("offline vote kept", call=vote.attempt_id, source=vote.source)
            self._on_vote(vote.attempt_id, vote.score)

    async def _settle_inbound(self, journal: Mapping[str, Sequence[JournalEntry]]) -> None:
        """Close hotline calls that ended while nobody listened."""
        for call_id, entries in journal.items():
            if not call_id.startswith(INBOUND):
                continue
            proof = proof_of(entries)
            if proof is not None:
                ended_at = proof.ended_at or self._clock.now()
                await self._book.open_inbound(InboundCall(call_id, "", "", ended_at))
                talked = proof.talked_at is not None
                ended = InboundDisposition.CONNECTED if talked else InboundDisposition.ABANDONED
                facts = CallFacts(bridged_at=proof.talked_at, ended_at=ended_at, hangup_cause=proof.cause)
                await self._book.settle_inbound(call_id, ended, facts)

    async def _give_up_inbound(self, were_open: Sequence[str], channels: Sequence[LiveChannel]) -> None:
        """Close hotline calls that live nowhere any more and that no journal tells of."""
        living = {channel.attempt_id for channel in channels} | set(self._inbound_here())
        for call_id in were_open:
            if call_id in living:
                continue
            facts = CallFacts(ended_at=self._clock.now())
            if await self._book.settle_inbound(call_id, InboundDisposition.UNKNOWN, facts):
                log.warning("nothing proves what became of a hotline call", call=call_id)


def _tell_of_lost(call: LiveCall) -> None:
    """Say what is true of a call that is nowhere any more, now that it is known what it counts as."""
    if call.disposition is Disposition.UNKNOWN:
        log.warning("nothing proves what became of a call", attempt=call.attempt_id)
    else:
        log.info("end of a call not seen", attempt=call.attempt_id, disposition=call.disposition)


def _by_key(entries: Iterable[JournalEntry]) -> Mapping[str, list[JournalEntry]]:
    by_key: dict[str, list[JournalEntry]] = defaultdict(list)
    for entry in entries:
        by_key[entry.key].append(entry)
    return by_key


def _padded(fields: Sequence[str], count: int) -> list[str]:
    """Return exactly ``count`` fields: a journal line cut short must not stop the rest."""
    return [*fields, *[""] * count][:count]


def _number(text: str) -> int | None:
    return int(text) if text.strip().isdigit() else None


def moment_of(epoch: str) -> datetime | None:
    """Return the moment of a whole number of seconds, as the dialplan writes them; None for anything else."""
    seconds = _number(epoch)
    return None if not seconds else datetime.fromtimestamp(seconds, UTC)


def _older(entry: JournalEntry, moment: datetime) -> bool:
    written = moment_of(entry.fields[0]) if entry.fields else None
    return written is not None and written < moment
