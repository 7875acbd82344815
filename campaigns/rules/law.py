"""What a rule pack can say about calls of one purpose: hours, caps, blocks, consent, conduct.

Knows the nouns of the law as frozen data, each with where it comes from. Must not know how they are read
from a file, nor how they are judged.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from campaigns.model import Anchor, HoursWindow, Purpose
from campaigns.rules.periods import Period


class Scope(StrEnum):
    """Whose contacts a cap or a block counts."""

    NUMBER = "number"  # calls to this number, whoever is behind it
    PERSON = "person"  # all calls to this person, on any number, and all to this number
    COMPANY = "company"  # calls to this person in the name of the campaign's company


class After(StrEnum):
    """What a block follows."""

    REFUSAL = "refusal"
    ABANDONED = "abandoned"
    MACHINE = "machine"
    OTHER_LEAD = (
        "other-lead"  # a call for another lead, from its end: two may share a telephone, one have two
    )


class AbandonKind(StrEnum):
    """What an abandon limit means: the law's own figure, none at all, or our own warning."""

    LEGAL = "legal"
    ZERO = "zero"
    ALARM = "alarm"


class Clock(StrEnum):
    """Where the time until a person of ours speaks begins."""

    ANSWER = "answer"
    GREETING_BEGINS = "greeting begins"
    GREETING_ENDS = "greeting ends"


@dataclass(frozen=True, slots=True)
class Note:
    """Where a rule comes from: keys of the pack's ``sources``, and what is uncertain about it."""

    sources: tuple[str, ...]
    caveat: str = ""


@dataclass(frozen=True, slots=True)
class Hours:
    """When calls may be placed, on the customer's own clock.

    ``on_holidays`` says whether the windows hold on public holidays too. ``wish`` lets a recorded
    appointment widen them, ``waived_by_consent`` lets a proven consent lift them.
    """

    week: tuple[HoursWindow, ...]
    on_holidays: bool
    wish: bool
    waived_by_consent: bool
    note: Note


@dataclass(frozen=True, slots=True)
class Cap:
    """At most ``count`` calls within any ``period``. No ``counts`` means calls of every purpose count."""

    count: int
    period: Period
    scope: Scope
    counts: tuple[Purpose, ...]
    note: Note


@dataclass(frozen=True, slots=True)
class Block:
    """Silence for ``period`` after something happened; ``unless_agent`` lifts it for a reserved agent."""

    after: After
    period: Period
    scope: Scope
    unless_agent: bool
    note: Note


@dataclass(frozen=True, slots=True)
class ConsentRule:
    """Calls need consent for their purpose; ``automated_only`` binds only those without a live person.

    ``evidence`` lists words of which a consent's evidence must begin with one; ``any`` takes every
    evidence, but not none. ``since`` is the first day, where the customer is, on which the rule holds.
    """

    automated_only: bool
    evidence: tuple[str, ...]
    since: date | None
    note: Note


@dataclass(frozen=True, slots=True)
class AnchorRule:
    """Calls about a date in the lead's fields only within the days around it; days before are negative."""

    anchor: Anchor
    note: Note


@dataclass(frozen=True, slots=True)
class AbandonLimit:
    """At most ``rate`` of live answers abandoned over ``period``, counted ``per`` campaign or call centre.

    ``rate`` is a share from 0 to 1.
    """

    rate: float
    period: Period
    per: str
    kind: AbandonKind
    note: Note


@dataclass(frozen=True, slots=True)
class ConnectLimit:
    """Within ``seconds`` of ``clock`` an agent speaks, or the information message plays."""

    seconds: float
    clock: Clock
    note: Note


@dataclass(frozen=True, slots=True)
class MessageRule:
    """What the information message of an abandoned call must hold (``contents`` are flags)."""

    contents: tuple[str, ...]
    note: Note


@dataclass(frozen=True, slots=True)
class MachineRule:
    """Detection of answering machines: ``allowed`` at all, and whether its errors count as abandoned.

    ``message``: whether a machine may be told a recorded message.
    """

    allowed: bool
    errors_count: bool
    note: Note
    message: bool = True


@dataclass(frozen=True, slots=True)
class Retention:
    """How long ``what`` is kept, in days: at least ``days`` (0 where the law says keep and names no length),
    and at most ``most_days``, None where nothing bounds it. ``campaigns/rules/retention.py`` obeys.
    """

    what: str
    days: int
    note: Note
    most_days: int | None = None


@dataclass(frozen=True, slots=True)
class Conduct:
    """How a call is carried out once it is allowed: read by launcher, pacing and archive."""

    min_ring_s: float = 0.0
    min_ring_note: Note | None = None
    connect: ConnectLimit | None = None
    abandon: tuple[AbandonLimit, ...] = ()
    message: MessageRule | None = None
    machine: MachineRule | None = None
    retention: tuple[Retention, ...] = ()


@dataclass(frozen=True, slots=True)
class PurposeRules:
    """Everything a pack says about calls of one purpose.

    ``forbidden`` is why there are none at all; ``unbound`` is why the pack sets no rule, said outright
    so that an empty table cannot pass for one.
    """

    forbidden: str = ""
    unbound: str = ""
    hours: Hours | None = None
    caps: tuple[Cap, ...] = ()
    blocks: tuple[Block, ...] = ()
    consent: ConsentRule | None = None
    anchor: AnchorRule | None = None
    conduct: Conduct = Conduct()
    note: Note | None = None
