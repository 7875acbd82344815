"""How calls end in the contract suites of the book of calls, and what is asked of it afterwards."""

from datetime import datetime, timedelta

from book_cases import NOON, Books

from campaigns.model import Disposition, Lead, LeadPlan, LeadStatus
from dialer.ports import CallFacts, InboundCall, Settlement, WrapUp

LATER = LeadPlan(LeadStatus.WAITING, NOON + timedelta(hours=2), "busy: again in 2 h")
CALLBACK = LeadPlan(LeadStatus.WAITING, NOON + timedelta(days=1), "asked to be called at noon")
DONE = LeadPlan(LeadStatus.DONE, None, "talked")
BUSY = Settlement(Disposition.BUSY, CallFacts(), LATER)
CONNECTED = Settlement(Disposition.CONNECTED, CallFacts(), DONE)
INBOUND = InboundCall("in-1700000000.7", "+442079460101", "+442079460000", NOON)


def wrap_up(
    call_id: str = "a-1", outcome: str = "satisfied", note: str = "", callback_at: datetime | None = None
) -> WrapUp:
    return WrapUp(call_id, "agent-7", outcome, note, NOON, callback_at=callback_at)


async def lead_of(books: Books, attempt_id: str = "a-1") -> Lead:
    found = await books.calls.lead_of(attempt_id)
    assert found is not None
    return found[0]


async def reason_of(books: Books, lead_id: int = 1) -> str:
    lines = (await books.campaigns.leads(1)).lines
    return next(line.reason for line in lines if line.lead_id == lead_id)
