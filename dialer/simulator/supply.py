"""Whom the world calls next, and what becomes of a call: the seam between the floor and the leads.

The world asks for a lead for each call it places and tells how each call ended. The endless supply knows no
leads: anybody may be called at any time. Others hold real ones, with their rules. It must not know agents.
"""

from enum import StrEnum
from random import Random
from typing import Any, NamedTuple, Protocol

from dialer.simulator.scenario import Scenario


class Ending(StrEnum):
    """How a call ended, as far as the floor knows."""

    CONNECTED = "connected"  # a person, and an agent
    MACHINE = "machine"  # an agent heard an answering machine
    ABANDONED = "abandoned"  # answered, and nobody came inside the connect limit
    MISSED = "missed"
    FAILED = "failed"  # the line's fault
    GIVEN_UP = "given up"  # by us, while it rang


class Fate(NamedTuple):
    """What becomes of a call: ``outcome`` (reached, missed, failed) after ``delay_s``, and by whom."""

    outcome: str
    delay_s: float
    human: bool


class LeadSupply(Protocol):
    """Leads by virtual time, in seconds from the day's start. A lead is whatever the supply says it is."""

    def next_at(self, moment: float) -> float | None:
        """Return when somebody may be called, ``moment`` for now; None when nobody will be any more."""

    def take(self, moment: float) -> Any:
        """Return the lead to call now; None when it turns out that nobody may be."""

    def fate(self, lead: Any, moment: float, source: Random) -> Fate:
        """Draw what becomes of a call sent now."""

    def ended(self, lead: Any, moment: float, ending: Ending) -> None:
        """Take notice of a call's end; a talk is told as it begins."""


ANYBODY = "anybody"


class EndlessSupply:
    """There is always somebody to call, and all are alike."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario

    def next_at(self, moment: float) -> float:
        """Return now."""
        return moment

    def take(self, moment: float) -> str:
        """Return anybody."""
        return ANYBODY

    def fate(self, lead: Any, moment: float, source: Random) -> Fate:
        """Draw by the scenario."""
        outcome, delay = self._scenario.draw_call(moment, source)
        return Fate(outcome, delay, source.random() >= self._scenario.machines)

    def ended(self, lead: Any, moment: float, ending: Ending) -> None:
        """Leave everything as it is."""
