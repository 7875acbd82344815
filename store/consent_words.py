"""What a person said about calls to his numbers, at rest: every word in the order of recording.

Knows the table ``consents``, and that each word is entered in the ledger. Must not know which word counts:
the rules say so. Every function runs inside the caller's transaction.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, insert, select

from campaigns import ledger_notes
from campaigns.people import NumberConsent
from store import ledger
from store.rows import consent_of
from store.tables import consents

_SAID = (
    select(consents)
    .where(consents.c.customer_id == bindparam("of_customer", type_=consents.c.customer_id.type))
    .order_by(consents.c.id)
)


def said_by(connection: Connection, customer_id: int) -> Sequence[NumberConsent]:
    """Return everything a person said, with who wrote it down and when."""
    return [
        NumberConsent(row.number, consent_of(row), row.recorded_by, row.recorded_at)
        for row in connection.execute(_SAID, {"of_customer": customer_id})
    ]


def write_down(connection: Connection, customer_id: int, told: NumberConsent) -> None:
    """Append a word about calls to a number."""
    said = told.consent
    values = {
        "customer_id": customer_id,
        "number": told.number,
        "purpose": said.purpose.value,
        "given": said.given,
        "said_at": said.at,
        "evidence": said.evidence,
        "recorded_by": told.by,
        "recorded_at": told.at,
    }
    connection.execute(insert(consents), values)
    ledger.append(connection, ledger_notes.consent_said(customer_id, told.number, said, told.by))
