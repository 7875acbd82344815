"""What becomes of a customer who is corrected by hand: his new data, and which number his leads call.

Knows the rules. Must not know where customers are kept, nor how what somebody typed is read. The store and
its twin both ask here, so that they cannot drift apart.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Final, NamedTuple

from campaigns.errors import ChangedMeanwhile, Fault, InvalidInput, NotAllowedNow
from campaigns.model import Consent, Customer, LeadStatus, NumberKind, Purpose
from campaigns.people import ContactNote, NoteKind, is_made_up
from campaigns.rules.consents import newest, standing
from campaigns.rules.phone import zones_of
from campaigns.suppression import SuppressedNumber

NUMBER_REMOVED: Final = "the number was removed by hand"
"""Why a lead is closed whose customer has another one in the same campaign for his first number."""

MAX_NUMBERS: Final = 20
"""Most numbers of one customer that are entered by hand."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What somebody corrects, read and checked; None leaves it as it is.

    ``numbers`` are all he has from now on, E.164, the one to be called first in front; an empty ``own_zone``
    leaves him in every zone of his numbers. ``may_share``: others may have a number that is new of him.
    ``seen`` is the ``version_of`` the customer that was looked at; empty, and whoever comes last is right.
    """

    by: str
    at: datetime
    ref: str | None = None
    name: str | None = None
    title: str | None = None
    language: str | None = None
    country: str | None = None
    region: str | None = None
    own_zone: str | None = None
    numbers: tuple[tuple[str, NumberKind], ...] | None = None
    may_share: bool = False
    seen: str = ""


class LeadAt(NamedTuple):
    """One lead of the customer, and the number it calls."""

    id: int
    campaign_id: int
    number: str
    status: LeadStatus


class LeadMoves(NamedTuple):
    """Leads, by id, that call another number from now on (``number`` by id), and those that are closed."""

    moved: Mapping[int, str]
    closed: Sequence[int]


def corrected(customer: Customer, correction: Correction) -> Customer:
    """Return the customer as he is afterwards; raises ``InvalidInput`` for a reference that stays."""
    ref = customer.ref if correction.ref is None else correction.ref
    if ref != customer.ref and not is_made_up(customer.ref):
        words = f"{customer.ref!r} was not made up and stays: other records go by it"
        raise InvalidInput([Fault("ref", words)])
    numbers, kinds = customer.numbers, customer.kinds
    if correction.numbers is not None:
        numbers = tuple(number for number, _ in correction.numbers)
        kinds = {number: kind for number, kind in correction.numbers if kind is not NumberKind.OTHER}
    own_zone = _kept(correction.own_zone, customer.own_zone)
    zones = customer.zones
    if (own_zone, numbers) != (customer.own_zone, customer.numbers):
        zones = (own_zone,) if own_zone else _zones_of_all(numbers)
    return replace(
        customer,
        ref=ref,
        name=_kept(correction.name, customer.name),
        title=_kept(correction.title, customer.title),
        language=_kept(correction.language, customer.language),
        country=_kept(correction.country, customer.country),
        region=_kept(correction.region, customer.region),
        own_zone=own_zone,
        zones=zones,
        numbers=numbers,
        kinds=kinds,
    )


def _kept(said: str | None, before: str) -> str:
    return before if said is None else said


def _zones_of_all(numbers: Sequence[str]) -> tuple[str, ...]:
    """Return the zones of all numbers; of one alone in the order that its country has them."""
    if len(numbers) == 1:
        return zones_of(numbers[0])
    return tuple(sorted({name for number in numbers for name in zones_of(number)}))


def changes(was: Customer, now: Customer) -> Mapping[str, tuple[str, str]]:
    """Return what is different, as text before and after, by the name it has in a list or on the page."""
    before, after = _told(was), _told(now)
    return {name: (before[name], after[name]) for name in before if before[name] != after[name]}


def version_of(customer: Customer) -> str:
    """Return what tells a customer as he is from one of whom anything was corrected since: a digest of each
    part, so that it can be said which is different."""
    return "-".join(_digests(customer).values())


def _digests(customer: Customer) -> Mapping[str, str]:
    told = _told(customer).items()
    return {name: sha256(f"{customer.id} {name} {text}".encode()).hexdigest()[:8] for name, text in told}


def check_seen(customer: Customer, correction: Correction) -> None:
    """Refuse a correction of somebody who is not any more as he was seen; raises ``ChangedMeanwhile``."""
    if not correction.seen or correction.seen == version_of(customer):
        return
    told, now, seen = _told(customer), _digests(customer), correction.seen.split("-")
    if len(seen) != len(now):  # none of ours: nobody knows what was seen
        seen = [""] * len(now)
    changed = [name for (name, digest), before in zip(now.items(), seen, strict=True) if digest != before]
    raise ChangedMeanwhile(
        f"the file of {customer.name or customer.ref}",
        [Fault(name, f"is now {told[name]}" if told[name] else "is empty now") for name in changed],
    )


def _told(customer: Customer) -> Mapping[str, str]:
    kinds = customer.kinds
    return {
        "ref": customer.ref,
        "name": customer.name,
        "title": customer.title,
        "language": customer.language,
        "country": customer.country,
        "state": customer.region,
        "zone": customer.own_zone,
        "numbers": ", ".join(
            f"{number} ({kinds.get(number, NumberKind.OTHER)})" for number in customer.numbers
        ),
    }


def former_names(was: Customer, now: Customer) -> tuple[str, ...]:
    """Return the name and reference that somebody goes by no more: rows of lists may say them still."""
    before = (was.name if was.name != now.name else "", was.ref if was.ref != now.ref else "")
    return tuple(filter(None, before))


def note_of(different: Mapping[str, tuple[str, str]], correction: Correction) -> ContactNote:
    """Return the note that tells in somebody's file what was corrected: it keeps what stood there before."""
    told = "; ".join(f"{name}: {was or '–'} → {now or '–'}" for name, (was, now) in different.items())
    return ContactNote(0, NoteKind.NOTE, f"Corrected by hand. {told}", correction.by, correction.at)


