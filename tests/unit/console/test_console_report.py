"""What a report's answer holds: the figures as they are, and the pages of its lists line by line."""

from datetime import UTC, datetime

from campaigns.desk.campaigns import CampaignDesk, CampaignDraft
from campaigns.memory import MemoryBook
from campaigns.templates import load_templates
from console.schemas.campaigns import ReportOut

NOW = datetime(2026, 11, 21, 16, tzinfo=UTC)
DRAFT = CampaignDraft("x", "revisit", "Acme", caller_id="", callback_number="")


async def test_it_is_the_same_answer_line_by_line_as_in_one_piece() -> None:
    desk = CampaignDesk(MemoryBook(), load_templates(), lambda: NOW)
    report = await desk.report((await desk.create(DRAFT, "mona")).id, 10)
    answer = ReportOut.of(report)
    figures = {name: getattr(report, name) for name in ReportOut.model_fields if hasattr(report, name)}
    lists = {
        "not_reached": report.not_reached.lines,
        "not_reached_total": report.not_reached.total,
        "records": report.records.lines,
        "records_total": report.records.total,
    }
    assert answer == ReportOut.model_validate(figures | lists)
