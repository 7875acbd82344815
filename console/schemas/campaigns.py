"""Campaigns on the wire: drafts, templates, uploads, receipts and reports."""

from datetime import datetime, time
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, PlainSerializer, WithJsonSchema

from campaigns.desk.campaigns import BOUNDS, CampaignDraft
from campaigns.desk.reports import CampaignReport
from campaigns.model import (
    MOST_WEIGHT,
    AmdMode,
    CampaignStatus,
    CreditKind,
    DialMode,
    Disposition,
    LeadStatus,
    Purpose,
    Screened,
)
from console.schemas.kinds import Line, Query, Request, RequiredLine, Response, Telephone

# A time of day in the customer's zone. JSON Schema's own "time" (RFC 3339) wants an offset; this has none.
LocalTime = Annotated[
    time,
    PlainSerializer(lambda moment: moment.strftime("%H:%M"), return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"}),
]


def _within_bounds(figure: str) -> Any:
    """Return the field of a figure that may be left out, with the bounds that the desk sets."""
    least, most = BOUNDS[figure]
    return Field(default=None, ge=least, le=most)


class CampaignIn(Request):
    """A campaign to create. Fields left out take the template's default.

    ``amd`` detects answering machines; ``machine_message`` leaves them a message after their greeting;
    ``amd_check_share`` of those it finds go to a free agent all the same, so that its errors are known.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Workshop revisits, November",
                    "template": "revisit",
                    "company": "North Gate Motors",
                    "caller_id": "+4930555010",
                    "callback_number": "+4930555011",
                    "max_attempts": 4,
                }
            ]
        }
    )

    name: RequiredLine
    template: RequiredLine
    company: RequiredLine
    caller_id: Line = ""
    callback_number: Line = ""
    hours: dict[RequiredLine, Line] | None = Field(default=None, max_length=7)
    max_attempts: int | None = _within_bounds("max_attempts")
    ring_timeout_s: float | None = _within_bounds("ring_timeout_s")
    wrap_up_s: float | None = _within_bounds("wrap_up_s")
    max_channels: int | None = _within_bounds("max_channels")
    calls_per_second: float | None = _within_bounds("calls_per_second")
    packs: tuple[RequiredLine, ...] = Field(default=(), max_length=20)
    amd: AmdMode = AmdMode.OFF
    machine_message: bool = False
    amd_check_share: float | None = _within_bounds("amd_check_share")
    mode: DialMode = DialMode.PROGRESSIVE
    lines_per_agent: float | None = _within_bounds("lines_per_agent")
    weight: int | None = _within_bounds("weight")

    def draft(self) -> CampaignDraft:
        """Return the same as the desk's own data."""
        return CampaignDraft(**self.model_dump())


class RulesIn(Request):
    """Other calling hours (left out: as they are), and rule packs that bind the campaign from now on too."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"hours": {"mon": "09:00-18:00"}, "packs": ["carrier"]}]}
    )

    hours: dict[RequiredLine, Line] | None = Field(default=None, max_length=7)
    packs: tuple[RequiredLine, ...] = Field(default=(), max_length=20)


class WeightIn(Request):
    """How many agents a campaign is to hold for each one of a campaign of weight 1."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"weight": 3}]})

    weight: int = Field(ge=1, le=MOST_WEIGHT)


class CampaignPauseIn(Request):
    """Why a campaign is paused, and whether unanswered calls are hung up."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "wrong list", "cancel_unanswered": True}]}
    )

    reason: RequiredLine
    cancel_unanswered: bool = False


class TestCallIn(Request):
    """The number a test call goes to, in E.164."""

    __test__ = False  # a noun of the trade; pytest must not collect it
    model_config = ConfigDict(json_schema_extra={"examples": [{"number": "+4930555123"}]})

    number: Telephone


class HoursOut(Response):
    """One window of a weekday (Monday is 0) in the customer's zone."""

    weekday: int
    opens: LocalTime
    closes: LocalTime


class RetryOut(Response):
    """When to try again after one disposition, and how often in all."""

    after_s: float
    attempts: int


class AnchorOut(Response):
    """The due window in days from a date in the file."""

    field: str
    earliest_days: int
    latest_days: int


class ScriptOut(Response):
    """What the agent reads."""

    opening: str
    questions: tuple[str, ...]
    closing_satisfied: str
    closing_dissatisfied: str


class TemplateOut(Response):
    """A kind of campaign with its defaults."""

    name: str
    version: str
    label: str
    purpose: Purpose
    flow: str
    hours: tuple[HoursOut, ...]
    retries: dict[Disposition, RetryOut]
    max_attempts: int
    anchor: AnchorOut | None
    ring_timeout_s: float
    connect_limit_s: float
    wrap_up_s: float
    vote_scale: tuple[int, int]
    outcomes: dict[str, str]
    script: ScriptOut
    required_columns: tuple[str, ...]
    credits: dict[str, CreditKind]


class TemplatesOut(Response):
    """All templates."""

    templates: tuple[TemplateOut, ...]


class CampaignOut(Response):
    """One campaign as it is now, with who changed its status last and why."""

    id: int
    name: str
    template: str
    template_version: str
    purpose: Purpose
    status: CampaignStatus
    company: str
    caller_id: str
    callback_number: str
    flow: str
    hours: tuple[HoursOut, ...]
    retries: dict[Disposition, RetryOut]
    max_attempts: int
    anchor: AnchorOut | None
    ring_timeout_s: float
    connect_limit_s: float
    wrap_up_s: float
    max_channels: int
    calls_per_second: float
    created_at: datetime
    status_by: str
    status_at: datetime | None
    status_reason: str
    packs: tuple[str, ...]
    amd: AmdMode
    machine_message: bool
    amd_check_share: float
    mode: DialMode
    lines_per_agent: float
    weight: int


class CampaignsQuery(Query):
    """Whether the campaigns that test calls belong to are named as well."""

    tests: bool = False


class CampaignsOut(Response):
    """All campaigns, oldest first."""

    campaigns: tuple[CampaignOut, ...]


class FaultOut(Response):
    """One thing wrong with what was given: where, and what."""

    place: str
    problem: str


class ReceiptOut(Response):
    """Proof of a pause: no call is placed after it. ``talking`` are with an agent, ``voting`` were.

    ``stored`` is false while the database does not take it: it binds all the same and is tried on, and only a
    restart of the service before then undoes it.
    """

    campaign_id: int
    paused_at: datetime
    by: str
    reason: str
    still_ringing: int
    last_ends_at: datetime | None
    cancelled: int
    crossed: int
    talking: int
    voting: int
    stored: bool


class TestCallOut(Response):
    """A test call that was placed."""

    __test__ = False

    attempt_id: str
    number: str
    campaign_id: int


class AttemptOut(Response):
    """One attempt. Times in ms, null where it never came to that.

    ``callback_at``: the moment that was agreed for a call-back.
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
    callback_at: datetime | None
    amd: Screened | None


class LeadOut(Response):
    """One lead: who, where it stands and why."""

    lead_id: int
    customer_ref: str
    customer_name: str
    number: str
    status: LeadStatus
    attempts: int
    last_disposition: Disposition | None
    due_at: datetime | None
    reason: str


class SpreadOut(Response):
    """Order statistics in ms; null when nothing was measured."""

    p50: float | None
    p99: float | None
    max: float | None


class ScreensOut(Response):
    """Verdicts of machine detection, and what agents said of those they looked at."""

    human: int
    not_sure: int
    passed_machines: int
    machine: int
    checked: int
    judged: int
    persons: int


class EstimateOut(Response):
    """An estimate with its 95 % interval."""

    low: float
    likely: float
    high: float


class MisjudgedOut(Response):
    """People taken for machines: share of all machines found, share of all people, how many got no agent."""

    share: EstimateOut
    rate: EstimateOut
    people: EstimateOut


class DetectionOut(Response):
    """What detection of machines did; ``abandoned_share`` counts people taken for machines as abandoned."""

    screens: ScreensOut
    errors: MisjudgedOut | None
    abandoned_share: float | None
    answer_to_agent_ms: SpreadOut


class ReportOut(Response):
    """A campaign summed up. Shares are 0..1, null when there is nothing to divide by.

    Calls with detection of machines are not in ``answer_to_agent_ms`` but in ``detection``. Of both lists,
    ``not_reached`` and ``records``, the first lines are here; they have routes of their own.
    """

    campaign: CampaignOut
    at: datetime
    leads: dict[LeadStatus, int]
    attempts: int
    open_attempts: int
    dispositions: dict[Disposition, int]
    answered: int
    abandoned_share: float | None
    votes: dict[int, int]
    vote_average: float | None
    outcomes: dict[str, int]
    answer_to_agent_ms: SpreadOut
    talk_s_average: float | None
    not_reached: tuple[LeadOut, ...]
    not_reached_total: int
    records: tuple[AttemptOut, ...]
    records_total: int
    detection: DetectionOut | None

    @classmethod
    def of(cls, report: CampaignReport) -> Self:
        """Return a report's answer, for a thread: ten thousand lines must not hold the calls up.

        One validation of everything would keep the interpreter to itself; a loop over the lines lets the
        calls in between them.
        """
        lines: dict[str, Any] = {
            "not_reached": tuple([LeadOut.model_validate(lead) for lead in report.not_reached.lines]),
            "not_reached_total": report.not_reached.total,
            "records": tuple([AttemptOut.model_validate(record) for record in report.records.lines]),
            "records_total": report.records.total,
        }
        given = {name: getattr(report, name) for name in cls.model_fields if name not in lines}
        return cls.model_validate(given | lines)
