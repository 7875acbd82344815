"""Leads that the outside check is asked about side by side: as many as may be called, and none too many."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from dialer_world import START, World, list_row, number, ready, until

from campaigns.model import CampaignStatus, DialMode, LeadStatus, Purpose
from campaigns.screening import Screened
from campaigns.why import explain
from dialer.campaign_run import CampaignRun
from dialer.live_facts import live_facts

WITHIN_S = 0.5


class Slow:
    """An outside check that takes ``takes_s``, or until ``answers`` where that is set, and allows whoever is
    not ``refused``."""

    def __init__(self, takes_s: float = 4.0) -> None:
        self.takes_s = takes_s
        self.answers: asyncio.Event | None = None
        self.asked: list[tuple[float, str]] = []
        self.refused: set[str] = set()
        self.cut_off = 0

    async def ask(self, number: str, purpose: Purpose, campaign_id: int) -> Screened:
        self.asked.append((asyncio.get_running_loop().time(), number))
        try:
            if self.answers is None:
                await asyncio.sleep(self.takes_s)
            else:
                await self.answers.wait()
        except asyncio.CancelledError:
            self.cut_off += 1
            raise
        return Screened("the outside check refused" if number in self.refused else "")


@asynccontextmanager
async def asked(takes_s: float = 4.0, agents: int = 3) -> AsyncIterator[tuple[World, Slow]]:
    check = Slow(takes_s)
    world = World(agents=agents, outside=check)
    try:
        for index in range(1, agents + 1):
            await world.seat(f"a{index}")
        yield world, check
    finally:
        if check.answers is not None:
            check.answers.set()
        await world.close()


async def start(world: World, leads: int = 6, **changes: object) -> CampaignRun:
    campaign = await world.campaign(leads=leads, **changes)
    return world.dials(campaign)


async def test_as_many_are_asked_about_at_once_as_agents_are_free() -> None:
    async with asked() as (world, check):
        await start(world)
        await asyncio.sleep(WITHIN_S)
        assert len(check.asked) == 3
        await asyncio.sleep(4)
        assert len(world.switch.placed) == 3
        assert {dial.number for dial in world.switch.placed} == {one for _, one in check.asked}


async def test_ratio_asks_ahead_and_never_places_more_than_its_lines() -> None:
    async with asked(1.0) as (world, check):
        await start(world, 40, mode=DialMode.RATIO, lines_per_agent=2.0, calls_per_second=10.0)
        await asyncio.sleep(1.0)
        assert len(check.asked) == 6
        await asyncio.sleep(10)
        assert len(world.switch.placed) == 6
        assert len(check.asked) == 6


async def test_answers_that_come_at_once_are_sent_at_the_campaigns_rate() -> None:
    async with asked() as (world, check):
        check.answers = asyncio.Event()
        await start(world, calls_per_second=1.0)
        await asyncio.sleep(8)
        assert len(check.asked) == 3
        check.answers.set()
        await asyncio.sleep(WITHIN_S)
        assert len(world.switch.placed) == 1
        await asyncio.sleep(1)
        assert len(world.switch.placed) == 2


async def test_whom_the_check_refuses_uses_up_no_call_of_the_second() -> None:
    async with asked(0.01, agents=1) as (world, check):
        check.refused = {number(index) for index in range(1, 6)}
        await start(world, calls_per_second=1.0)
        await asyncio.sleep(WITHIN_S)
        assert [dial.number for dial in world.switch.placed] == [number(6)]


@pytest.mark.parametrize("mode", [DialMode.PROGRESSIVE, DialMode.RATIO, DialMode.PREDICTIVE])
async def test_agents_who_left_meanwhile_are_not_dialled_for(mode: DialMode) -> None:
    async with asked() as (world, check):
        check.answers = asyncio.Event()
        await start(world, mode=mode, lines_per_agent=1.0)
        await until(lambda: len(check.asked) >= 1)
        await asyncio.sleep(WITHIN_S)
        before = len(check.asked)
        for index in (1, 2, 3):
            await world.floor.pause(f"a{index}", "break")
        check.answers.set()
        await asyncio.sleep(3)
        assert world.switch.placed == []
        assert len(check.asked) == before
        assert all(world.lead(one).status is LeadStatus.WAITING for one in range(1, 7))


async def test_one_person_is_asked_about_once() -> None:
    async with asked() as (world, check):
        campaign = await world.campaign(leads=0)
        rows = [list_row(1, number=number(1)), list_row(1, number=number(2))]
        await world.people.load_rows(campaign.id, rows)
        world.dials(campaign)
        await asyncio.sleep(WITHIN_S)
        assert len(check.asked) == 1
        await asyncio.sleep(5)
        assert len(world.switch.placed) == 1


async def test_a_pause_is_answered_while_the_check_is_asked_and_gives_the_leads_back() -> None:
    async with asked() as (world, check):
        check.answers = asyncio.Event()
        campaign = await world.campaign(leads=6)
        run = world.dials(campaign)
        await until(lambda: len(check.asked) == 3)
        async with asyncio.timeout(WITHIN_S):
            receipt = await world.control.pause(campaign.id, "mia", "break", cancel_unanswered=False)
        assert receipt.still_ringing == 0
        assert (await world.people.campaign(campaign.id)).status is CampaignStatus.PAUSED
        await until(lambda: all(world.lead(one).status is LeadStatus.WAITING for one in range(1, 7)))
        assert check.cut_off == 3
        assert (world.switch.placed, list(world.memory.attempts())) == ([], [])
        assert not run._visits.under_way


async def test_an_opt_out_while_they_are_asked_bars_that_one_alone() -> None:
    async with asked() as (world, check):
        await start(world, 3)
        await until(lambda: len(check.asked) == 3)
        await world.people.suppress(number(2), "asked", "mia", world.clock.now())
        await asyncio.sleep(5)
        assert sorted(dial.number for dial in world.switch.placed) == [number(1), number(3)]


async def test_a_lost_visit_is_told_and_does_not_end_the_campaign() -> None:
    async with asked() as (world, check):
        campaign = await world.campaign(leads=3)
        run = world.dials(campaign)
        await until(lambda: len(check.asked) == 3)
        world.book.broken["open_attempt"] = 1
        await asyncio.sleep(4.5)
        assert len(world.switch.placed) == 2
        with pytest.raises(OSError, match="open_attempt"):
            await world.conversations[-1]
        assert not run._visits.under_way


async def test_leads_are_looked_at_for_several_agents_at_once() -> None:
    async with asked() as (world, check):
        await start(world, mode=DialMode.PREVIEW)
        await asyncio.sleep(WITHIN_S)
        assert len(check.asked) == 3
        await asyncio.sleep(4)
        assert [seat.state for seat in world.agents.seats()] == ["preview"] * 3
        assert len(check.asked) == 3


async def test_it_is_said_that_the_check_is_waited_for() -> None:
    async with asked() as (world, _):
        campaign = await world.campaign(leads=6)
        run = world.dials(campaign)
        await asyncio.sleep(2)
        live = live_facts(campaign, world.control, world.calls, world.agents, switch_up=True)
        assert (live.asking, round(live.answers_take_s)) == (3, 2)
        view = world.pacing.view(campaign.id)
        assert view is not None
        run._ask()
        seen = world.pacing.view(campaign.id)
        assert seen is not None
        assert "3 waiting for the outside check (2." in seen.decisions[0].words
        assert ready(world.agents.seat("a1"))
        assert world.clock.now() > START


async def test_why_names_the_check_when_nothing_is_under_way_but_its_answers() -> None:
    async with asked() as (world, _):
        campaign = await world.campaign(leads=6)
        world.dials(campaign)
        await asyncio.sleep(2)
        live = live_facts(campaign, world.control, world.calls, world.agents, switch_up=True)
        groups = await world.people.lead_groups(campaign.id, world.clock.now())
        headline = explain(campaign, world.clock.now(), groups, live).headline
        assert headline.code == "outside-check"
        assert headline.text == "3 leads wait for the outside check, which took 2.0 s lately"


async def test_a_budget_used_up_meanwhile_lets_no_call_go_out_without_its_agent() -> None:
    async with asked(agents=1) as (world, check):
        check.answers = asyncio.Event()
        run = await start(world, mode=DialMode.RATIO, lines_per_agent=2.0, purpose=Purpose.MARKETING)
        await until(lambda: len(check.asked) == 2)
        for _ in range(6):
            world.pacing._judged._counts.count(run.campaign_id, abandoned=True)
        check.answers.set()
        await until(lambda: bool(world.switch.placed))
        assert [call.with_agent for call in world.calls.all()] == [True]
