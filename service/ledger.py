"""The ledger from the command line: read straight from the database, whether the service runs or not.

Knows settings, options as people write them, and what is printed. Must not know how a chain is checked.
"""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from campaigns.desk.ledger import LedgerDesk, LedgerReport, head_from
from campaigns.errors import Fault, InvalidInput
from campaigns.ledger import Head
from service.database import database_named
from service.settings import Settings
from store.opening import open_existing


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What is to be handed out, as it was written; empty texts leave everything in."""

    begins: str = ""
    ends: str = ""
    campaign: int | None = None
    customer: str = ""


async def ledger_head(settings: Settings) -> Head:
    """Return the end of the chain."""
    async with _ledger_of(settings) as desk:
        return await desk.head()


async def verify(settings: Settings, head: str) -> LedgerReport:
    """Check the ledger, against a head that was kept elsewhere unless it is empty."""
    expected = head_from(head) if head else None
    async with _ledger_of(settings) as desk:
        return await desk.verify(expected)


async def export(
    settings: Settings, options: ExportOptions, write: Callable[[str], object]
) -> dict[str, Any]:
    """Write the wanted entries line by line; returns the summary.

    About one customer it holds the key that ties the entries to him: with it, and only with it, they can be
    proven to be his.
    """
    begins, ends = moment_of("--from", options.begins), moment_of("--to", options.ends)
    async with _ledger_of(settings) as desk:
        wanted = await desk.selection(begins, ends, options.campaign, options.customer)
        count = 0
        async for line in desk.export(wanted):
            write(line)
            count += 1
        summary: dict[str, Any] = {"exported": count, "head": head_object(await desk.head())}
        if wanted.person is not None:
            person = wanted.person
            summary["customer"] = {
                "id": person.customer_id,
                "digest": person.digest,
                "key": person.key.hex(),
            }
        return summary


@asynccontextmanager
async def _ledger_of(settings: Settings) -> AsyncIterator[LedgerDesk]:
    with database_named(settings):
        store = await open_existing(settings.database_url)
    try:
        yield LedgerDesk(store.ledger_book)
    finally:
        await store.close()


def moment_of(option: str, text: str) -> datetime | None:
    """Read a moment with its offset, or a date, which begins at midnight UTC; raises ``InvalidInput``."""
    if not text:
        return None
    try:
        if len(text) == len("2026-11-22"):
            return datetime.combine(date.fromisoformat(text), time(0), UTC)
        at = datetime.fromisoformat(text)
    except ValueError as fault:
        raise InvalidInput([Fault(option, f"{text[:40]!r} is no date or moment: {fault}")]) from None
    if at.tzinfo is None:
        raise InvalidInput([Fault(option, f"{text!r} needs its offset, as in 2026-11-22T09:00:00+01:00")])
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise InvalidInput([Fault(option, f"{text!r} is out of range")]) from None


def report_object(report: LedgerReport) -> dict[str, Any]:
    """Return a report as it is printed with ``--json``."""
    fault = report.fault
    return {
        "ok": report.ok,
        "entries": report.entries,
        "calls": report.calls,
        "head": head_object(report.head),
        "fault": None
        if fault is None
        else {"n": fault.n, "reason": fault.reason.value, "detail": fault.detail},
    }


def report_line(report: LedgerReport) -> str:
    """Return a report in words."""
    if report.fault is not None:
        return f"THE LEDGER DOES NOT HOLD: {report.fault}"
    return f"{report.entries} entries and {report.calls} calls are as they were written; head {report.head}"


def head_object(head: Head) -> dict[str, Any]:
    """Return a head as it is printed with ``--json``."""
    return {"n": head.n, "hash": head.hash}


def print_line(line: str) -> None:
    """Write a line to standard output, as UTF-8 whatever the terminal is set to: its bytes are hashed."""
    sys.stdout.buffer.write(line.encode() + b"\n")
