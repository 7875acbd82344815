"""One customer: the file, what he said, what was promised, who is credited, erasing and handing out his data.

Knows the order of work. Must not know HTTP or a database.
"""

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final

import structlog

from campaigns.books import PersonBook
from campaigns.desk.corrections import CustomerChange, checked
from campaigns.desk.owners import OwnerDesk
from campaigns.desk.retention import RetentionDesk
from campaigns.desk.traces import Traces
from campaigns.errors import Fault, InvalidInput, NotAllowedNow
from campaigns.finding import SHOWN, Found, Sought
from campaigns.ledger import SYSTEM
from campaigns.lines import AttemptLine
from campaigns.model import Consent, CreditKind, CustomerClass, Purpose
from campaigns.people import ContactNote, Credit, CustomerFile, HotlineCall, NoteKind
from campaigns.ports import CampaignBook
from campaigns.rules.phone import normalise
from campaigns.rules.retention import Keeping

log = structlog.get_logger()

MAX_TEXT: Final = 4_000
HISTORY: Final = 10_000
"""Most attempts that are handed out with a person's data."""


@dataclass(frozen=True, slots=True)
class FullFile:
    """A customer's file with the history of calls, newest first, and who looks after him now.

    ``hotline`` are his calls to us, newest first.
    """

    file: CustomerFile
    history: Sequence[AttemptLine]
    looked_after_by: str
    hotline: Sequence[HotlineCall] = ()


async def _nothing_beside(_: Traces) -> None:
    """Where no list is kept beside the book."""


@dataclass(frozen=True, slots=True)
class Erasing:
    """What became of the wish to erase a person: ``order`` keeps something of him, None where none does.

    ``asked_at``: not yet, a call to him is under way; he is erased as soon as it is over.
    """

    order: Keeping | None = None
    asked_at: datetime | None = None


