"""Customers over HTTP: the file, consents, notes, credits, erasing. Decides nothing."""

import json

from aiohttp import web

from campaigns.correcting import version_of
from campaigns.desk.corrections import CustomerChange
from campaigns.desk.newcomers import CustomerDraft
from campaigns.desk.people import FullFile
from campaigns.errors import Fault
from console.endpoint import Ask, Reply
from console.errors import invalid
from console.schemas.kinds import Empty
from console.schemas.people import (
    ClassIn,
    ConsentIn,
    CreditIn,
    CustomerChangeIn,
    CustomerIn,
    CustomersOut,
    ErasedOut,
    EraseIn,
    FileOut,
    FindQuery,
    NewCustomerIn,
    NoteIn,
    PromiseIn,
)


async def find_customers(ask: Ask, _: Empty) -> CustomersOut:
    """Return the customers with a reference, a number or a piece of a name."""
    query = ask.query_as(FindQuery)
    return CustomersOut.model_validate(await ask.desk.people.find(query.ref, query.number, query.name))


async def add_customer(ask: Ask, given: CustomerIn) -> FileOut:
    """Enter a customer by hand."""
    draft = draft_of(given, given.number, given.owner)
    made = await ask.desk.newcomers.add(draft, ask.who.name, given.allow_shared)
    return _file(await ask.desk.people.file(made.id))


def draft_of(given: NewCustomerIn, number: str, owner: str = "") -> CustomerDraft:
    """Return what was told of a new customer."""
    return CustomerDraft(
        name=given.name,
        number=number,
        ref=given.ref,
        title=given.title,
        language=given.language,
        customer_class=given.customer_class,
        zone=given.zone,
        country=given.country,
        region=given.region,
        owner=owner,
        note=given.note,
    )


async def get_customer(ask: Ask, _: Empty) -> FileOut:
    """Return a customer's file."""
    return _file(await ask.desk.people.file(ask.number("customer_id")))


async def correct_customer(ask: Ask, given: CustomerChangeIn) -> FileOut:
    """Correct a customer's file by hand."""
    numbers = None if given.numbers is None else [(one.number, one.kind) for one in given.numbers]
    change = CustomerChange(
        ref=given.ref,
        name=given.name,
        title=given.title,
        language=given.language,
        country=given.country,
        region=given.region,
        zone=given.zone,
        numbers=numbers,
        may_share=given.allow_shared,
        seen=given.version,
    )
    return _file(await ask.desk.people.correct(ask.number("customer_id"), change, ask.who.name))


async def record_consent(ask: Ask, given: ConsentIn) -> FileOut:
    """Write down what a customer said about calls to one of his numbers."""
    return _file(
        await ask.desk.people.record_consent(
            ask.number("customer_id"),
            given.number,
            given.purpose,
            given.given,
            given.at,
            given.evidence,
            ask.who.name,
        )
    )


async def set_customer_class(ask: Ask, given: ClassIn) -> FileOut:
    """Rank a customer anew."""
    return _file(await ask.desk.people.set_class(ask.number("customer_id"), given.customer_class))


async def add_customer_note(ask: Ask, given: NoteIn) -> FileOut:
    """Append a note or a promise."""
    return _file(
        await ask.desk.people.note(
            ask.number("customer_id"), given.kind, given.text, given.due_at, ask.who.name
        )
    )


async def keep_promise(ask: Ask, given: PromiseIn) -> FileOut:
    """Say that a promise was kept."""
    return _file(await ask.desk.people.keep_promise(ask.number("customer_id"), given.note_id))


async def add_credit(ask: Ask, given: CreditIn) -> FileOut:
    """Credit an agent."""
    return _file(
        await ask.desk.people.credit(ask.number("customer_id"), given.kind, given.agent_id, given.subject)
    )


async def export_customer(ask: Ask, _: None) -> web.StreamResponse:
    """Return everything kept about a person, as he may ask for it."""
    told = await ask.desk.people.export(ask.number("customer_id"))
    headers = {"Content-Disposition": f'attachment; filename="customer-{ask.number("customer_id")}.json"'}
    return web.Response(
        text=json.dumps(told, ensure_ascii=False), content_type="application/json", headers=headers
    )


async def erase_customer(ask: Ask, given: EraseIn) -> Reply[ErasedOut]:
    """Destroy what identifies a person; his reference has to be repeated, since there is no way back.

    202 in the middle of a call: he is erased as soon as it is over.
    """
    customer_id = ask.number("customer_id")
    found = await ask.desk.people.file(customer_id, 1)
    if found.file.erased:
        raise invalid([Fault("ref", f"customer {customer_id} is erased already")])
    if found.file.customer.ref != given.ref:
        raise invalid([Fault("ref", f"customer {customer_id} has another reference")])
    done = await ask.desk.people.erase(customer_id, ask.who.name)
    if done.asked_at is not None:
        return Reply(ErasedOut(customer_id=customer_id, asked_at=done.asked_at), 202)
    if (order := done.order) is None:
        return Reply(ErasedOut(customer_id=customer_id))
    return Reply(ErasedOut(customer_id=customer_id, kept_until=order.until, kept_by=str(order)))


def _file(full: FullFile) -> FileOut:
    found = full.file
    return FileOut.model_validate(
        {
            "customer": found.customer,
            "version": version_of(found.customer),
            "consents": found.consents,
            "notes": found.notes,
            "credits": found.credits,
            "suppressed": found.suppressed,
            "history": full.history,
            "hotline": full.hotline,
            "made_by": found.made_by,
            "made_at": found.made_at,
            "erasing_asked_at": found.erasing_asked_at,
            "looked_after_by": full.looked_after_by,
        }
    )
