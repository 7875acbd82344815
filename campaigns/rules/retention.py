"""How long the record of a call is kept: what packs order to keep, what they ask about, what they forbid.

Knows the minimum and the maximum of every pack that binds a call, and how far back its limits look: what a
cap or a block may still ask about must not be destroyed, or whoever said no could be called again at once.
Must not know where records lie, nor who destroys them. Where packs disagree the longest minimum and the
shortest maximum count, and a minimum goes before a maximum: what was destroyed too early cannot be brought
back. A pack that says keep and names no length (0 days) is obeyed by the ledger, which holds every call
without the person and is never shortened.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from campaigns.model import Purpose
from campaigns.rules.jurisdiction import Place, place_of_number
from campaigns.rules.law import AbandonLimit, After, Block, Cap, Retention
from campaigns.rules.packs import Binding, Pack, RuleBook

Limit = Cap | Block | AbandonLimit
"""What looks back at calls before it lets one more be placed."""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """What is kept of one lead or customer about calls to one number, as far as its time depends on it.

    ``purpose`` and ``packs`` are the campaign's; ``number`` is the one that was called, ``country`` and
    ``region`` are of the customer's address; ``called_at`` is when the newest call began, None without any.
    ``after`` is what any of the calls may have set off a block with.
    """

    purpose: Purpose
    packs: tuple[str, ...]
    number: str
    country: str
    region: str
    called_at: datetime | None
    after: frozenset[After] = frozenset()


@dataclass(frozen=True, slots=True)
class Keeping:
    """Until when a record must be kept, and what orders it: a pack's word, or a limit that counts it."""

    until: datetime
    pack: Pack
    rule: Retention | Limit

    def __str__(self) -> str:
        by = f"({self.pack.name} {self.pack.version})"
        if isinstance(self.rule, Retention):
            return f"{self.rule.what}, {self.rule.days} days {by}"
        return f"calls that caps and blocks count, {self.rule.period} {by}"


class Fate(Enum):
    """What becomes of a record that its owner wants to be rid of."""

    GO = auto()
    BARE = auto()  # what limits count stays, and nothing that tells who it was
    KEEP = auto()


_Kind = tuple[Purpose, Place, str, str, tuple[str, ...], frozenset[After]]


@dataclass(frozen=True, slots=True, eq=False)
class LongestLimits:
    """The limit of a rule book that looks back longest at a call, found once for all calls of a kind.

    Records of one kind differ by when the call was alone. Meant for some thousand records, then to be thrown
    away: it remembers every kind it was asked about.
    """

    rules: RuleBook
    _found: dict[_Kind, tuple[Pack, Limit] | None] = field(default_factory=dict, repr=False)

    def longest(self, record: CallRecord) -> tuple[Pack, Limit] | None:
        """Return the limit on further calls, of whatever purpose, that counts a call longest, and its pack.

        None where none counts it.
        """
        kind = (
            record.purpose,
            place_of_number(record.number),
            record.country,
            record.region,
            record.packs,
            record.after,
        )
        if kind not in self._found:
            self._found[kind] = max(self._all(record), key=lambda one: one[1].period.at_most, default=None)
        return self._found[kind]

    def _all(self, record: CallRecord) -> Iterator[tuple[Pack, Limit]]:
        for purpose in Purpose:
            there = _place(replace(record, purpose=purpose), self.rules)
            yield from _limits(self.rules.binding(*there), record)


def must_stay(record: CallRecord, rules: RuleBook) -> Keeping | None:
    """Return the longest that any pack orders to keep a record; None where none names a length."""
    called_at = record.called_at
    if called_at is None:
        return None
    orders = (
        Keeping(called_at + timedelta(days=rule.days), pack, rule)
        for pack, rule in _retentions(rules.binding(*_place(record, rules)))
        if rule.days
    )
    return max(orders, key=lambda one: one.until, default=None)


def may_be_asked(record: CallRecord, limits: LongestLimits) -> Keeping | None:
    """Return how long a limit on further calls, of whatever purpose, may still count a record's calls.

    None where none does. Caps count every call; blocks, and what limits abandoned calls, only those that set
    them off. It is a bound: the limit itself may end some days earlier.
    """
    called_at = record.called_at
    if called_at is None:
        return None
    longest = limits.longest(record)
    if longest is None:
        return None
    pack, limit = longest
    return Keeping(called_at + limit.period.at_most, pack, limit)


def fate_of(record: CallRecord, limits: LongestLimits, now: datetime) -> tuple[Fate, Keeping | None]:
    """Return what becomes of a record at a moment, and the longest of what keeps it; None where it goes."""
    order, asked = must_stay(record, limits.rules), may_be_asked(record, limits)
    holding = [one for one in (order, asked) if one is not None and one.until > now]
    if not holding:
        return Fate.GO, None
    is_ordered = order is not None and order.until > now
    return (Fate.KEEP if is_ordered else Fate.BARE), max(holding, key=lambda one: one.until)


def _limits(binding: Binding, record: CallRecord) -> Iterator[tuple[Pack, Limit]]:
    for pack, one in zip(binding.packs, binding.rules, strict=True):
        for cap in one.caps:
            if not cap.counts or record.purpose in cap.counts:
                yield pack, cap
        for block in one.blocks:
            if block.after is After.OTHER_LEAD or block.after in record.after:
                yield pack, block
        if After.ABANDONED in record.after:
            yield from ((pack, limit) for limit in one.conduct.abandon)


def must_go(record: CallRecord, limits: LongestLimits) -> datetime | None:
    """Return from when on a record may be kept no longer; None where no pack bounds it."""
    rules = limits.rules
    if record.called_at is None:
        return None
    bounds = [
        rule.most_days
        for _, rule in _retentions(rules.binding(*_place(record, rules)))
        if rule.most_days is not None
    ]
    if not bounds:
        return None
    least = (must_stay(record, rules), may_be_asked(record, limits))
    ends = (one.until for one in least if one is not None)
    return max((record.called_at + timedelta(days=min(bounds)), *ends))


def longest_of(records: Iterable[CallRecord], rules: RuleBook) -> Keeping | None:
    """Return what has to be kept longest among several records; None where nothing has."""
    orders = (order for record in records if (order := must_stay(record, rules)) is not None)
    return max(orders, key=lambda one: one.until, default=None)


def shortest_bound(rules: RuleBook) -> timedelta | None:
    """Return the shortest maximum that any pack of a rule book sets; None where none sets one.

    No record that is younger has to go, whoever it is about.
    """
    bounds = [
        one.most_days
        for pack in rules.packs.values()
        for purpose in pack.purposes.values()
        for one in purpose.conduct.retention
        if one.most_days is not None
    ]
    return timedelta(days=min(bounds)) if bounds else None


def _place(record: CallRecord, rules: RuleBook) -> tuple[Purpose, str, str, str, tuple[str, ...]]:
    # A pack that the campaign names and that is gone must not hide what the others order.
    added = tuple(name for name in record.packs if name in rules.packs)
    return record.purpose, record.number, record.country, record.region, added


def _retentions(binding: Binding) -> Iterator[tuple[Pack, Retention]]:
    for pack, purpose in zip(binding.packs, binding.rules, strict=True):
        yield from ((pack, one) for one in purpose.conduct.retention)
