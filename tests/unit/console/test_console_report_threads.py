"""A report over a long list is made beside the event loop: calls in progress must not wait for it."""

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from campaigns.desk.campaigns import CampaignDesk, CampaignDraft
from campaigns.memory import MemoryBook
from campaigns.model import LeadStatus
from campaigns.ports import LeadLine
from campaigns.templates import load_templates
from console.schemas.campaigns import ReportOut

NOW = datetime(2026, 11, 21, 16, tzinfo=UTC)
DRAFT = CampaignDraft("x", "revisit", "Acme", caller_id="", callback_number="")
LINE = LeadLine(1, "C-1", "Ada", "+12025550123", LeadStatus.WAITING, 0, None, None, "")


class Watched(Sequence[Any]):
    """Lead lines that remember in which threads they were read."""

    def __init__(self) -> None:
        self.threads: set[int] = set()

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: Any) -> Any:
        return (LINE,)[index]

    def __iter__(self) -> Iterator[Any]:
        self.threads.add(threading.get_ident())
        yield LINE


class WatchedBook(MemoryBook):
    def __init__(self) -> None:
        super().__init__()
        self.lines = Watched()

    async def leads(self, campaign_id: int) -> Sequence[LeadLine]:
        return self.lines


async def test_it_is_added_up_in_another_thread() -> None:
    book = WatchedBook()
    desk = CampaignDesk(book, load_templates(), lambda: NOW)
    made = await desk.create(DRAFT, "mona")
    report = await desk.report(made.id)
    assert [lead.reason for lead in report.not_reached] == ["not called yet"]
    assert book.lines.threads
    assert threading.get_ident() not in book.lines.threads


async def test_it_is_the_same_answer_line_by_line_as_in_one_piece() -> None:
    book = WatchedBook()
    desk = CampaignDesk(book, load_templates(), lambda: NOW)
    made = await desk.create(DRAFT, "mona")
    report = await desk.report(made.id)
    answer = ReportOut.of(report, 10)
    figures = {name: getattr(report, name) for name in ReportOut.model_fields if hasattr(report, name)}
    totals = {"not_reached_total": len(report.not_reached), "records_total": len(report.records)}
    assert answer == ReportOut.model_validate(figures | totals)
    assert answer.not_reached[0].customer_name == "Ada"
