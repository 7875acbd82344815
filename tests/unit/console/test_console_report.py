"""What a report's answer holds: the figures as they are, and the pages of its lists line by line."""

from dataclasses import replace
from datetime import UTC, datetime

from plain_cases import plain_row

from campaigns.desk.campaigns import CampaignDesk, CampaignDraft
from campaigns.memory import MemoryBook
from campaigns.reporting import page_of
from campaigns.templates import load_templates
from console.memory_floor import HISTORY
from console.schemas.campaigns import ReportOut

NOW = datetime(2026, 11, 21, 16, tzinfo=UTC)
DRAFT = CampaignDraft("x", "revisit", "Acme", caller_id="", callback_number="")


async def test_it_is_the_same_answer_line_by_line_as_in_one_piece() -> None:
    book = MemoryBook()
    desk = CampaignDesk(book, load_templates(), lambda: NOW)
    made = await desk.create(DRAFT, "mona")
    await book.load_rows(made.id, [plain_row(number) for number in range(3)])
    report = replace(await desk.report(made.id, 2), records=page_of([HISTORY], 0, 2))
    answer = ReportOut.of(report)
    figures = {name: getattr(report, name) for name in ReportOut.model_fields if hasattr(report, name)}
    lists = {
        "not_reached": report.not_reached.lines,
        "not_reached_total": report.not_reached.total,
        "records": report.records.lines,
        "records_total": report.records.total,
    }
    assert answer == ReportOut.model_validate(figures | lists)
    assert (len(answer.not_reached), answer.not_reached_total) == (2, 3)
    assert answer.records[0].attempt_id == HISTORY.attempt_id
