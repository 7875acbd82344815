"""Campaigns, leads and figures for the tests of forecasts: plain, small, and everything overridable."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from plain_cases import ALWAYS, plain_campaign, plain_customer, plain_lead

from campaigns.model import (
    CampaignStatus,
    Customer,
    Disposition,
    HoursWindow,
    Lead,
    PastContact,
    Purpose,
    RetryRule,
)
from campaigns.packs_folder import Choices, load_packs, rule_book
from campaigns.rules.evidence import Evidence
from dialer.forecast.figures import Knowledge, Rate, Spell
from dialer.forecast.plan import DayPlan, plan_day, trimmed
from dialer.forecast.play import Pacing, Played, play
from dialer.forecast.roll import LeadRoll
from dialer.forecast.window import Question, bounds
from dialer.ports import Claim

NOW = datetime(2026, 6, 8, 15, 0, tzinfo=UTC)  # a Monday, 17:00 in Madrid
TUESDAY = date(2026, 6, 9)
MADRID, NEW_YORK = "Europe/Madrid", "America/New_York"
DAILY = tuple(HoursWindow(day, time(9), time(18)) for day in range(7))
RULES = rule_book(load_packs())
FREE_RULES = rule_book(load_packs(), Choices(house_hours=ALWAYS, house_on_holidays=True))

CAMPAIGN = plain_campaign(
    id=1,
    name="June revisit",
    template_version="1",
    status=CampaignStatus.PAUSED,
    caller_id="+34910000000",
    callback_number="",
    hours=DAILY,
    retries={
        Disposition.NO_ANSWER: RetryRule(after_s=7200, attempts=4),
        Disposition.BUSY: RetryRule(after_s=900, attempts=5),
        Disposition.MACHINE: RetryRule(after_s=14_400, attempts=3),
        Disposition.ABANDONED: RetryRule(after_s=86_400, attempts=2),
    },
    wrap_up_s=20,
    max_channels=30,
    created_at=NOW,
)
LEAD = plain_lead(number="+34912000001", due_at=NOW - timedelta(days=1), list_id=1)
CUSTOMER = plain_customer(name="Ana", title="", language="es", zones=(MADRID,), numbers=(LEAD.number,))

# As sure as figures can be: what is drawn from them hardly varies.
SURE = Knowledge(
    answers=Rate(300_000, 1_000_000),
    machines=Rate(20_000, 1_000_000),
    misses={Disposition.NO_ANSWER: 7e6, Disposition.BUSY: 2e6, Disposition.BAD_NUMBER: 1e6},
    ring=Spell(9.0, 0.5, None),
    talk=Spell(120.0, 0.8, None),
    wrap_up=Spell(20.0, 0.0, None),
)


def claim(index: int, **changes: Any) -> Claim:
    """Return open lead ``index``; names of lead, customer and evidence may be changed."""
    number = changes.pop("number", f"+34912{index:06}")
    lead = {"id": index, "customer_id": index, "number": number}
    customer: dict[str, Any] = {"id": changes.get("customer_id", index), "numbers": (number,)}
    evidence: dict[str, Any] = {}
    for name, value in changes.items():
        where = next(
            part
            for part, kind in ((lead, Lead), (customer, Customer), (evidence, Evidence))
            if name in kind.__dataclass_fields__
        )
        where[name] = value
    return Claim(replace(LEAD, **lead), replace(CUSTOMER, **customer), replace(Evidence(), **evidence))


def contact(hours_ago: float, number: str = "+34912000001", **changes: Any) -> PastContact:
    """Return a past call of our company that nobody answered."""
    made = PastContact(
        NOW - timedelta(hours=hours_ago), number, Purpose.SERVICE, 1, "Acme Motors", Disposition.NO_ANSWER, ""
    )
    return replace(made, **changes)


def roll_of(claims: Iterable[Claim], rules: Any = RULES, **campaign: Any) -> LeadRoll:
    roll = LeadRoll(replace(CAMPAIGN, **campaign), rules, NOW)
    for one in claims:
        roll.add(one)
    return roll


def plan_of(roll: LeadRoll, day: date = TUESDAY, zone: str = MADRID, **question: Any) -> DayPlan:
    asked = Question(1, 1, day=day, zone=zone, **question)
    return plan_day(roll, trimmed(roll, bounds(asked, zone, NOW)))


def left(plan: DayPlan) -> Mapping[str, int]:
    """Return who may not be called all day, by code."""
    return {why.code: count for why, count in plan.left.items()}


def plays(plan: DayPlan, agents: int, seed: int, until_s: float | None) -> Played:
    """Play a day of progressive dialing of which everything is known."""
    return play(plan, SURE, Pacing(), agents, seed, until_s)
