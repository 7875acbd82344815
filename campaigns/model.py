"""The nouns of a campaign: frozen data that every other room shares.

Knows what a campaign, a customer, a lead and an outcome are; what is said of a lead is in
``campaigns.verdicts``. Must not know how any of them is stored, dialled or shown. Moments are always aware
datetimes in UTC; durations are seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from campaigns.verdicts import LastVerdict


class Purpose(StrEnum):
    """What a call is about, in the sense of the law: it decides which rules bind it."""

    MARKETING = "marketing"
    SERVICE = "service"
    COMPLAINT = "complaint"


class DialMode(StrEnum):
    """How many calls a campaign starts for how many agents."""

    PREVIEW = "preview"  # an agent looks at the lead first and starts the call himself
    PROGRESSIVE = "progressive"  # an agent is reserved before the call is placed
    RATIO = "ratio"  # so many lines for each idle agent
    PREDICTIVE = "predictive"  # as many as the risk of abandoning allows
    AGENTLESS = "agentless"  # a flow talks; channels decide


LEAST_LINES: Final = 1
MOST_LINES: Final = 15
"""Lines for each idle agent in ratio mode."""

MOST_WEIGHT: Final = 10
"""A campaign of the highest weight holds so many agents for each one of a campaign of weight 1."""


class CampaignStatus(StrEnum):
    """Where a campaign stands. Only ``running`` places calls."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    FINISHED = "finished"


class LeadStatus(StrEnum):
    """Where a lead stands. Only ``waiting`` leads that are due can be claimed."""

    WAITING = "waiting"
    HELD = "held"  # waits as well, but its list is switched off
    CLAIMED = "claimed"
    REFUSED = "refused"  # a rule refuses it and names no moment: only a change can let it wait again
    DONE = "done"


WAITS: Final = (LeadStatus.WAITING, LeadStatus.HELD, LeadStatus.REFUSED)
"""Where a lead stands that may still be called and that nobody works on now."""


class CustomerClass(StrEnum):
    """How a customer is ranked; earlier classes are called first."""

    VIP = "vip"
    KEY = "key"
    MEMBER = "member"
    ORDINARY = "ordinary"
    POTENTIAL = "potential"


class CreditKind(StrEnum):
    """What an agent is credited for, at a first purchase and again at each later one."""

    BROUGHT = "brought"  # brought the information about the customer
    CLOSED = "closed"


class NumberKind(StrEnum):
    """What sort of telephone a number rings, as far as the list says."""

    MOBILE = "mobile"
    HOME = "home"
    WORK = "work"
    OTHER = "other"


class Disposition(StrEnum):
    """How an attempt ended. Every attempt gets exactly one."""

    CONNECTED = "connected"  # a person talked to an agent, or finished a self-service flow
    ABANDONED = "abandoned"  # a person answered and no agent was there inside the connect limit
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"  # the far end declined the call (603, 403)
    BAD_NUMBER = "bad_number"  # unallocated, changed or incomplete number
    UNREACHABLE = "unreachable"  # switched off, out of coverage, temporarily unavailable
    TRUNK_FAILED = "trunk_failed"  # our side's or the carrier's fault; says nothing about the customer
    MACHINE = "machine"  # an answering machine, by detection or by an agent's word
    CANCELLED = "cancelled"  # we gave the call up before it was answered
    HUNG_UP_EARLY = "hung_up_early"  # answered, and gone inside the connect limit before any agent
    UNKNOWN = "unknown"  # committed, but nothing proves what became of it; counts towards the caps


class InboundDisposition(StrEnum):
    """How a call to the hotline ended. Only the first two are calls that wanted an agent."""

    CONNECTED = "connected"  # talked to an agent
    ABANDONED = "abandoned"  # asked for an agent and left, or was sent away, before one came
    LEFT_IN_MENU = "left_in_menu"  # hung up before asking for anybody
    SELF_SERVED = "self_served"  # got to the end of the flow without an agent
    OPTED_OUT = "opted_out"  # asked by key never to be called again
    UNKNOWN = "unknown"  # nothing proves what became of it


