"""What the dialer needs from the outside: a book of calls, a clock. The switch is in ``dialer.telephony``.

``CallBook`` is implemented by ``store`` and its twin ``dialer/memory_book.py``; one contract suite runs over
both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from campaigns.grounds import Grounds
from campaigns.model import (
    Campaign,
    CreditKind,
    Customer,
    Disposition,
    InboundDisposition,
    Lead,
    LeadPlan,
    Screened,
    Vote,
)
from campaigns.rules.evidence import Evidence

OFFLINE: Final = "offline"
"""The wish of an agent who has logged out, or never logged in."""


class Clock(Protocol):
    """The only source of time. ``now`` is aware UTC; ``monotonic`` counts seconds and never steps back."""

    def now(self) -> datetime:
        """Return the moment, aware, in UTC."""

    def monotonic(self) -> float:
        """Return seconds on a clock that only goes forward."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A lead taken for dialing, with all the last check needs."""

    lead: Lead
    customer: Customer
    evidence: Evidence

    @property
    def suppressed(self) -> bool:
        """Whether a do-not-call list holds the number or the person."""
        return bool(self.evidence.suppressed)


@dataclass(frozen=True, slots=True)
class NewAttempt:
    """One attempt, committed before anything is sent. Ids are unique for ever.

    ``grounds`` are what the verdict that allowed it relied on; they go into the ledger, not into its record.
    """

    id: str
    campaign_id: int
    lead_id: int
    customer_id: int
    number: str
    trunk: str
    agent_id: str | None
    committed_at: datetime
    definition_version: str
    grounds: Grounds | None = None


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is known about one attempt's course; None where it never came to that. Moments are UTC."""

    sent_at: datetime | None = None
    dialled_at: datetime | None = None
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    bridged_at: datetime | None = None
    released_at: datetime | None = None
    ended_at: datetime | None = None
    agent_id: str | None = None
    hangup_cause: int | None = None
    tech_cause: int | None = None
    amd: Screened | None = None


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    """An attempt that has no outcome yet, as the store remembers it.

    ``reserved_agent_id`` is the agent who was reserved before it was placed; None for one without.
    """

    id: str
    campaign_id: int
    lead_id: int
    number: str
    trunk: str
    committed_at: datetime
    facts: CallFacts
    reserved_agent_id: str | None = None


@dataclass(frozen=True, slots=True)
class PastCall:
    """A call as the store has it: an ``attempt`` of ours, or None for one to the hotline.

    ``disposition`` is None for a call to the hotline too, ``outcome`` what an agent recorded, if he did.
    """

    facts: CallFacts
    attempt: OpenAttempt | None
    disposition: Disposition | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class AgentTalk:
    """The talk that an agent has or wraps up; when his wrap-up ends, None while he talks."""

    call_id: str
    wrap_up_ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """The end of an attempt: its one disposition, its facts and what becomes of the lead."""

    disposition: Disposition
    facts: CallFacts
    plan: LeadPlan


@dataclass(frozen=True, slots=True)
class InboundCall:
    """One call to the hotline. ``id`` is ``in-`` and the channel's unique id.

    ``number`` is the caller's in E.164, empty where it could not be read; ``shown`` is the caller ID as it
    came.
    """

    id: str
    number: str
    dialled: str
    started_at: datetime
    shown: str = ""


@dataclass(frozen=True, slots=True)
class WrapUp:
    """What an agent recorded about a talk, outbound or inbound. ``outcome`` is a code of the template.

    ``credit`` is what the outcome is worth to him, ``subject`` for what; None credits nobody.
    ``callback_at`` is when the customer wants to be called back, None where nothing was agreed.
    """

    attempt_id: str
    agent_id: str
    outcome: str
    note: str
    at: datetime
    credit: CreditKind | None = None
    subject: str = ""
    callback_at: datetime | None = None


