"""Rule packs and the rule book: which laws bind a call.

Knows packs as data, where each one holds, and how those that bind one call are put together. Must not know
files, nor how a single rule is judged. A rule book never changes; a change of packs is a new book.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from campaigns.model import Purpose
from campaigns.rules.calendars import CalendarSpec, calendar_for
from campaigns.rules.jurisdiction import ANY_STATE, Place, place_of_number, places_of
from campaigns.rules.law import AnchorRule, Block, Cap, ConsentRule, Hours, PurposeRules
from campaigns.rules.timetable import Tables, Timetable

HOUSE: Final = "house"
"""The pack of courtesy that binds every call."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a figure was read. ``sure`` says how far it can be trusted (``docs/rule-packs.md``)."""

    url: str
    sure: str
    says: str


@dataclass(frozen=True, slots=True)
class Pack:
    """One rule pack. ``version`` is its own date and a hash over its text.

    It binds calls to ``countries``; with ``states`` only there, with ``trade`` only for operators of that
    line of business. A pack without countries binds where an operator or a campaign adds it.
    """

    name: str
    label: str
    version: str
    effective: date
    owner: str
    caveats: tuple[str, ...]
    countries: tuple[str, ...]
    states: tuple[str, ...]
    trade: str
    calendar: CalendarSpec | None
    sources: Mapping[str, Source]
    purposes: Mapping[Purpose, PurposeRules]


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a campaign must not go on as it is: a pack's word and its rule, or (``pack`` None) our own."""

    pack: Pack | None
    rule: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class BoundHours:
    """The hours of one pack with the calendar of one customer."""

    pack: Pack
    hours: Hours
    table: Timetable


@dataclass(frozen=True, slots=True, eq=False)
class Binding:
    """Every rule that binds calls of one purpose to one kind of place, ready to be judged.

    ``fault`` is why nobody there may be called at all (no pack for the country), else empty. ``untold`` is
    what packs want the information message to say and it does not.
    """

    fault: str
    packs: tuple[Pack, ...] = ()
    rules: tuple[PurposeRules, ...] = ()
    forbidden: tuple[tuple[Pack, str], ...] = ()
    hours: tuple[BoundHours, ...] = ()
    caps: tuple[tuple[Pack, Cap], ...] = ()
    blocks: tuple[tuple[Pack, Block], ...] = ()
    consents: tuple[tuple[Pack, ConsentRule], ...] = ()
    anchors: tuple[tuple[Pack, AnchorRule], ...] = ()
    untold: tuple[tuple[Pack, tuple[str, ...]], ...] = ()
    tables: Tables = ()
    tables_with_consent: Tables = ()
    names: str = ""
    versions: str = ""


