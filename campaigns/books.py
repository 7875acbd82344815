"""What the desks need beyond the campaign book: lists, mappings, do-not-call lists, customer files.

Implemented by ``store`` (SQL) and ``campaigns/memory*.py`` (in memory); one contract suite runs over both.
Methods named ``some_…`` do a bounded part of long work in one short transaction, so that calls under way do
not wait for it; the desk asks again until nothing is left.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from campaigns.correcting import Correction
from campaigns.finding import Found, Sought
from campaigns.ledger import SYSTEM
from campaigns.lists import ColumnMapping, LeadList
from campaigns.model import (
    Consent,
    Customer,
    CustomerClass,
    Disposition,
    Lead,
    LeadStatus,
)
from campaigns.people import Absence, ContactNote, Credit, CustomerFile, Entry, EraseWish, HotlineCall
from campaigns.rules.evidence import Evidence
from campaigns.rules.retention import CallRecord
from campaigns.suppression import BarringEntry, SuppressedNumber, SuppressionList
from campaigns.verdicts import VerdictChange

NEVER_AGAIN: Final = "do_not_call"
"""The agent's outcome that no recycling undoes."""


LIST_DELETED: Final = "its list was deleted"
"""Why a lead that was tried is closed."""


@dataclass(frozen=True, slots=True)
class ListedLead:
    """One lead of a list with its customer, as it is exported. ``last_at`` is when it was last tried.

    Of that call are ``last_disposition``, ``agent_id``, ``vote``, ``outcome`` and ``note``.
    """

    lead_id: int
    customer: Customer
    number: str
    status: LeadStatus
    attempts: int
    last_disposition: Disposition | None
    last_at: datetime | None
    due_at: datetime
    outcome: str
    reason: str
    fields: Mapping[str, str]
    appointment_at: datetime | None = None
    agent_id: str = ""
    vote: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class LeadCase:
    """One lead with all that a verdict needs, and how its verdict changed so far, oldest first."""

    lead: Lead
    customer: Customer
    evidence: Evidence
    changes: tuple[VerdictChange, ...] = ()


class ListBook(Protocol):
    """The lists of campaigns at rest."""

    async def lists(self, campaign_id: int) -> Sequence[LeadList]:
        """Return a campaign's lists with their leads counted, oldest first; deleted ones too."""

    async def lead_list(self, list_id: int) -> LeadList:
        """Return one list with its leads counted; raises ``NotFound``."""

    async def switch_list(self, list_id: int, active: bool, by: str = SYSTEM) -> None:
        """Switch a list on or off. Off is effective at once: no lead of it is claimed any more."""

    async def some_held(self, list_id: int, limit: int) -> int:
        """Hold up to so many waiting leads of a list; returns how many."""

    async def some_released(self, list_id: int, limit: int) -> int:
        """Let up to so many held leads of a list wait again; returns how many."""

    async def some_recycled(
        self,
        list_id: int,
        after: int,
        limit: int,
        dispositions: Iterable[Disposition],
        outcomes: Iterable[str],
        moment: datetime,
        reason: str,
        by: str = SYSTEM,
    ) -> tuple[int, int | None]:
        """Look at up to so many closed leads with ids above ``after``; those whose last attempt ended in one
        of the dispositions, or was recorded with one of the outcomes, wait again from ``moment`` on, as if
        never tried. Leads of people who were erased are passed over.

        Returns how many do, and the last id looked at; None when there is nothing left to look at.
        """

    async def some_moved(self, from_id: int, into_id: int, limit: int) -> int:
        """Give up to so many leads of one list to another; returns how many."""

    async def remove_list(self, list_id: int, into_id: int, by: str = SYSTEM) -> None:
        """Forget a list whose leads all went into another one; one that has leads keeps."""

    async def mark_deleted(self, list_id: int, at: datetime, purge_after: datetime, by: str = SYSTEM) -> None:
        """Switch a list off for good and give its name free."""

    async def some_deleted(self, list_id: int, limit: int) -> int:
        """Delete up to so many leads of a list that were never tried, with customers who have no other lead;
        close up to so many that were.

        Returns how many were deleted or closed.
        """

    async def page_of(self, list_id: int, after: int, limit: int) -> Sequence[ListedLead]:
        """Return leads of a list with ids above ``after``, by id."""

    async def some_columns(self, list_id: int, after: int, limit: int) -> tuple[Collection[str], int | None]:
        """Look at up to so many leads with ids above ``after``, by id; return the names of their fields and
        of the free columns of their customers, in the order in which they come.

        Also returns the last id looked at; None when there is nothing left to look at.
        """


@dataclass(frozen=True, slots=True)
class OldLead:
    """A lead that may go as far as its list or its age says, with what the rules of retention look at."""

    lead_id: int
    record: CallRecord


