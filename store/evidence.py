"""What is known about a person and a number at the moment of a claim: lists, consents, past contacts.

Knows the statements that gather it, each one or two seeks in an index. Must not know what a rule makes of it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from campaigns.model import Consent, Disposition, PastContact, Purpose
from campaigns.rules.consents import newest
from campaigns.rules.evidence import HISTORY_DAYS, Evidence
from dialer.call_facts import reached_network
from store.columns import UtcMoment
from store.many import is_one_of, values_of
from store.prepared import Prepared
from store.rows import AnyRow, consent_of, disposition_of, facts_of
from store.suppressing import holding, holding_many, looked_at
from store.tables import attempts, campaigns, consents, wrap_ups

_CONSENTS = Prepared(
    select(consents.c.purpose, consents.c.given, consents.c.said_at, consents.c.evidence)
    .where(consents.c.customer_id == bindparam("customer_id"), consents.c.number == bindparam("number"))
    .order_by(consents.c.id)
)
_CONSENTS_OF_MANY = (
    select(consents).where(is_one_of(consents.c.customer_id, "customer_ids")).order_by(consents.c.id)
)


def _since(*of_whom: Any) -> Select[Any]:
    return select(attempts.c.seq).where(
        *of_whom, attempts.c.committed_at > bindparam("since", type_=UtcMoment())
    )


def _past(of_person: Any, of_number: Any) -> Select[Any]:
    """Past attempts on persons and on numbers.

    A person has several numbers, and a number may be several people's: both count, each by its own index.
    """
    return (
        select(attempts, campaigns.c.purpose, campaigns.c.company, wrap_ups.c.outcome)
        .join(campaigns, campaigns.c.id == attempts.c.campaign_id)
        .outerjoin(wrap_ups, wrap_ups.c.call_id == attempts.c.id)
        .where(attempts.c.seq.in_(_since(of_person).union(_since(of_number))))
    )


_PAST = Prepared(
    _past(attempts.c.customer_id == bindparam("customer_id"), attempts.c.number == bindparam("number"))
)
_PAST_OF_MANY = _past(
    is_one_of(attempts.c.customer_id, "customer_ids"), is_one_of(attempts.c.number, "numbers")
)


def evidence_of(connection: Connection, lead: AnyRow, moment: datetime) -> Evidence:
    """Return the evidence about the lead in a row of ``leads``, at a moment."""
    who = {"customer_id": lead.customer_id, "number": lead.number}
    return Evidence(
        suppressed=holding(connection, lead.campaign_id, lead.customer_id, lead.number),
        consents=consents_of(connection, lead.customer_id, lead.number),
        past=_newest_first(_PAST.rows(connection, {**who, "since": moment - timedelta(days=HISTORY_DAYS)})),
        appointment=lead.appointment_at,
        lists=looked_at(connection, lead.campaign_id),
    )


def evidence_of_many(
    connection: Connection, campaign_id: int, leads: Sequence[AnyRow], moment: datetime
) -> Sequence[Evidence]:
    """Return as ``evidence_of`` does the evidence about each of some leads of one campaign, in their order.

    It takes five statements, however many leads there are.
    """
    if not leads:
        return []
    pairs = [(lead.customer_id, lead.number) for lead in leads]
    people, numbers = (values_of(set(part)) for part in zip(*pairs, strict=True))
    suppressed = holding_many(connection, campaign_id, people, numbers)
    lists = looked_at(connection, campaign_id)
    said: dict[tuple[int, str], list[Consent]] = {}
    for row in connection.execute(_CONSENTS_OF_MANY, {"customer_ids": people}):
        said.setdefault((row.customer_id, row.number), []).append(consent_of(row))
    values = {
        "customer_ids": people,
        "numbers": numbers,
        "since": moment - timedelta(days=HISTORY_DAYS),
    }
    of_person: dict[int, list[AnyRow]] = {}
    of_number: dict[str, list[AnyRow]] = {}
    for row in connection.execute(_PAST_OF_MANY, values):
        of_person.setdefault(row.customer_id, []).append(row)
        of_number.setdefault(row.number, []).append(row)
    return [
        Evidence(
            suppressed=suppressed(*pair),
            consents=newest(said.get(pair, ())),
            past=_newest_first(_both(of_person.get(pair[0], ()), of_number.get(pair[1], ()))),
            appointment=lead.appointment_at,
            lists=lists,
        )
        for lead, pair in zip(leads, pairs, strict=True)
    ]


def _both(of_person: Sequence[AnyRow], of_number: Sequence[AnyRow]) -> Sequence[AnyRow]:
    """Return the attempts on a person and on a number, each once."""
    return list({row.seq: row for row in (*of_person, *of_number)}.values())


def consents_of(connection: Connection, customer_id: int, number: str) -> tuple[Consent, ...]:
    """Return the word of a customer on each purpose that counts, about calls to one number."""
    found = _CONSENTS.rows(connection, {"customer_id": customer_id, "number": number})
    return newest(map(consent_of, found)) if found else ()


def _newest_first(rows: Sequence[AnyRow]) -> tuple[PastContact, ...]:
    ordered = sorted(rows, key=lambda row: (row.committed_at, row.seq), reverse=True)
    return tuple(_contact_of(row) for row in ordered)


def _contact_of(row: AnyRow) -> PastContact:
    disposition: Disposition | None = disposition_of(row.disposition)
    return PastContact(
        at=row.committed_at,
        number=row.number,
        purpose=Purpose(row.purpose),
        campaign_id=row.campaign_id,
        company=row.company,
        disposition=disposition,
        outcome=row.outcome or "",
        placed=reached_network(disposition, facts_of(row)),
        ended_at=row.ended_at,
        lead_id=row.lead_id,
        customer_id=row.customer_id,
    )