_Key = tuple[Purpose, Place, str, str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class RuleBook:
    """All packs of an installation.

    ``always`` are the packs that bind every call (the house, and what the operator adds); ``trades`` are
    the operator's lines of business. ``alone`` names the only packs to be judged, wherever the call goes:
    for asking about a pack, never for dialing. ``told`` is what the information message says, by purpose;
    None where nobody asks. ``fingerprint`` tells one book from any other.
    """

    packs: Mapping[str, Pack]
    always: tuple[str, ...] = (HOUSE,)
    trades: frozenset[str] = frozenset()
    alone: tuple[str, ...] | None = None
    told: Mapping[Purpose, frozenset[str]] | None = None
    fingerprint: str = field(init=False, repr=False)
    _bindings: dict[_Key, Binding] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        versions = sorted((name, pack.version) for name, pack in self.packs.items())
        told = {purpose: sorted(what) for purpose, what in (self.told or {}).items()}
        said = repr((versions, self.always, sorted(self.trades), self.alone, told))
        object.__setattr__(self, "fingerprint", hashlib.sha256(said.encode()).hexdigest()[:16])

    def binding(
        self, purpose: Purpose, number: str, country: str, region: str, added: tuple[str, ...]
    ) -> Binding:
        """Return what binds a call to ``number`` of a customer with this address, ``added`` included."""
        key = (purpose, place_of_number(number), country, region, added)
        found = self._bindings.get(key)
        if found is None:
            found = self._bind(purpose, places_of(number, country, region), added)
            if len(self._bindings) >= _MOST_BINDINGS:
                self._bindings.clear()
            self._bindings[key] = found
        return found

    def _bind(self, purpose: Purpose, places: tuple[Place, ...], added: tuple[str, ...]) -> Binding:
        names = self.alone
        if names is None:
            for place in places:
                fault = self._unbound(place)
                if fault:
                    return Binding(fault)
            there = [pack.name for pack in self.packs.values() if any(_holds(pack, p) for p in places)]
            licensed = [name for name in there if self.packs[name].trade in {"", *self.trades}]
            names = (*licensed, *added, *self.always)
        missing = [name for name in names if name not in self.packs]
        if missing:
            return Binding(f"rule pack {', '.join(map(repr, missing))} is not there")
        told = None if self.told is None else self.told[purpose]
        return _put_together([self.packs[name] for name in dict.fromkeys(names)], purpose, places, told)

    def _unbound(self, place: Place) -> str:
        """Return why nobody in a place may be called, empty when a pack of its whole country binds."""
        if not place.country:
            return "nobody knows the country of this number"
        national = (pack for pack in self.packs.values() if place.country in pack.countries)
        if any(not pack.states and pack.trade in {"", *self.trades} for pack in national):
            return ""
        return f"there is no rule pack for {place.country}"


_MOST_BINDINGS = 100_000


def _holds(pack: Pack, place: Place) -> bool:
    if place.country not in pack.countries:
        return False
    return not pack.states or place.state in (*pack.states, ANY_STATE)


def _put_together(
    packs: Iterable[Pack], purpose: Purpose, places: tuple[Place, ...], told: frozenset[str] | None
) -> Binding:
    packs = tuple(packs)
    rules = [(pack, pack.purposes[purpose]) for pack in packs]
    bound = tuple(
        BoundHours(pack, one.hours, _table(pack, one.hours, places)) for pack, one in rules if one.hours
    )
    return Binding(
        fault="",
        packs=packs,
        rules=tuple(one for _, one in rules),
        forbidden=tuple((pack, one.forbidden) for pack, one in rules if one.forbidden),
        hours=bound,
        caps=tuple((pack, cap) for pack, one in rules for cap in one.caps),
        blocks=tuple((pack, block) for pack, one in rules for block in one.blocks),
        consents=tuple((pack, one.consent) for pack, one in rules if one.consent),
        anchors=tuple((pack, one.anchor) for pack, one in rules if one.anchor),
        untold=() if told is None else tuple(_untold(rules, told)),
        tables=tuple(one.table for one in bound),
        tables_with_consent=tuple(one.table for one in bound if not one.hours.waived_by_consent),
        names=", ".join(pack.name for pack in packs),
        versions=", ".join(pack.version for pack in packs),
    )


def _untold(
    rules: Iterable[tuple[Pack, PurposeRules]], told: frozenset[str]
) -> Iterator[tuple[Pack, tuple[str, ...]]]:
    """Yield the packs that want more said in the information message, and what."""
    for pack, one in rules:
        wanted = one.conduct.message.contents if one.conduct.message else ()
        missing = tuple(each for each in wanted if each not in told)
        if missing:
            yield pack, missing


def _table(pack: Pack, hours: Hours, places: tuple[Place, ...]) -> Timetable:
    """Return a pack's hours for one customer; holidays close them unless the pack says otherwise."""
    calendar = None
    if not hours.on_holidays:
        assert pack.calendar is not None, "the reader of packs refuses hours that lack their calendar"
        countries = tuple(dict.fromkeys(place.country for place in places))
        own = pack.calendar.country
        region = next((p.state for p in places if p.country in (own, *countries) and p.state), "")
        calendar = calendar_for(pack.calendar, countries, region)
    return Timetable(hours.week, calendar, hours.wish)