class RetentionBook(Protocol):
    """Records whose time may be over, at rest.

    Never among the leads it returns: one with a call under way, and one of a customer who was erased while
    something about him is still kept.
    """

    async def lists_over(self, moment: datetime) -> Sequence[int]:
        """Return the ids of deleted lists whose records may go by the word of whoever deleted them."""

    async def leads_of(
        self, list_id: int, status: LeadStatus, moment: datetime, after: int, limit: int
    ) -> Sequence[OldLead]:
        """Return leads of a list in one status with ids above ``after``, by id."""

    async def unused(
        self, called_until: datetime, moment: datetime, after: int, limit: int
    ) -> tuple[Sequence[OldLead], int | None]:
        """Look at up to so many leads with ids above ``after``, by id; return those whose newest call began
        at ``called_until`` or before and that nobody works on: closed or refused for good, or of a campaign
        that does not run.

        Also returns the last id looked at; None when there is nothing left to look at.
        """

    async def destroy(self, lead_ids: Sequence[int]) -> int:
        """Destroy leads with their calls, votes and notes; a customer who has no lead left goes with them.

        A lead that is being called by now stays. Returns how many leads went.
        """

    async def leave_bare(self, lead_ids: Sequence[int]) -> int:
        """Destroy what no limit on calls asks about: fields of leads, notes of their calls, and, of customers
        who have no lead in a list that is there, name, title, free columns, owner, notes and credits.

        Returns how many records it changed or destroyed; what is bare already is not written again.
        """

    async def put_off(self, list_id: int, until: datetime, pack: str, version: str) -> None:
        """Look at the records of a deleted list again at ``until``, for the sake of a rule pack.

        A list that has calls under way is looked at as before.
        """

    async def drop_list(self, list_id: int) -> None:
        """Forget a deleted list that has no lead left; one that has keeps."""

    async def records_of(self, customer_id: int) -> Sequence[CallRecord]:
        """Return what is kept of calls to a customer: the newest for each campaign and number."""

    async def finish_erasing(self, moment: datetime, limit: int) -> int:
        """Destroy what was still kept about up to so many erased people, whose time is over; returns how
        many."""

    async def leave_no_trace(self) -> None:
        """Leave nothing of what was destroyed in any file."""


class MappingBook(Protocol):
    """Saved column mappings at rest."""

    async def save_mapping(self, mapping: ColumnMapping) -> None:
        """Store a mapping, in place of one with the same name."""

    async def mapping(self, name: str) -> ColumnMapping:
        """Return a mapping; raises ``NotFound``."""

    async def mappings(self) -> Sequence[ColumnMapping]:
        """Return all mappings, by name."""

    async def delete_mapping(self, name: str) -> None:
        """Forget a mapping; raises ``NotFound``."""


class SuppressionBook(Protocol):
    """Do-not-call lists at rest. Whoever comes on a list or off it has his refused leads judged anew."""

    async def suppression_lists(self) -> Sequence[SuppressionList]:
        """Return every list with its size, oldest first."""

    async def add_suppression_list(self, new: SuppressionList) -> SuppressionList:
        """Store a new list (its ``id`` is ignored); raises ``InvalidInput`` when the name is taken."""

    async def suppress_numbers(self, entries: Sequence[SuppressedNumber]) -> int:
        """Put numbers on lists, effective at once; the first word is kept. Returns how many are new.

        Raises ``NotFound`` for a list that does not exist.
        """

    async def unsuppress(self, list_id: int, number: str, by: str, at: datetime) -> bool:
        """Take a number off a list; false when it was not on it."""

    async def unread_opt_outs(self) -> Sequence[SuppressedNumber]:
        """Return the entries of the opt-out list that bar nobody, oldest first: not E.164, but a caller ID as
        it came.
        """

    async def read_opt_outs(self) -> Sequence[SuppressedNumber]:
        """Return the entries of the opt-out list whose reason tells from what caller ID they were read after
        the call (``SHOWN_AS``), oldest first.
        """

    async def read_with(self) -> str:
        """Return with what caller IDs on the opt-out list were read last, as it was noted; empty before."""

    async def note_read_with(self, what: str) -> None:
        """Note with what all caller IDs on the opt-out list have been read."""

    async def barring_entries(self, number: str) -> Sequence[BarringEntry]:
        """Return every list entry that bars calls to a number: about itself, and about people who have it.

        In the order of their lists, the number itself first; the sizes of the lists are not counted.
        """


