"""What a call to somebody means for his other leads, in memory: as ``store.outcomes`` has it.

Knows the leads of a ``MemoryBook``. Must not know attempts beside the one at hand, nor rules.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from campaigns.memory import MemoryBook
from campaigns.model import Disposition, Lead, LeadStatus
from campaigns.rules.finals import TALKED
from campaigns.rules.retries import NOT_A_TALK, is_talk
from dialer.ports import NewAttempt, WrapUp


def concern_others(
    book: MemoryBook,
    others: Sequence[Lead],
    called: NewAttempt,
    disposition: Disposition | None,
    wrap_up: WrapUp,
) -> None:
    """Have the other leads of a customer judged by what was recorded of a call to him."""
    book.overtaken |= {lead.id for lead in others if lead.status is LeadStatus.CLAIMED}
    if is_talk(disposition, wrap_up.outcome):
        hasten_others(book, others, called, wrap_up.at)
    elif wrap_up.outcome in NOT_A_TALK:
        here = (lead for lead in others if lead.campaign_id == called.campaign_id)
        parked = {lead.id for lead in here if lead.verdict is not None and lead.verdict.rule == TALKED}
        cause = f"{wrap_up.outcome} recorded by {wrap_up.agent_id}"
        book.judge_again(lambda lead: lead.id in parked, cause, wrap_up.at)


def hasten_others(book: MemoryBook, others: Sequence[Lead], called: NewAttempt, moment: datetime) -> None:
    """Let the other leads of somebody who was talked to be judged now."""
    for lead in others:
        waits = lead.campaign_id == called.campaign_id and lead.status is LeadStatus.WAITING
        if waits and lead.due_at > moment:
            book.lead_rows[lead.id] = replace(lead, due_at=moment, verdict=None)
            book.lead_reasons[lead.id] = ""
