"""One campaign, rows and attempts for the tests of this room; also run as a program by the crash test."""

from datetime import UTC, datetime

from campaigns.model import Campaign, CampaignStatus, CustomerClass, Purpose
from campaigns.ports import ListRow
from dialer.ports import NewAttempt

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)


def campaign(name: str = "Revisit") -> Campaign:
    return Campaign(
        id=0,
        name=name,
        template="revisit",
        template_version="f00d",
        purpose=Purpose.SERVICE,
        status=CampaignStatus.RUNNING,
        company="Nordstern",
        caller_id="+442079460000",
        callback_number="",
        flow="revisit",
        hours=(),
        retries={},
        max_attempts=5,
        anchor=None,
        ring_timeout_s=25.0,
        connect_limit_s=2.0,
        wrap_up_s=30.0,
        max_channels=10,
        calls_per_second=2.0,
        created_at=NOON,
    )


def row(index: int) -> ListRow:
    return ListRow(
        ref=f"C-{index}",
        name=f"Customer {index}",
        title="",
        language="en",
        customer_class=CustomerClass.ORDINARY,
        zones=("Europe/London",),
        number=f"+44207{index:07}",
        due_at=NOON,
        fields={"service": "boiler"},
        extras={},
    )


def attempt(index: int) -> NewAttempt:
    return NewAttempt(
        id=f"a-{index}",
        campaign_id=1,
        lead_id=index,
        customer_id=index,
        number=row(index).number,
        trunk="main",
        agent_id=None,
        committed_at=NOON,
        definition_version="f00d",
    )
