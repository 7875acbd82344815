"""Attempts and leads as people read them: the lines of the history, of a report and of its lists."""

from dataclasses import dataclass
from datetime import datetime

from campaigns.model import Disposition, LeadStatus, Screened


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One attempt as the history and the report show it. Times in ms; None where it never came to that.

    ``callback_at`` is the moment that was agreed for a call-back.
    """

    attempt_id: str
    lead_id: int
    customer_id: int
    customer_ref: str
    customer_name: str
    number: str
    started_at: datetime
    disposition: Disposition | None
    agent_id: str | None
    ring_ms: int | None
    answer_to_agent_ms: float | None
    talk_ms: int | None
    hangup_cause: int | None
    tech_cause: int | None
    vote: int | None
    outcome: str | None
    note: str | None
    amd: Screened | None = None
    callback_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LeadLine:
    """One lead as the report shows it: who, where it stands and why."""

    lead_id: int
    customer_ref: str
    customer_name: str
    number: str
    status: LeadStatus
    attempts: int
    last_disposition: Disposition | None
    due_at: datetime | None
    reason: str
