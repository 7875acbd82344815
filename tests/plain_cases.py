"""One campaign, customer, lead and row for all tests, plain and with everything overridable.

A room's own cases begin with these and say only what matters there.
"""

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

from campaigns.lists import ListRow
from campaigns.model import (
    Campaign,
    CampaignStatus,
    Customer,
    CustomerClass,
    HoursWindow,
    Lead,
    LeadStatus,
    Purpose,
)

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
ALWAYS = tuple(HoursWindow(day, time(0), time(0)) for day in range(7))

_CAMPAIGN = Campaign(
    id=0,
    name="Revisit",
    template="revisit",
    template_version="f00d",
    purpose=Purpose.SERVICE,
    status=CampaignStatus.RUNNING,
    company="Acme Motors",
    caller_id="+12025550100",
    callback_number="+12025550101",
    flow="revisit",
    hours=ALWAYS,
    retries={},
    max_attempts=5,
    anchor=None,
    ring_timeout_s=25.0,
    connect_limit_s=2.0,
    wrap_up_s=30.0,
    max_channels=10,
    calls_per_second=5.0,
    created_at=NEW_YEAR,
)
_CUSTOMER = Customer(
    id=1,
    ref="C-1",
    name="Ann Lee",
    title="Ms",
    language="en",
    customer_class=CustomerClass.ORDINARY,
    zones=("America/New_York",),
    numbers=("+12025550123",),
)
_LEAD = Lead(
    id=1,
    campaign_id=1,
    customer_id=1,
    number="+12025550123",
    status=LeadStatus.WAITING,
    due_at=NEW_YEAR,
    fields={},
)
_ROW = ListRow(
    ref="C-0",
    name="Customer 0",
    title="Ms",
    language="en",
    customer_class=CustomerClass.ORDINARY,
    zones=("America/New_York",),
    number="+12025550000",
    due_at=NEW_YEAR,
    fields={},
    extras={},
)


def plain_campaign(**changes: Any) -> Campaign:
    """Return a running campaign that no book has yet, calls at any hour and never tries again."""
    return replace(_CAMPAIGN, **changes)


def plain_customer(**changes: Any) -> Customer:
    """Return an ordinary customer in New York."""
    return replace(_CUSTOMER, **changes)


def plain_lead(**changes: Any) -> Lead:
    """Return a lead that waits and was never tried."""
    return replace(_LEAD, **changes)


def plain_row(index: int, **changes: Any) -> ListRow:
    """Return a good row about customer ``C-index`` with a number of his own."""
    own = {"ref": f"C-{index}", "name": f"Customer {index}", "number": f"+1202555{index:04}"}
    return _ROW._replace(**{**own, **changes})
