"""Memories at rest: what a campaign starts an hour with, by campaign, list and hour. Plain data in and out.

Agents' figures (talks, wrap-ups, the price) belong to the campaign; customers' figures (answer rate, delays)
to the most special entry there is: this list at this hour, else this list, else the campaign.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from dialer.pacing.memory import Memory

TRUSTED_CALLS: Final = 60.0
"""A stored answer rate counts like so many calls: enough to start from, too few to be stubborn about."""


def names_of(campaign: str, list_name: str, hour: int) -> tuple[str, str, str]:
    """Return the names of the entries that concern an hour, the most special one first."""
    return f"{campaign}/{list_name}/{hour:02}", f"{campaign}/{list_name}", campaign


def hour_of(name: str) -> int | None:
    """Return the hour that an entry's name tells; None for one of all hours, or that is none of ours."""
    *_, last = parts = name.split("/")
    return int(last) if len(parts) == 3 and last.isdigit() and int(last) < 24 else None


def kept(
    shelf: Mapping[str, Mapping[str, Any]], memory: Memory, campaign: str, list_name: str, hour: int
) -> dict[str, Mapping[str, Any]]:
    """Return the shelf with a memory put away, under all three of its names."""
    plain = memory.to_plain()
    return {**shelf, **dict.fromkeys(names_of(campaign, list_name, hour), plain)}


def started(
    shelf: Mapping[str, Mapping[str, Any]], campaign: str, list_name: str, hour: int, otherwise: Memory
) -> Memory:
    """Return the memory to begin an hour with; ``otherwise`` where the shelf has nothing.

    Raises ``ValueError`` or ``KeyError`` for an entry that is none of ours.
    """
    names = [name for name in names_of(campaign, list_name, hour) if name in shelf]
    if not names:
        return otherwise
    customers, agents = Memory.from_plain(shelf[names[0]]), Memory.from_plain(shelf[names[-1]])
    share = min(1.0, TRUSTED_CALLS / max(1.0, customers.answer_rate.calls))
    rate = customers.answer_rate
    return replace(
        agents,
        answer_rate=replace(rate, answers=rate.answers * share, calls=rate.calls * share),
        delays=customers.delays,
    )