class PersonBook(Protocol):
    """Customer files at rest."""

    async def customer_file(self, customer_id: int) -> CustomerFile:
        """Return everything known about a customer but the history of calls; raises ``NotFound``."""

    async def add_customer(self, new: Customer, entry: Entry) -> Customer:
        """Enter somebody by hand, under an id of his own (``new.id`` is ignored), with all of ``entry``.

        The call he came by is his from then on. Raises ``InvalidInput`` for a reference that is taken,
        ``KnownCustomer`` for a number that somebody has, unless he may share it, ``NotFound`` without such
        a call, and ``NotAllowedNow`` for a call that is somebody's.
        """

    async def correct(self, customer_id: int, correction: Correction) -> Customer:
        """Correct somebody's file, with a note of what it said before; his leads are judged anew.

        Leads that call a number he has no more go as ``campaigns.correcting.moves`` says; who was barred as a
        person stays so. Nothing is written where nothing is different. Raises ``NotFound``, ``InvalidInput``
        for a reference that is taken or stays, ``KnownCustomer`` for a new number that somebody has, unless
        he may share it, and ``NotAllowedNow`` for who was erased, or a number that is being called.
        """

    async def know_caller(self, call_id: str, customer_id: int, by: str) -> None:
        """Say whose call to the hotline it was, whatever number it came from.

        Raises ``NotFound`` without such a call or customer, and ``NotAllowedNow`` for a call that is
        somebody's, or a customer who was erased.
        """

    async def hotline_calls(self, customer_id: int) -> Sequence[HotlineCall]:
        """Return a customer's calls to the hotline, newest first: those an agent said were his, and those
        from his numbers of which none said whose they were.
        """

    async def find_customers(self, ref: str, number: str, limit: int) -> Sequence[Customer]:
        """Return the customers with this reference or this number; empty texts match nobody."""

    async def search(self, sought: Sought, limit: int) -> Found:
        """Return the first customers who are sought, by id; of a reference as it is written they alone.

        May take a walk over all customers, apart from what calls wait for.
        """

    async def record_consent(
        self, customer_id: int, number: str, consent: Consent, by: str, at: datetime
    ) -> None:
        """Append a word about calls to a number; raises ``NotFound`` for a number that is not his."""

    async def set_class(self, customer_id: int, customer_class: CustomerClass) -> None:
        """Rank a customer anew, with all his leads; raises ``NotFound``."""

    async def add_note(self, customer_id: int, note: ContactNote) -> ContactNote:
        """Append a note or a promise (its ``id`` is ignored); raises ``NotFound``."""

    async def keep_promise(self, note_id: int, at: datetime) -> None:
        """Say that a promise was kept; raises ``NotFound``."""

    async def add_credit(self, customer_id: int, credit: Credit) -> None:
        """Credit an agent; raises ``NotFound``."""

    async def erase(
        self, customer_id: int, at: datetime, by: str = SYSTEM, keep_until: datetime | None = None
    ) -> None:
        """Destroy what identifies a customer, everywhere, in one transaction; raises ``NotFound``, and
        ``NotAllowedNow`` while he is called: the record of the call would bring his number back.

        Counts and moments of calls stay, without a name or number; so does a wish not to be called. With
        ``keep_until`` the numbers that were called, consents and the key of the ledger stay until then.
        """

    async def ask_erasing(self, customer_id: int, at: datetime, by: str) -> datetime:
        """Remember that a customer is to be erased, and close what waits of him; raises ``NotFound``.

        Returns when that was asked first.
        """

    async def erase_wishes(self) -> Sequence[EraseWish]:
        """Return the wishes about customers whom nobody calls any more."""


class OwnerBook(Protocol):
    """Which agent looks after which customer, at rest."""

    async def abilities(self) -> Mapping[str, float]:
        """Return how much each agent takes, of those of whom it was said."""

    async def set_ability(self, agent_id: str, ability: float) -> None:
        """Store how much an agent takes; 0 takes him out."""

    async def owner_loads(self) -> Mapping[str, int]:
        """Return how many customers each owner has."""

    async def unowned(self, after: int, limit: int) -> Sequence[int]:
        """Return the ids above ``after`` of customers without an owner, in order."""

    async def owned_by(self, agent_id: str, after: int, limit: int) -> Sequence[int]:
        """Return the ids above ``after`` of an owner's customers, in order."""

    async def assign(self, owners: Mapping[int, str]) -> None:
        """Give customers, by id, to owners."""

    async def absences(self, moment: datetime) -> Sequence[Absence]:
        """Return the absences that are not over at a moment."""

    async def add_absence(self, absence: Absence) -> None:
        """Store an absence."""

    async def end_absence(self, agent_id: str, from_at: datetime, moment: datetime) -> bool:
        """End an agent's absences from ``from_at`` at a moment, and drop what had not begun.

        False when there is none that is not over.
        """


class WhyBook(Protocol):
    """What a verdict about one person relies on, read without claiming anything."""

    async def cases(self, campaign_id: int, who: str, moment: datetime) -> Sequence[LeadCase]:
        """Return the leads of a customer in a campaign, by reference or number, as at a moment, by id."""

    async def due_cases(self, campaign_id: int, moment: datetime, one_in: int) -> Sequence[LeadCase]:
        """Return about one in so many of the leads that wait and are due at a moment, without their history.

        1 returns all of them. Which ones does not follow from what is in them, and asking again returns the
        same.
        """
