"""The ledger over HTTP: its head, and whether it holds."""

from campaigns.desk.ledger import head_from
from console.endpoint import Ask
from console.schemas.kinds import Empty
from console.schemas.ledger import LedgerHeadOut, LedgerReportOut, VerifyQuery


async def ledger_head(ask: Ask, _: Empty) -> LedgerHeadOut:
    """Return the end of the chain."""
    return LedgerHeadOut.model_validate(await ask.desk.ledger.head())


async def verify_ledger(ask: Ask, _: Empty) -> LedgerReportOut:
    """Check every entry and every call, against a head that was kept elsewhere if one is given."""
    kept = ask.query_as(VerifyQuery).head
    report = await ask.desk.ledger.verify(None if kept is None else head_from(kept))
    return LedgerReportOut.model_validate(report)
