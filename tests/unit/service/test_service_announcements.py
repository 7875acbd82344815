"""Campaigns are woken once for all that changes in a moment, and never for nothing."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from dialer.calls import State
from dialer.live_call import LiveCall
from service.announcements import Announcements


class Campaigns:
    """What is told to wake; ``woken`` is set each time."""

    def __init__(self) -> None:
        self.times = 0
        self.woken = asyncio.Event()

    def wake(self) -> None:
        self.times += 1
        self.woken.set()

    async def have_woken(self) -> int:
        """Wait until they have been woken again; return how often they ever were."""
        async with asyncio.timeout(5):
            await self.woken.wait()
        self.woken.clear()
        return self.times


class Told:
    """A part that keeps what it was told, by the name of the call."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *_: self.told.append(name)


@pytest.fixture
def campaigns() -> Campaigns:
    return Campaigns()


@pytest.fixture
def live() -> Told:
    return Told()


@pytest.fixture
def calling_off() -> Told:
    return Told()


@pytest.fixture
def late(campaigns: Campaigns, live: Told, calling_off: Told) -> Announcements:
    made, other = Announcements(), cast(Any, Told())
    made.bind(
        cast(Any, live),
        cast(Any, campaigns),
        *(other, other, other, other, other, other),
        cast(Any, calling_off),
    )
    return made


def call(state: State) -> LiveCall:
    return cast(LiveCall, SimpleNamespace(state=state, trunk="carrier", attempt_id="att-1"))


async def test_what_changes_in_one_moment_wakes_campaigns_once_and_after_it(
    late: Announcements, campaigns: Campaigns, live: Told
) -> None:
    late.moved(call(State.ANSWERED), State.RINGING)
    late.changed()
    late.ended(call(State.ENDED))
    assert live.told == ["moved", "changed", "ended"]  # pages and counters are told at once
    assert campaigns.times == 0
    assert await campaigns.have_woken() == 1
    late.changed()
    assert await campaigns.have_woken() == 2


async def test_a_call_that_begins_to_ring_wakes_nobody(late: Announcements, campaigns: Campaigns) -> None:
    late.moved(call(State.RINGING), State.SENT)
    late.moved(call(State.AFTER_TALK), State.TALKING)
    assert late._waking is None
    late.moved(call(State.CLEARED), State.RINGING)
    assert await campaigns.have_woken() == 1


async def test_who_opts_out_has_ringing_calls_looked_at(
    late: Announcements, campaigns: Campaigns, live: Told, calling_off: Told
) -> None:
    late.changed()
    assert calling_off.told == []
    late.opted_out()
    assert (calling_off.told, live.told) == (["look"], ["changed", "changed"])
    assert await campaigns.have_woken() == 1
    Announcements().opted_out()  # before all is built there is nobody to call off
