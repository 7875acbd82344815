"""Who is on the line, or about to be: nobody's two telephones ring at once, no caller is called."""

import asyncio

import pytest
from dialer_world import ALWAYS, World, list_row, number

from campaigns.packs_folder import Choices, load_packs, rule_book
from dialer.door import Launched
from dialer.inbound import InboundTalk
from dialer.ports import CallFacts, InboundCall

WITHOUT_GAP = Choices(house_hours=ALWAYS, house_on_holidays=True, house_gap_minutes=0)


async def two_people(world: World, first: tuple[str, ...], second: tuple[str, ...]) -> None:
    """Two people in two campaigns, each called at his first number."""
    world.rules.book = rule_book(load_packs(), WITHOUT_GAP)
    await world.seat("a1")
    await world.seat("a2")
    for index, numbers in enumerate((first, second), 1):
        campaign = await world.campaign(leads=0, name=f"Campaign {index}")
        await world.people.load_rows(campaign.id, [list_row(index, number=one) for one in numbers])
        for lead in list(world.people.lead_rows.values()):
            if lead.campaign_id == campaign.id and lead.number != numbers[0]:
                del world.people.lead_rows[lead.id]


X, Y, Z = number(1), number(2), number(3)


@pytest.mark.parametrize(
    ("first", "second"), [((X, Y), (Y,)), ((Y,), (X, Y)), ((X,), (X,))], ids=["his", "hers", "same"]
)
async def test_two_who_share_a_telephone_are_not_called_at_once(
    world: World, first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    await two_people(world, first, second)
    one, other = [await world.people.campaign(index) for index in (1, 2)]
    launches = await asyncio.gather(world.visit(one), world.visit(other))
    assert sorted(launch.what for launch in launches) == sorted([Launched.PLACED, Launched.REFUSED])
    assert len(world.switch.placed) == 1


async def test_two_who_share_a_telephone_that_neither_is_called_at_do_not_hinder_each_other(
    world: World,
) -> None:
    await two_people(world, (X, Y), (Z, Y))
    one, other = [await world.people.campaign(index) for index in (1, 2)]
    launches = await asyncio.gather(world.visit(one), world.visit(other))
    assert [launch.what for launch in launches] == [Launched.PLACED] * 2


@pytest.mark.parametrize("known", [False, True], ids=["by number", "by customer"])
async def test_who_talks_on_the_hotline_is_not_called_and_is_due_again_after_it(
    world: World, known: bool
) -> None:
    await world.seat()
    campaign = await world.campaign()
    customer = await world.people.customer(1) if known else None
    call = InboundCall("in-1", "" if known else number(1), "", world.clock.now())
    world.answered.inbound["in-1"] = InboundTalk(call, customer, CallFacts())
    launch = await world.visit(campaign)
    assert launch.what is Launched.REFUSED
    verdict = world.lead().verdict
    assert verdict is not None
    assert verdict.rule == "in-call"
    del world.answered.inbound["in-1"]
    await asyncio.sleep(16)
    assert (await world.visit(campaign)).what is Launched.PLACED


async def test_a_call_that_ended_hinders_nobody(world: World) -> None:
    await world.seat()
    call = await world.launch(await world.campaign())
    line = world.calls.on_the_line
    assert line.hinders(number(1), call.customer, None) is Launched.IN_CALL
    world.switch.hang_up(call.attempt_id, 17, 486)
    await call.ended.wait()
    assert line.hinders(number(1), call.customer, None) is None
    assert line._parties == line._at == line._reached_by == line._people == {}
