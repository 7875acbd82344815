"""Evidence: what is known about a person and a number at the moment of a verdict.

Knows the shape of what the store, an agent and an outside check can say. Must not know where it comes from
or what any rule makes of it.
"""

from dataclasses import dataclass
from datetime import datetime

from campaigns.model import Consent, PastContact


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a verdict relies on besides lead, customer and campaign.

    ``suppressed`` names the do-not-call lists that hold the number or the person for this purpose and
    campaign; ``lists`` are the ids of all that were looked at. ``consents`` are what was said about calls to
    this number. ``past`` are the contacts of this person and of this number over all campaigns, newest
    first, at least ``HISTORY_DAYS`` back. ``appointment`` is the moment the customer asked for.
    ``external_block`` is the refusal of an outside check in plain words, empty when it did not refuse;
    ``external_retry_at`` is when asking again makes sense (it did not answer), None when its refusal is
    final.

    ``agent_reserved`` says that an agent is kept free for this very call; ``automated`` that no person of
    ours will speak: a recorded message or a self-service flow. ``by_hand`` says that somebody of ours asked
    for this very call: a test.
    """

    suppressed: tuple[str, ...] = ()
    consents: tuple[Consent, ...] = ()
    past: tuple[PastContact, ...] = ()
    appointment: datetime | None = None
    external_block: str = ""
    external_retry_at: datetime | None = None
    agent_reserved: bool = False
    automated: bool = False
    by_hand: bool = False
    lists: tuple[int, ...] = ()


HISTORY_DAYS = 400
"""How far back ``Evidence.past`` must reach: longer than any block or cap a pack may set (a year)."""

NOTHING_KNOWN = Evidence()
"""Nobody said anything and nothing happened yet."""