class AmdMode(StrEnum):
    """How a campaign detects answering machines (``campaigns/rules/amd.py``)."""

    OFF = "off"
    HUMAN_FIRST = "human-first"
    STRICT = "strict"


class Screened(StrEnum):
    """What detection took the one who answered for."""

    HUMAN = "human"
    NOT_SURE = "notsure"
    MACHINE = "machine"
    CHECKED = "checked"  # a machine, by detection; an agent was asked all the same, to learn its errors


@dataclass(frozen=True, slots=True)
class HoursWindow:
    """One half-open window ``[opens, closes)`` of a weekday (Monday is 0), in the customer's own zone.

    ``closes`` of 00:00 means midnight at the end of that day.
    """

    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class RetryRule:
    """What follows one disposition: try again after ``after_s`` seconds, at most ``attempts`` times in all.

    ``attempts`` counts the attempts of this lead that ended in this disposition.
    """

    after_s: float
    attempts: int


@dataclass(frozen=True, slots=True)
class Anchor:
    """The due window of a lead, counted in days from a date in the file (``service_date``).

    ``earliest_days`` and ``latest_days`` are calendar days in the customer's zone: a revisit within
    three days of a service has earliest 0 and latest 3, the whole of the third day included.
    """

    field: str
    earliest_days: int
    latest_days: int


