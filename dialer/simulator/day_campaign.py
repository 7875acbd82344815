"""The campaign of a simulated day: what it is, what is said, and the customers it calls.

Knows the product's own campaigns and definitions. Must not know how a day runs.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time
from typing import Final

from campaigns.model import (
    Campaign,
    CampaignStatus,
    Customer,
    CustomerClass,
    DialMode,
    Disposition,
    HoursWindow,
    Purpose,
    RetryRule,
    Template,
)
from campaigns.templates import load_templates
from dialer.simulator.scenario import Scenario
from ivr.flow.library import FlowLibrary
from ivr.flow.model import Flow
from ivr.prompts.memory import MemoryPrompts

BEGINS: Final = datetime(2026, 11, 18, 14, 5, tzinfo=UTC)
"""A Wednesday, five past nine in the morning in New York, where all customers live."""

AREA: Final = 212
FIRST_NUMBER: Final = 2_000_000

LINES: Final = 10_000
"""Channels and calls per second of the trunk: here agents and customers are to decide."""

LONGEST_WRAP_UP_S: Final = 60.0

_ALL_WEEK: Final = tuple(HoursWindow(day, time(0), time(0)) for day in range(7))

SPARE_LEADS: Final = 1.5
"""So many times the leads that agents who never wait would get through."""


class DayWords:
    """What is said on such a day: the shipped flow, sounds without files."""

    def __init__(self) -> None:
        self._flows = FlowLibrary.read()
        self._prompts = MemoryPrompts()
        self._template = load_templates()["revisit"]

    @property
    def prompts(self) -> MemoryPrompts:
        """Sounds that were made ahead of time."""
        self._prompts.asked.clear()
        return self._prompts

    def flow(self, name: str) -> Flow:
        """Return a loaded flow."""
        return self._flows.flow(name)

    def needs_agent(self, name: str) -> bool:
        """Every call of such a day comes to a talk."""
        return True

    def variables(self, campaign: Campaign | None, customer: Customer | None) -> Mapping[str, str]:
        """Return what fills the texts of a call."""
        return {"company": "Acme", "callback_number": "+12125550100"}

    def language(self, customer: Customer | None) -> str:
        """Return the language to speak."""
        return "en"

    def dial_variables(self, campaign: Campaign, customer: Customer) -> Mapping[str, str]:
        """Return what the dialplan needs."""
        return {"LIMIT": f"{campaign.connect_limit_s:g}"}

    def version(self, campaign: Campaign) -> str:
        """Return the definitions' version."""
        return "simulated"

    def template(self, campaign: Campaign) -> Template:
        """Return the shipped template."""
        return self._template


def campaign_of(scenario: Scenario, mode: DialMode, lines_per_agent: float) -> Campaign:
    """Return the campaign of a day, telemarketing by the law of the United States."""
    template = load_templates()["revisit"]
    return Campaign(
        id=0,
        name="Simulated day",
        template=template.name,
        template_version=template.version,
        purpose=Purpose.MARKETING,
        status=CampaignStatus.RUNNING,
        company="Acme",
        caller_id="+12125550100",
        callback_number="+12125550100",
        flow=template.flow,
        hours=_ALL_WEEK,
        retries={Disposition.TRUNK_FAILED: RetryRule(60.0, 100)},
        max_attempts=1,
        anchor=None,
        ring_timeout_s=scenario.ring_s + scenario.setup_s + 1,
        connect_limit_s=scenario.connect_limit_s,
        wrap_up_s=LONGEST_WRAP_UP_S,
        max_channels=LINES,
        calls_per_second=min(1000.0, max(20.0, scenario.agents / 2)),
        created_at=BEGINS,
        mode=mode,
        lines_per_agent=lines_per_agent,
    )


def customers_of(scenario: Scenario) -> Iterable[Customer]:
    """Return enough customers of New York for the day."""
    for index in range(leads_needed(scenario)):
        yield Customer(
            id=index + 1,
            ref=f"C-{index}",
            name=f"Customer {index}",
            title="",
            language="en",
            customer_class=CustomerClass.ORDINARY,
            zones=("America/New_York",),
            numbers=(f"+1{AREA}{FIRST_NUMBER + index}",),
        )


def leads_needed(scenario: Scenario) -> int:
    """Return how many leads a day is given: more than its agents can get through."""
    handling_s = min(value for _, value in scenario.talk_s.points) + scenario.wrap_up_s
    lowest = min(value for _, value in scenario.answer_rate.points)
    return int(SPARE_LEADS * scenario.agents * scenario.length_s / handling_s / lowest) + 100
