"""The long lists of a report on the wire, page by page."""

from typing import Self

from pydantic import Field

from campaigns.lines import AttemptLine, LeadLine
from campaigns.reporting import Page
from console.schemas.campaigns import AttemptOut, LeadOut
from console.schemas.kinds import Line, Query, Response

MOST_LINES = 10_000
"""The most lines of a report in one answer: about two megabytes."""


class ReportQuery(Query):
    """How many lines of each list come with the figures; 0 for none."""

    limit: int = Field(default=200, ge=0, le=MOST_LINES)


class NotReachedQuery(Query):
    """Which part of those who were not reached: after which lead, and how many."""

    after: int = Field(default=0, ge=0)
    limit: int = Field(default=1_000, ge=1, le=MOST_LINES)


class RecordsQuery(Query):
    """Which part of the attempts: after which one, and how many."""

    after: Line = ""
    limit: int = Field(default=1_000, ge=1, le=MOST_LINES)


class NotReachedOut(Response):
    """Some of those who were not reached, in order of the leads; ``left`` more come after the last one."""

    lines: tuple[LeadOut, ...]
    total: int
    left: int

    @classmethod
    def of(cls, page: Page[LeadLine]) -> Self:
        """Return a page's answer, for a thread, as ``ReportOut.of``."""
        lines = tuple([LeadOut.model_validate(line) for line in page.lines])
        return cls(lines=lines, total=page.total, left=page.left)


class RecordsOut(Response):
    """Some of the attempts, newest first; ``left`` more come after the last one."""

    lines: tuple[AttemptOut, ...]
    total: int
    left: int

    @classmethod
    def of(cls, page: Page[AttemptLine]) -> Self:
        """Return a page's answer, for a thread, as ``ReportOut.of``."""
        lines = tuple([AttemptOut.model_validate(line) for line in page.lines])
        return cls(lines=lines, total=page.total, left=page.left)
