"""Customers who come without a list: entered by a manager, or by an agent who has them on the hotline.

Knows what a customer needs before he can be called, and who is credited. Must not know HTTP, calls or a
database. Nothing is made up: no consent is, and do-not-call lists bind his number as before.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from campaigns.books import PersonBook
from campaigns.desk.owners import OwnerDesk
from campaigns.desk.phonecell import read_number
from campaigns.errors import Fault, InvalidInput, NotFound
from campaigns.finding import Sought
from campaigns.model import CreditKind, Customer, CustomerClass, zone
from campaigns.people import (
    MADE_UP_SIGNS,
    MAX_REF,
    REF_SIGNS,
    ContactNote,
    Credit,
    Entry,
    NoteKind,
    made_up_ref,
    stands_for_erased,
)
from campaigns.rules.address import country_code, state_code
from campaigns.rules.language import language_code
from campaigns.rules.phone import zones_of

BROUGHT_BY: Final = "enquiry on the hotline"
"""What an agent is credited for who makes a customer of an unknown caller."""


@dataclass(frozen=True, slots=True)
class CustomerDraft:
    """What somebody tells of a new customer. ``number`` may be written anyhow; an empty ``ref`` is made up.

    An empty ``zone`` leaves him in every zone that his number may lie in. ``country`` and ``region`` are of
    the address, ``note`` the first words about him.
    """

    name: str
    number: str
    ref: str = ""
    title: str = ""
    language: str = ""
    customer_class: CustomerClass = CustomerClass.POTENTIAL
    zone: str = ""
    country: str = ""
    region: str = ""
    owner: str = ""
    note: str = ""


class NewcomerDesk:
    """Use cases of new customers. ``now`` returns the moment; ``pick`` one sign of a text, by chance.

    ``region`` is the country of numbers without one.
    """

    def __init__(
        self,
        book: PersonBook,
        owners: OwnerDesk,
        now: Callable[[], datetime],
        pick: Callable[[str], str],
        region: str | None = None,
    ) -> None:
        self._book = book
        self._owners = owners
        self._now = now
        self._pick = pick
        self._region = region

    async def add(self, draft: CustomerDraft, by: str, may_share: bool = False) -> Customer:
        """Enter a customer, as a manager does; raises ``InvalidInput`` and ``KnownCustomer``.

        The latter not where he says that the new one may share his number with those who have it.
        """
        faults = self._owners.agent_faults("owner", draft.owner) if draft.owner else []
        new = await self._referred(checked(draft, self._region, faults))
        return await self._book.add_customer(new, replace(self._entry(draft, by), may_share=may_share))

    async def add_caller(self, draft: CustomerDraft, agent_id: str, call_id: str, by: str) -> Customer:
        """Make a customer of an unknown caller; the agent is credited, and owns him if he takes customers.

        The call, with its vote and what is recorded of it, is the new customer's. Raises ``InvalidInput``,
        ``KnownCustomer``, and ``NotAllowedNow`` for a call that is somebody's already.
        """
        owner = agent_id if await self._owners.takes(agent_id) else ""
        new = await self._referred(checked(replace(draft, owner=owner), self._region, []))
        entry = self._entry(draft, by)
        credit = Credit(CreditKind.BROUGHT, agent_id, BROUGHT_BY, entry.at, call_id)
        return await self._book.add_customer(new, replace(entry, call_id=call_id, credit=credit))

    async def know_caller(self, call_id: str, ref: str, by: str) -> Customer:
        """Say which customer a caller is, by his reference, in capital letters or small ones.

        Raises ``NotFound``, ``NotAllowedNow``, and ``InvalidInput`` where only such letters tell two apart.
        """
        found = (await self._book.search(Sought(ref), 2)).customers
        if not found:
            raise NotFound(f"no customer with the reference {ref[:MAX_REF]!r}")
        if len(found) > 1:
            words = " and ".join(one.ref for one in found)
            raise InvalidInput([Fault("ref", f"{words} differ by capital letters: write it as it is")])
        await self._book.know_caller(call_id, found[0].id, by)
        return found[0]

    def _entry(self, draft: CustomerDraft, by: str) -> Entry:
        now = self._now()
        note = ContactNote(0, NoteKind.NOTE, draft.note, by, now) if draft.note.strip() else None
        return Entry(by, now, note=note)

    async def _referred(self, new: Customer) -> Customer:
        """Give somebody without a reference one that nobody has."""
        ref = new.ref
        while not ref:
            made = made_up_ref("".join(self._pick(REF_SIGNS) for _ in range(MADE_UP_SIGNS)))
            ref = "" if await self._book.find_customers(made, "", 1) else made
        return replace(new, ref=ref)


def checked(draft: CustomerDraft, region: str | None, faults: Sequence[Fault]) -> Customer:
    """Return the customer that a draft describes, without an id; raises ``InvalidInput`` with every fault.

    ``region`` is the country of numbers without one, ``faults`` what is known to be wrong already.
    """
    found = list(faults)

    def read(place: str, text: str, what: Callable[[str], str]) -> str:
        try:
            return what(text) if text else ""
        except ValueError as problem:
            found.append(Fault(place, str(problem)))
            return ""

    number = read("number", draft.number.strip(), lambda text: read_number(text, region)[0])
    if not draft.number.strip():
        found.append(Fault("number", "no number"))
    own_zone = read("zone", draft.zone, lambda text: zone(text).key)
    if number and not zones_of(number) and not draft.zone:
        found.append(Fault("zone", f"nobody knows the time zone of {number}: give one"))
    country = read("country", draft.country, country_code)
    made = Customer(
        id=0,
        ref=read("ref", draft.ref.strip(), checked_ref),
        name=draft.name.strip(),
        title=draft.title.strip(),
        language=read("language", draft.language, language_code),
        customer_class=draft.customer_class,
        zones=(own_zone,) if own_zone else zones_of(number),
        numbers=(number,),
        own_zone=own_zone,
        country=country,
        region=read("region", draft.region, lambda text: state_code(text, country)),
        owner=draft.owner,
    )
    if found:
        raise InvalidInput(found)
    return made


def checked_ref(ref: str) -> str:
    """Return a reference that somebody may have; raises ``ValueError``."""
    if len(ref) > MAX_REF:
        raise ValueError(f"longer than {MAX_REF} characters")
    if stands_for_erased(ref):
        raise ValueError(f"{ref!r} stands for somebody who was erased: give another reference")
    return ref
