"""The long lists of a report, page by page.

Knows the order of each list, and what may come and go in it between two pages. Must not know how it is shown.
"""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Generic, TypeVar

from campaigns.desk.reports import CampaignReport
from campaigns.errors import Fault, InvalidInput
from campaigns.ports import AttemptLine, LeadLine

L = TypeVar("L")


@dataclass(frozen=True, slots=True)
class Page(Generic[L]):
    """Some lines of a long list: ``total`` of them there are, ``left`` come after these."""

    lines: tuple[L, ...]
    total: int
    left: int


def not_reached_page(report: CampaignReport, after: int, limit: int) -> Page[LeadLine]:
    """Return up to ``limit`` leads after the lead ``after``, who may have been reached meanwhile.

    In order of the leads; 0 begins with the first.
    """
    lines = report.not_reached
    at = bisect_right(lines, after, key=lambda lead: lead.lead_id)
    return Page(lines[at : at + limit], len(lines), max(0, len(lines) - at - limit))


def records_page(report: CampaignReport, after: str, limit: int) -> Page[AttemptLine]:
    """Return up to ``limit`` attempts after the attempt ``after``, newest first; "" begins with the newest.

    New attempts come in front and move nothing. Raises ``InvalidInput`` when there is no such attempt.
    """
    lines, at = report.records, 0
    if after:
        found = next((number for number, line in enumerate(lines) if line.attempt_id == after), None)
        if found is None:
            raise InvalidInput([Fault("query after", "is no attempt of this campaign")])
        at = found + 1
    return Page(lines[at : at + limit], len(lines), max(0, len(lines) - at - limit))
