"""What is known about a person and a number at the moment of a claim: lists, consents, past contacts.

Knows the statements that gather it, each one or two seeks in an index. Must not know what a rule makes of it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from campaigns.model import Consent, Disposition, PastContact, Purpose
from campaigns.rules.evidence import HISTORY_DAYS, Evidence
from dialer.call_facts import reached_network
from store.columns import UtcMoment
from store.rows import AnyRow, disposition_of, facts_of
from store.suppressing import holding, looked_at
from store.tables import attempts, campaigns, consents, wrap_ups

_CONSENTS = (
    select(consents.c.purpose, consents.c.given, consents.c.said_at, consents.c.evidence)
    .where(consents.c.customer_id == bindparam("customer_id"), consents.c.number == bindparam("number"))
    .order_by(consents.c.id)
)


def _since(*of_whom: Any) -> Select[Any]:
    return select(attempts.c.seq).where(
        *of_whom, attempts.c.committed_at > bindparam("since", type_=UtcMoment())
    )


# A person has several numbers, and a number may be several people's: both count, each by its own index.
_PAST = (
    select(attempts, campaigns.c.purpose, campaigns.c.company, wrap_ups.c.outcome)
    .join(campaigns, campaigns.c.id == attempts.c.campaign_id)
    .outerjoin(wrap_ups, wrap_ups.c.call_id == attempts.c.id)
    .where(
        attempts.c.seq.in_(
            _since(attempts.c.customer_id == bindparam("customer_id")).union(
                _since(attempts.c.number == bindparam("number"))
            )
        )
    )
)


def evidence_of(connection: Connection, lead: AnyRow, moment: datetime) -> Evidence:
    """Return the evidence about the lead in a row of ``leads``, at a moment."""
    who = {"customer_id": lead.customer_id, "number": lead.number}
    return Evidence(
        suppressed=holding(connection, lead.campaign_id, lead.customer_id, lead.number),
        consents=consents_of(connection, lead.customer_id, lead.number),
        past=_newest_first(
            connection.execute(_PAST, {**who, "since": moment - timedelta(days=HISTORY_DAYS)}).all()
        ),
        appointment=lead.appointment_at,
        lists=looked_at(connection, lead.campaign_id),
    )


def consents_of(connection: Connection, customer_id: int, number: str) -> tuple[Consent, ...]:
    """Return the newest word of a customer on each purpose, about calls to one number."""
    found = connection.execute(_CONSENTS, {"customer_id": customer_id, "number": number})
    newest = {row.purpose: row for row in found}
    return tuple(
        Consent(Purpose(row.purpose), row.given, row.said_at, row.evidence) for row in newest.values()
    )


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
        placed=reached_network(disposition, facts_of(row._mapping)),
        ended_at=row.ended_at,
        lead_id=row.lead_id,
    )
