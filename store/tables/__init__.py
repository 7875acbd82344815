"""Every table at rest, in SQLAlchemy Core, by noun; here all of them together.

Knows columns, keys and indexes, and why each index is there. Must not know a query. The revisions under
``store/migrations`` make the same tables; a test holds the two equal.
"""

from store.tables.base import metadata
from store.tables.call import agent_wishes, attempts, inbound_calls, votes, wrap_ups
from store.tables.campaign import (
    campaign_status_changes,
    campaigns,
    column_mappings,
    leads,
    learned_pacing,
    lists,
    verdict_changes,
)
from store.tables.person import (
    absences,
    agent_shares,
    consents,
    contact_notes,
    credit_notes,
    customers,
    former_names,
    numbers,
    person_keys,
    removed_numbers,
)
from store.tables.proof import ledger
from store.tables.suppression import suppressed_numbers, suppression_lists

__all__ = [
    "absences",
    "agent_shares",
    "agent_wishes",
    "attempts",
    "campaign_status_changes",
    "campaigns",
    "column_mappings",
    "consents",
    "contact_notes",
    "credit_notes",
    "customers",
    "former_names",
    "inbound_calls",
    "leads",
    "learned_pacing",
    "ledger",
    "lists",
    "metadata",
    "numbers",
    "person_keys",
    "removed_numbers",
    "suppressed_numbers",
    "suppression_lists",
    "verdict_changes",
    "votes",
    "wrap_ups",
]