class CallBook(Protocol):
    """Leads being worked and attempts being made, at rest. Every call commits before it returns."""

    async def campaign(self, campaign_id: int) -> Campaign:
        """Return one campaign as it is now; raises ``campaigns.errors.NotFound``."""

    async def claim(self, campaign_id: int, moment: datetime) -> Claim | None:
        """Take the most urgent waiting lead that is due at ``moment``; None when there is none.

        Order: customer class, then due time, then id. No two callers ever get the same lead.
        """

    async def claimed(self, lead_id: int, moment: datetime) -> Claim | None:
        """Return a claimed lead again with what is known at ``moment``; None when it is claimed no more, or
        its list is switched off.

        What changed until then counts as seen: only what changes later keeps ``open_attempt`` from it.
        """

    async def called(self, attempt_id: str, moment: datetime) -> Claim | None:
        """Return the lead of an attempt with what is known at ``moment``; None when the attempt is over, or
        its person is erased or to be."""

    async def return_lead(self, lead_id: int, plan: LeadPlan) -> None:
        """Give a claimed lead back without an attempt, with when and why."""

    async def close_waiting(self, campaign_id: int, reason: str) -> int:
        """Close every lead of a campaign that waits, is held or was refused; returns how many.

        Leads that are claimed or being called stay as they are.
        """

    async def reclaim_orphans(self) -> int:
        """At start: put claimed leads without an open attempt back to waiting; returns how many."""

    async def next_due(self, campaign_id: int) -> datetime | None:
        """When the next waiting lead of a campaign is due; None when none waits."""

    async def holds_leads(self, campaign_id: int) -> bool:
        """Say whether leads of a campaign are held because their list is switched off."""

    async def open_attempt(self, attempt: NewAttempt) -> bool:
        """Commit an attempt; false, and nothing is written, when what allowed it may not hold any more.

        That is so when the lead is not there to be called any more (deleted, done, its person erased),
        and when a do-not-call list, a consent, a list, a rule or the campaign's status has changed since the
        lead was claimed, or last returned by ``claimed``. A lead that waits is taken with its attempt.
        Raises ``ValueError`` when the lead has an attempt without an outcome.
        """

    async def note_facts(self, attempt_id: str, facts: CallFacts) -> None:
        """Store what is known so far; fields that are None leave what is stored.

        Of an attempt that was settled nothing is taken any more: the settlement had it all.
        """

    async def settle(self, attempt_id: str, settlement: Settlement) -> bool:
        """Store the outcome and the lead's plan together, once; false when it was settled before.

        Settling also counts the attempt in the lead's ``tried``. What an agent recorded while the attempt was
        open goes first: his plan, and ``machine`` as the disposition.
        """

    async def open_attempts(self) -> Sequence[OpenAttempt]:
        """Return every attempt without an outcome, oldest first."""

    async def lead_of(self, attempt_id: str) -> tuple[Lead, Campaign] | None:
        """Return the lead and campaign behind an attempt; None when there is no such attempt."""

    async def record_vote(self, vote: Vote) -> bool:
        """Store a vote, once per attempt or inbound call; false when there was one, or no such call."""

    async def open_inbound(self, call: InboundCall) -> None:
        """Store an inbound call; a second time with the same id changes nothing."""

    async def inbound_call(self, call_id: str) -> tuple[InboundCall, Customer | None] | None:
        """Return an inbound call and its caller, by an agent's word or else by his number; None without it.

        Of a caller who was erased meanwhile the number is empty.
        """

    async def settle_inbound(self, call_id: str, disposition: InboundDisposition, facts: CallFacts) -> bool:
        """Store how an inbound call ended, once; false when it was settled before or is not known."""

    async def keep_as_shown(self) -> None:
        """Keep what stands in place of callers' numbers and is not E.164 as what was shown, beside none."""

    async def unread_callers(self) -> Sequence[str]:
        """Return what callers without a number were shown as, each text once."""

    async def name_caller(self, shown: str, number: str) -> int:
        """Give calls without a number that were shown so their caller's, in E.164; returns how many."""

    async def customer_by_number(self, number: str) -> Customer | None:
        """Return the customer who has this E.164 number; None when nobody or more than one has it."""

    async def record_wrap_up(self, wrap_up: WrapUp, plan: LeadPlan | None) -> bool:
        """Store what the agent recorded, replacing an earlier record of the same attempt.

        ``plan`` replaces the lead's plan unless a newer attempt exists. False without such an attempt. Of
        somebody who was erased meanwhile neither the note is kept nor what a credit was for, and his lead
        stays closed.

        The credits of an attempt follow its record: another one takes their place. A closing credits whoever
        brought the customer too, and makes a customer of a potential one.
        """

    async def record_machine(self, attempt_id: str, plan: LeadPlan) -> bool:
        """Change the disposition of a settled attempt to ``machine``, by an agent's word."""

    async def remember_agent(self, agent_id: str, wish: str, at: datetime) -> None:
        """Store what an agent wants last: ``ready``, ``paused:<reason>`` or ``offline``.

        With ``offline`` an announced leave is over.
        """

    async def agent_wishes(self) -> Mapping[str, str]:
        """Return the last wish of every agent that ever had one."""

    async def remember_leave(self, agent_id: str, at: datetime | None) -> None:
        """Store when an agent who is logged in said that he will leave; None takes it back."""

    async def agent_leaves(self) -> Mapping[str, datetime]:
        """Return when agents said they will leave; whoever said nothing is not in it."""

    async def remember_talk(self, agent_id: str, talk: AgentTalk | None) -> None:
        """Store the talk that an agent has or wraps up, None for none; nothing of one without a wish."""

    async def agent_talks(self) -> Mapping[str, AgentTalk]:
        """Return the talk that each agent has or wraps up; whoever has none is not in it."""

    async def past_call(self, call_id: str) -> PastCall | None:
        """Return an attempt or a call to the hotline, over or not, as it is stored; None without it."""

    async def open_inbound_calls(self) -> Sequence[str]:
        """Return the ids of inbound calls without an outcome, oldest first."""
