"""Calls that a process left behind, and what the switch wrote of their ends."""

from typing import Any

from dialer_world import START, World

from campaigns.model import Disposition
from dialer.telephony import JournalEntry

D = Disposition
EPOCH = str(int(START.timestamp()))


def entry(family: str, key: str, *fields: str) -> JournalEntry:
    return JournalEntry(family, key, fields)


def end(key: str, talked: str = "", info: str = "", cause: str = "16") -> JournalEntry:
    return entry("end", key, EPOCH, talked, "", info, "", cause, "PJSIP/x")


async def left_behind(world: World, count: int = 1, **changes: Any) -> tuple[World, list[str]]:
    """Calls of a process that is gone, whose switch knows nothing of them any more; and the next process."""
    campaign = await world.campaign(leads=count, **changes)
    calls = [await world.launch(campaign, with_agent=False) for _ in range(count)]
    await world.calls.drain()
    world.switch._channels.clear()
    world.listeners.clear()
    return world.restarted(), [call.attempt_id for call in calls]


def outcome(world: World, attempt_id: str) -> Disposition | None:
    return world.people.attempt_lines[attempt_id].disposition
