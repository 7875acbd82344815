"""Campaigns, customers and leads for the tests of this room, with everything plain and overridable."""

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

from plain_cases import plain_campaign, plain_customer, plain_lead, plain_row
from properties import examples

from campaigns.lists import ListRow
from campaigns.model import (
    Anchor,
    Campaign,
    Customer,
    CustomerClass,
    Disposition,
    HoursWindow,
    Lead,
    LeadStatus,
    RetryRule,
)

# For properties whose known edges are in tables beside them.
UNHURRIED = examples(40)
# What a law forbids is looked for longer.
LAW = examples(240)

NEW_YORK = "America/New_York"
LONDON = "Europe/London"
# A Wednesday, 10:00 in New York (winter time).
WEDNESDAY_TEN = datetime(2026, 1, 14, 15, 0, tzinfo=UTC)


def utc(text: str) -> datetime:
    """Read a moment like ``2026-03-08 07:30``, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def windows(days: range, *spans: str) -> tuple[HoursWindow, ...]:
    """Return the same spans (``09:00-12:00``) on each of ``days``."""
    return tuple(
        HoursWindow(day, *(time.fromisoformat(edge) for edge in span.split("-")))
        for day in days
        for span in spans
    )


DAILY = windows(range(7), "09:00-12:00", "14:00-18:30")

CAMPAIGN = plain_campaign(
    id=1,
    name="January revisit",
    template_version="1",
    hours=DAILY,
    retries={
        Disposition.NO_ANSWER: RetryRule(after_s=3600, attempts=3),
        Disposition.BUSY: RetryRule(after_s=600, attempts=5),
        Disposition.MACHINE: RetryRule(after_s=7200, attempts=2),
        Disposition.UNKNOWN: RetryRule(after_s=7200, attempts=9),
        Disposition.TRUNK_FAILED: RetryRule(after_s=60, attempts=20),
    },
    max_attempts=4,
)
REVISIT = Anchor(field="service_date", earliest_days=0, latest_days=3)

CUSTOMER = plain_customer(id=7, ref="C-7", customer_class=CustomerClass.MEMBER)

LEAD = plain_lead(
    id=3,
    customer_id=7,
    status=LeadStatus.CLAIMED,
    due_at=utc("2026-01-14 14:00"),
    fields={"service": "Brakes", "service_date": "2026-01-13"},
)


# A template with every setting there is.
SOUND = """
name = "tiny"
label = "Tiny"
purpose = "service"
flow = "tiny"
max_attempts = 3
ring_timeout_s = 25
connect_limit_s = 2
wrap_up_s = 30
vote_scale = [1, 5]
required_columns = ["ref", "phone", "service_date"]
[hours]
mon = "09:00-12:00"
[anchor]
field = "service_date"
earliest_days = 0
latest_days = 3
[retries]
busy = { after_s = 600, attempts = 2 }
[outcomes]
satisfied = "Satisfied"
[credits]
satisfied = "closed"
[script]
opening = "Good day"
questions = ["Satisfied?"]
closing_satisfied = "Thank you"
closing_dissatisfied = "Sorry"
"""


def list_row(index: int, **changes: Any) -> ListRow:
    """Return a good row about customer ``C-index`` with a number of its own."""
    own = {"name": f"N {index}", "due_at": utc("2026-01-14 14:00"), "fields": {"service": "Brakes"}}
    return plain_row(index, **{**own, **changes})


def campaign(**changes: Any) -> Campaign:
    """Return a running campaign, daily 09-12 and 14-18:30, four attempts, without an anchor."""
    return replace(CAMPAIGN, **changes)


def customer(**changes: Any) -> Customer:
    """Return a customer in New York."""
    return replace(CUSTOMER, **changes)


def lead(**changes: Any) -> Lead:
    """Return a claimed lead, due, never tried, serviced on 13 January 2026."""
    return replace(LEAD, **changes)
