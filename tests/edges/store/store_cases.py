"""One campaign, rows and attempts for the tests of this room; also run as a program by the crash test."""

from datetime import UTC, datetime

from plain_cases import plain_campaign, plain_row

from campaigns.lists import ListRow
from campaigns.model import Campaign
from dialer.ports import NewAttempt

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)


def campaign(name: str = "Revisit") -> Campaign:
    return plain_campaign(name=name, hours=(), created_at=NOON)


def row(index: int) -> ListRow:
    zones, number = ("Europe/London",), f"+44207{index:07}"
    return plain_row(index, zones=zones, number=number, due_at=NOON, fields={"service": "boiler"})


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
