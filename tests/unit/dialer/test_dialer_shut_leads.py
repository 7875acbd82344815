"""A list that comes due while its hours are shut is put off at once, and whoever is behind it is called."""

import asyncio
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from dialer_world import START, World, campaign, list_row, until

from campaigns.model import (
    Campaign,
    DialMode,
    HoursWindow,
    Lead,
)
from campaigns.verdicts import Verdict
from dialer import shut_leads
from dialer.shut_leads import AGAIN_S

# Ten in the morning in New York and three in the afternoon in London, where the morning is over.
MORNINGS = tuple(HoursWindow(weekday, time(9), time(12)) for weekday in range(7))
TOMORROW = datetime(2026, 11, 19, 9, 0, tzinfo=START.tzinfo)
SHUT = Verdict(False, "hours", "afternoon", TOMORROW)


async def filled(world: World, shut: int, awake: int = 1) -> Campaign:
    """A campaign that calls in the morning: so many leads in London, and behind them some in New York."""
    made = await world.people.add_campaign(
        campaign(hours=MORNINGS, mode=DialMode.AGENTLESS, flow="test-call", max_channels=5)
    )
    last = START - timedelta(seconds=1)
    rows = [
        list_row(
            index,
            zones=("Europe/London",) if index <= shut else ("America/New_York",),
            due_at=last - timedelta(hours=1) if index <= shut else last,
        )
        for index in range(1, shut + awake + 1)
    ]
    await world.people.load_rows(made.id, rows)
    return made


def put_off(world: World) -> int:
    return sum(lead.due_at == TOMORROW for lead in world.people.lead_rows.values())


async def looked(world: World, one: Campaign) -> None:
    await until(lambda: not world.shut.is_looking(one.id))


async def test_a_list_that_is_shut_is_put_off_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shut_leads, "PAGE", 10)
    made = await filled(world, shut=95)
    first = world.lead(1)
    world.shut.refused(made.id, first, SHUT)
    await looked(world, made)
    assert put_off(world) == 95
    awake = world.lead(96)
    assert (awake.due_at, awake.verdict) == (START - timedelta(seconds=1), None)
    kept = world.lead(50).verdict
    assert kept is not None
    assert (kept.rule, kept.zone, kept.next_at) == ("hours", "Europe/London", TOMORROW)


async def test_a_refusal_at_the_door_sets_it_off_and_whoever_is_behind_is_called(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await filled(world, shut=500)
    real = world.shut._due.put_off

    async def slow(*given: object) -> int:
        await asyncio.sleep(0.5)
        return await real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(world.shut._due, "put_off", slow)
    world.dials(made)
    await asyncio.sleep(2)
    assert [dial.number for dial in world.switch.placed] == [world.lead(501).number]
    assert put_off(world) == 500
    assert world.book.asked["return_lead"] <= 16  # and not one for each


@pytest.mark.parametrize(
    ("refusal", "wished"),
    [
        (SHUT._replace(rule="cap"), None),
        (SHUT._replace(rule="suppressed", next_at=None), None),
        (SHUT, START),
    ],
    ids=["a cap", "a do-not-call list", "an agreed call-back"],
)
async def test_a_refusal_that_is_his_own_moves_nobody_else(
    world: World, refusal: Verdict, wished: datetime | None
) -> None:
    made = await filled(world, shut=3)
    world.shut.refused(made.id, replace(world.lead(1), appointment_at=wished), refusal)
    assert not world.shut.is_looking(made.id)


async def test_it_looks_no_further_than_to_those_who_may_be_called(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shut_leads, "PAGE", 5)
    monkeypatch.setattr(shut_leads, "ENOUGH", 10)
    made = await filled(world, shut=5, awake=40)
    moved: list[Lead] = []
    await_page = world.shut._due.due_leads

    async def counted(*given: object) -> object:
        page = await await_page(*given)  # type: ignore[arg-type]
        moved.extend(world.people.lead_rows[lead.lead_id] for lead in page.leads)
        return page

    monkeypatch.setattr(world.shut._due, "due_leads", counted)
    world.shut.refused(made.id, world.lead(1), SHUT)
    await looked(world, made)
    assert (put_off(world), len(moved)) == (5, 15)


async def test_it_looks_again_after_a_while_only(world: World) -> None:
    made = await filled(world, shut=3)
    world.shut.refused(made.id, world.lead(1), SHUT)
    await looked(world, made)
    world.shut.refused(made.id, world.lead(1), SHUT)
    assert not world.shut.is_looking(made.id)
    await asyncio.sleep(AGAIN_S)
    world.shut.refused(made.id, world.lead(1), SHUT)
    assert world.shut.is_looking(made.id)


async def test_who_was_put_off_by_hours_that_are_no_longer_is_judged_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await filled(world, shut=3)
    real = world.shut._due.put_off

    async def changed_meanwhile(*given: object) -> int:
        always = tuple(HoursWindow(weekday, time(0), time(0)) for weekday in range(7))
        await world.people.set_rules(made.id, always, (), "mia", START)
        world.review.begin(made.id)  # finds nobody: the page is not stored yet
        await until(lambda: not world.review.is_looking(made.id))
        return await real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(world.shut._due, "put_off", changed_meanwhile)
    world.shut.refused(made.id, world.lead(1), SHUT)
    await looked(world, made)
    await until(lambda: put_off(world) == 0)
    assert [world.lead(index).verdict for index in (1, 2, 3)] == [None, None, None]


async def test_a_store_that_fails_is_told_and_asked_again_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await filled(world, shut=3)

    async def broken(*_: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(world.shut._due, "put_off", broken)
        world.shut.refused(made.id, world.lead(1), SHUT)
        await looked(world, made)
    assert put_off(world) == 0
    await asyncio.sleep(AGAIN_S)
    world.shut.refused(made.id, world.lead(1), SHUT)
    await looked(world, made)
    assert put_off(world) == 3