class PeopleDesk:
    """Use cases of customer files. ``now`` returns the moment, aware, in UTC.

    ``changed`` is told when a customer may be called who could not be, or the other way round. ``erasing`` is
    what destroys whatever lists had brought of a person beside the book.
    """

    def __init__(
        self,
        book: PersonBook,
        campaigns: CampaignBook,
        owners: OwnerDesk,
        retention: RetentionDesk,
        now: Callable[[], datetime],
        region: str | None = None,
        changed: Callable[[], None] = lambda: None,
        erasing: Callable[[Traces], Awaitable[None]] = _nothing_beside,
    ) -> None:
        self._book = book
        self._campaigns = campaigns
        self._owners = owners
        self._retention = retention
        self._now = now
        self._region = region
        self._changed = changed
        self._erasing = erasing

    async def find(self, ref: str, number: str, name: str = "") -> Found:
        """Return who has this reference in any letters, this number, or this in his name; the first ones.

        Empty texts match nobody.
        """
        if number:
            try:
                number = normalise(number, self._region)
            except ValueError as problem:
                raise InvalidInput([Fault("number", str(problem))]) from problem
        return await self._book.search(Sought(ref, number, " ".join(name.split())), SHOWN)

    async def file(self, customer_id: int, history: int = 50) -> FullFile:
        """Return a customer's file with the newest contacts; raises ``NotFound``."""
        found = await self._book.customer_file(customer_id)
        return FullFile(
            found,
            await self._campaigns.history(customer_id, history),
            await self._owners.looks_after(found.customer.owner),
            (await self._book.hotline_calls(customer_id))[:history],
        )

    async def record_consent(
        self,
        customer_id: int,
        number: str,
        purpose: Purpose,
        given: bool,
        at: datetime | None,
        evidence: str,
        by: str,
    ) -> FullFile:
        """Write down what a customer said about calls to one of his numbers; a consent needs proof."""
        if given and not evidence.strip():
            raise InvalidInput([Fault("evidence", "a consent needs what proves it")])
        now = self._now()
        if at is not None and at > now:
            raise InvalidInput([Fault("at", "is in the future")])
        said = Consent(purpose, given, at or now, evidence)
        await self._book.record_consent(customer_id, number, said, by, now)
        self._changed()
        return await self.file(customer_id)

    async def set_class(self, customer_id: int, customer_class: CustomerClass) -> FullFile:
        """Rank a customer anew; a potential one becomes a customer so. Raises ``NotFound``."""
        await self._book.set_class(customer_id, customer_class)
        return await self.file(customer_id)

    async def correct(self, customer_id: int, change: CustomerChange, by: str) -> FullFile:
        """Correct what a customer's file says of him, and his numbers; see ``PersonBook.correct``.

        A number he has no more is called no more. Raises ``NotFound``, ``InvalidInput`` with every fault,
        ``KnownCustomer`` and ``NotAllowedNow``.
        """
        known = (await self._book.customer_file(customer_id)).customer
        correction = checked(change, known, self._region, by, self._now())
        await self._book.correct(customer_id, correction)
        self._changed()
        return await self.file(customer_id)

    async def note(
        self, customer_id: int, kind: NoteKind, text: str, due_at: datetime | None, by: str
    ) -> FullFile:
        """Append a note, or what was promised and until when; a promise needs that moment."""
        faults = []
        if not text.strip() or len(text) > MAX_TEXT:
            faults.append(Fault("text", f"is empty or longer than {MAX_TEXT} characters"))
        if kind is NoteKind.PROMISE and due_at is None:
            faults.append(Fault("due_at", "a promise needs the moment until which it is to be kept"))
        if faults:
            raise InvalidInput(faults)
        await self._book.add_note(customer_id, ContactNote(0, kind, text, by, self._now(), due_at))
        return await self.file(customer_id)

    async def keep_promise(self, customer_id: int, note_id: int) -> FullFile:
        """Say that a promise was kept; raises ``NotFound``."""
        kept = (await self._book.customer_file(customer_id)).notes
        if all(note.id != note_id or note.kind is not NoteKind.PROMISE for note in kept):
            raise InvalidInput([Fault("note_id", f"{note_id} is no promise to this customer")])
        await self._book.keep_promise(note_id, self._now())
        return await self.file(customer_id)

    async def credit(self, customer_id: int, kind: CreditKind, agent_id: str, subject: str) -> FullFile:
        """Credit an agent for a purchase; whoever brought the customer is credited again at each closing.

        Raises ``NotFound``, and ``InvalidInput`` for an agent there is not.
        """
        found = await self._book.customer_file(customer_id)
        if faults := self._owners.agent_faults("agent_id", agent_id):
            raise InvalidInput(faults)
        now = self._now()
        await self._book.add_credit(customer_id, Credit(kind, agent_id, subject, now))
        brought = next((one for one in found.credits if one.kind is CreditKind.BROUGHT), None)
        if kind is CreditKind.CLOSED and brought is not None:
            await self._book.add_credit(
                customer_id, Credit(CreditKind.BROUGHT, brought.agent_id, subject, now)
            )
        return await self.file(customer_id)

    async def export(self, customer_id: int) -> dict[str, Any]:
        """Return everything kept about a person as plain data, as he may ask for it; raises ``NotFound``."""
        full = await self.file(customer_id, HISTORY)
        told: dict[str, Any] = _plain(asdict(full.file))
        told["history"] = [_plain(asdict(line)) for line in full.history]
        told["hotline"] = [_plain(asdict(call)) for call in full.hotline]
        told["exported_at"] = self._now().astimezone(UTC).isoformat()
        return told

    async def erase(self, customer_id: int, by: str = SYSTEM) -> Erasing:
        """Destroy what identifies a person, at once and for good; raises ``NotFound``.

        What a rule pack orders to keep (numbers that were called, consents) stays until its time is over. A
        call under way goes on, and its record would bring the number back: then he is called no more, and
        erased by ``erase_who_asked`` as soon as it is over.
        """
        history = await self._campaigns.history(customer_id, 1)
        if not (history and history[0].disposition is None):
            with contextlib.suppress(NotAllowedNow):  # a call to him has begun meanwhile
                return Erasing(await self._erase(customer_id, by))
        asked_at = await self._book.ask_erasing(customer_id, self._now(), by)
        self._changed()
        return Erasing(asked_at=asked_at)

    async def erase_who_asked(self) -> int:
        """Erase those for whom it was asked in the middle of a call that is over now; returns how many.

        Whoever cannot be erased is tried again at the next look.
        """
        erased = 0
        for wish in await self._book.erase_wishes():
            try:
                await self._erase(wish.customer_id, wish.by)
                erased += 1
            except NotAllowedNow:
                continue  # at the next look
            except Exception:  # whoever comes after him is erased all the same
                log.exception("a person is not erased after his call", customer=wish.customer_id)
        return erased

    async def _erase(self, customer_id: int, by: str) -> Keeping | None:
        order = await self._retention.kept_of(customer_id)
        # First, while the book still knows by what he is found: if this fails he can be erased once more.
        found = await self._book.customer_file(customer_id)
        await self._erasing(_traces(found, await self._campaigns.history(customer_id, HISTORY)))
        await self._book.erase(customer_id, self._now(), by, order.until if order else None)
        self._changed()  # an agent may be looking at him
        return order


def _traces(found: CustomerFile, history: Sequence[AttemptLine]) -> Traces:
    """Return what a person is found by in what was uploaded: every name and number that is his or was."""
    leads = (lead.number for lead in found.leads)
    called = (line.number for line in history)
    said = (one.number for one in found.consents)
    who = found.customer
    words = (who.ref, who.name, *found.former_names)
    return Traces.of(words, (*who.numbers, *found.removed_numbers, *leads, *called, *said))


def _plain(value: Any) -> Any:
    """Return data as JSON has it."""
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value
