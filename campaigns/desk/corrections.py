"""What somebody types to correct a customer's file, read and checked with every fault at once.

Knows how each piece is written. Must not know the book: what becomes of the customer's leads is
``campaigns.correcting``'s.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from campaigns.correcting import MAX_NUMBERS, Correction
from campaigns.desk.newcomers import checked_ref
from campaigns.desk.phonecell import read_number
from campaigns.errors import Fault, InvalidInput
from campaigns.model import Customer, NumberKind, zone
from campaigns.rules.address import country_code, state_code
from campaigns.rules.language import language_code
from campaigns.rules.phone import zones_of


@dataclass(frozen=True, slots=True)
class CustomerChange:
    """What somebody corrects of a customer, as it was typed; None leaves it as it is.

    ``numbers`` are all that he has from now on, in their order; a kind that is None stays as it is known.
    ``zone`` is his own, empty where his numbers say it; ``region`` the state of his address. ``seen`` is the
    version of the file that was looked at, empty where nobody asks.
    """

    ref: str | None = None
    name: str | None = None
    title: str | None = None
    language: str | None = None
    country: str | None = None
    region: str | None = None
    zone: str | None = None
    numbers: Sequence[tuple[str, NumberKind | None]] | None = None
    may_share: bool = False
    seen: str = ""


def checked(
    change: CustomerChange, customer: Customer, region: str | None, by: str, at: datetime
) -> Correction:
    """Return the correction of ``customer``; raises ``InvalidInput`` with every fault.

    ``region`` is the country of numbers without one.
    """
    faults: list[Fault] = []

    def read(place: str, text: str | None, what: Callable[[str], str]) -> str | None:
        try:
            return what(text.strip()) if text and text.strip() else text and ""
        except ValueError as problem:
            faults.append(Fault(place, str(problem)))
            return None

    for place, text in (("name", change.name), ("ref", change.ref)):
        if text is not None and not text.strip():
            faults.append(Fault(place, "is empty"))
    country = read("country", change.country, country_code)
    address = customer.country if country is None else country
    own_zone = read("zone", change.zone, lambda text: zone(text).key)
    numbers = _numbers(change.numbers, customer, region, faults)
    if not (customer.own_zone if own_zone is None else own_zone):
        faults += [
            Fault("zone", f"nobody knows the time zone of {number}: give one")
            for number, _ in numbers or [(number, None) for number in customer.numbers]
            if not zones_of(number)
        ]
    correction = Correction(
        by=by,
        at=at,
        ref=read("ref", change.ref, checked_ref),
        name=None if change.name is None else change.name.strip(),
        title=None if change.title is None else change.title.strip(),
        language=read("language", change.language, language_code),
        country=country,
        region=read("region", change.region, lambda text: state_code(text, address)),
        own_zone=own_zone,
        numbers=numbers,
        may_share=change.may_share,
        seen=change.seen,
    )
    if faults:
        raise InvalidInput(faults)
    return correction


def _numbers(
    given: Sequence[tuple[str, NumberKind | None]] | None,
    customer: Customer,
    region: str | None,
    faults: list[Fault],
) -> tuple[tuple[str, NumberKind], ...] | None:
    """Return all numbers from now on in E.164; places in faults are counted from 1, as a reader does."""
    if given is None:
        return None
    if not 1 <= len(given) <= MAX_NUMBERS:
        faults.append(Fault("numbers", f"give from 1 to {MAX_NUMBERS} numbers: who has none is erased"))
    kinds: dict[str, NumberKind] = {}
    for place, (text, kind) in enumerate(given, 1):
        try:
            number = read_number(text.strip(), region)[0]
        except ValueError as problem:
            faults.append(Fault(f"number {place}", f"{text[:40]!r}: {problem}"))
            continue
        if number in kinds:
            faults.append(Fault(f"number {place}", f"{number} is there twice"))
        kinds[number] = kind or customer.kinds.get(number, NumberKind.OTHER)
    return tuple(kinds.items())