def moves(leads: Sequence[LeadAt], removed: Collection[str], target: str) -> LeadMoves:
    """Say what becomes of the leads that call a removed number; raises ``NotAllowedNow`` in a call.

    They call ``target``, his first number, from now on. Where the same campaign has a lead for it already an
    open one is closed; what was done stays done, and is called at ``target`` if somebody lets it wait again.
    """
    taken = {(lead.campaign_id, lead.number) for lead in leads}
    moved: dict[int, str] = {}
    closed: list[int] = []
    for lead in sorted(leads, key=lambda one: (one.status is LeadStatus.DONE, one.id)):
        if lead.number not in removed:
            continue
        if lead.status is LeadStatus.CLAIMED:
            words = "is being called right now, or lies before an agent: take it away after that"
            raise NotAllowedNow(f"{lead.number} {words}")
        if (lead.campaign_id, target) not in taken:
            taken.add((lead.campaign_id, target))
            moved[lead.id] = target
        elif lead.status is not LeadStatus.DONE:
            closed.append(lead.id)
    return LeadMoves(moved, closed)


def taken_over(entry: SuppressedNumber, number: str, correction: Correction) -> SuppressedNumber:
    """Return the entry by which a wish about a removed number goes on to bar the person who had it."""
    return SuppressedNumber(entry.list_id, number, _words(entry.reason), correction.by, correction.at)


def refusals_taken_over(
    said: Iterable[tuple[str, Consent]], removed: Collection[str], target: str, at: datetime
) -> Sequence[Consent]:
    """Return the refusals that his first number, ``target``, takes over from those removed ``at`` a moment.

    ``said`` are all his words with their numbers, in the order of recording. What he said last about calls to
    a number counts; a refusal of calls to any that is removed is taken over, unless one stands already, or he
    has proven a consent to calls at ``target`` since.
    """
    words: dict[str, list[Consent]] = {}
    for number, word in said:
        words.setdefault(number, []).append(word)
    kept = newest(words.get(target, ()))
    gone = [word for number in sorted(removed) for word in newest(words.get(number, ())) if not word.given]
    taken = []
    for purpose in Purpose:
        refusal = standing(gone, purpose, at)
        before = standing(kept, purpose, at)
        if refusal is None or (before is not None and not before.given):
            continue
        if before is None or standing((before, refusal), purpose, at) is refusal:
            taken.append(replace(refusal, evidence=_words(refusal.evidence)))
    return taken


def _words(said: str) -> str:
    words = "taken over from a number that was removed"
    return f"{words}: {said}" if said else words