@dataclass(frozen=True, slots=True)
class Script:
    """What the agent reads: opening, questions and the two closings (satisfied, dissatisfied)."""

    opening: str
    questions: tuple[str, ...]
    closing_satisfied: str
    closing_dissatisfied: str


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of campaign with its defaults, loaded from ``campaigns/templates/*.toml``.

    ``version`` is a hash over the definition's text; every attempt stores the one it ran under.
    ``outcomes`` maps the code an agent chooses after a talk to its label, ``credits`` those by which he is
    credited to what for.
    """

    name: str
    version: str
    label: str
    purpose: Purpose
    flow: str
    hours: tuple[HoursWindow, ...]
    retries: Mapping[Disposition, RetryRule]
    max_attempts: int
    anchor: Anchor | None
    ring_timeout_s: float
    connect_limit_s: float
    wrap_up_s: float
    vote_scale: tuple[int, int]
    outcomes: Mapping[str, str]
    script: Script
    required_columns: tuple[str, ...]
    credits: Mapping[str, CreditKind] = field(default_factory=dict)


TEST_CALLS: Final = "test-call"
"""The template of campaigns that test calls belong to, and nobody else's."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign: a template bound to a company, a caller id and a list.

    ``caller_id`` is E.164 and may be empty while a draft; without it the campaign does not start.
    ``hours`` and ``retries`` default to the template's and may be overridden per campaign.
    ``max_channels`` bounds calls in flight; ``calls_per_second`` bounds originates. ``packs`` are rule packs
    that bind it beyond those that bind it anyway. ``amd`` is how answering machines are detected,
    ``machine_message`` whether one is told something after its greeting, ``amd_check_share`` how many of the
    calls taken for machines (0..1) go to an agent all the same when one is free. ``lines_per_agent``
    belongs to the ratio mode. ``weight`` is its part of the agents where campaigns share them: two of weights
    3 and 1 hold three agents to one.
    """

    id: int
    name: str
    template: str
    template_version: str
    purpose: Purpose
    status: CampaignStatus
    company: str
    caller_id: str
    callback_number: str
    flow: str
    hours: tuple[HoursWindow, ...]
    retries: Mapping[Disposition, RetryRule]
    max_attempts: int
    anchor: Anchor | None
    ring_timeout_s: float
    connect_limit_s: float
    wrap_up_s: float
    max_channels: int
    calls_per_second: float
    created_at: datetime
    status_by: str = ""
    status_at: datetime | None = None
    status_reason: str = ""
    packs: tuple[str, ...] = ()
    amd: AmdMode = AmdMode.OFF
    machine_message: bool = False
    amd_check_share: float = 0.0
    mode: DialMode = DialMode.PROGRESSIVE
    lines_per_agent: float = 1.0
    weight: int = 1

    @property
    def for_test_calls(self) -> bool:
        """Whether it takes test calls alone: no list, nobody called by itself, never over."""
        return self.template == TEST_CALLS


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person said about calls of one purpose to one number, when, and what proves it."""

    purpose: Purpose
    given: bool
    at: datetime | None
    evidence: str


@dataclass(frozen=True, slots=True)
class PastContact:
    """One earlier attempt to reach a person, as caps and blocks count it.

    ``outcome`` is the agent's code or empty; ``placed`` is false where certainly nothing reached the network.
    ``ended_at`` is when the call was over, ``lead_id`` and ``customer_id`` whose call it was: None and 0
    while nobody knows.
    """

    at: datetime
    number: str
    purpose: Purpose
    campaign_id: int
    company: str
    disposition: Disposition | None
    outcome: str
    placed: bool = True
    ended_at: datetime | None = None
    lead_id: int = 0
    customer_id: int = 0


@dataclass(frozen=True, slots=True)
class Customer:
    """A person in the book, as far as a call needs to know them.

    ``zones`` are all zones the customer may be in: ``own_zone`` when the file names one, else those that
    any of the ``numbers`` implies; empty means nobody knows, and nobody is called. ``kinds`` says what sort
    of telephone a number is, where that is known. ``country`` (ISO 3166-1, two letters) and ``region`` (ISO
    3166-2 without the country: ``FL``) are of the address. ``owner`` is the agent who looks after the
    customer. ``extras`` are free columns.
    """

    id: int
    ref: str
    name: str
    title: str
    language: str
    customer_class: CustomerClass
    zones: tuple[str, ...]
    numbers: tuple[str, ...]
    extras: Mapping[str, str] = field(default_factory=dict)
    own_zone: str = ""
    country: str = ""
    region: str = ""
    owner: str = ""
    kinds: Mapping[str, NumberKind] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lead:
    """One customer in one campaign, with what is due and what has been tried.

    ``tried`` counts ended attempts by disposition, since the lead was last recycled; ``last_at`` is when the
    newest attempt began. ``list_id`` is the list it came with. ``appointment_at`` is the moment the customer
    asked for. ``verdict`` is why it was not called when it was last looked at, None when nothing stood in its
    way or nobody has looked yet.
    """

    id: int
    campaign_id: int
    customer_id: int
    number: str
    status: LeadStatus
    due_at: datetime
    fields: Mapping[str, str]
    tried: Mapping[Disposition, int] = field(default_factory=dict)
    last_at: datetime | None = None
    closed_reason: str = ""
    list_id: int = 0
    appointment_at: datetime | None = None
    verdict: LastVerdict | None = None

    @property
    def attempts(self) -> int:
        """How many attempts have ended."""
        return sum(self.tried.values())


@dataclass(frozen=True, slots=True)
class LeadPlan:
    """What becomes of a lead after an attempt or a refusal: due again, refused, or done with a reason.

    ``verdict`` is the refusal that made the plan, None for one that no rule made. ``appointment_at`` is the
    moment the customer asked for in the talk, None where the lead keeps the one it has.
    """

    status: LeadStatus
    due_at: datetime | None
    reason: str
    verdict: LastVerdict | None = None
    appointment_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Vote:
    """One vote by one customer on one attempt. ``source`` is how it arrived (agi, offline, astdb)."""

    attempt_id: str
    score: int
    at: datetime
    source: str


def zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name; raises ``ValueError`` when there is none of that name."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as fault:
        raise ValueError(f"unknown time zone {name!r}") from fault
