"""Calls that still ring are called off when their people ask not to be called; answered ones go on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from dialer_world import World, number, refuse_consent, until

from campaigns.memory_people import MemoryPersonBook
from campaigns.model import DialMode, Disposition, LeadStatus
from dialer.agent_states import AgentState
from dialer.calling_off import CallingOff
from dialer.live_call import LiveCall
from dialer.offer import Offer
from dialer.ports import WrapUp
from dialer.telephony import JournalEntry

WISHES: dict[str, Callable[[World], Awaitable[object]]] = {
    "barred": lambda world: world.people.suppress(number(1), "asked", "mia", world.clock.now()),
    "consent withdrawn": refuse_consent,
    "to be erased": lambda world: MemoryPersonBook(world.people).ask_erasing(1, world.clock.now(), "mia"),
}


@pytest.fixture
async def off(world: World) -> AsyncIterator[CallingOff]:
    made = CallingOff(world.book, world.switch, world.clock, world.calls, world.rules, world.previews)
    yield made
    await made.close()


async def two_ringing(world: World) -> tuple[LiveCall, LiveCall]:
    """Calls to the first customer and to another one."""
    await world.seat("a1")
    await world.seat("a2")
    campaign = await world.campaign(leads=2)
    return await world.launch(campaign), await world.launch(campaign)


@pytest.mark.parametrize("wish", WISHES)
async def test_who_asks_while_it_rings_is_rung_no_longer(world: World, off: CallingOff, wish: str) -> None:
    his, other = await two_ringing(world)
    world.switch.ring(his.attempt_id)
    await WISHES[wish](world)
    off.look()
    await until(lambda: bool(world.ended))
    assert world.ended == [his]
    assert (his.disposition, his.facts.answered_at) == (Disposition.CANCELLED, None)
    assert not other.cancelled_by_us


async def test_whoever_has_answered_is_not_hung_up_on(world: World, off: CallingOff) -> None:
    his, _ = await two_ringing(world)
    world.switch.answer(his.attempt_id)
    await WISHES["barred"](world)
    off.look()
    await until(lambda: off._task is not None and off._task.done())
    assert (world.ended, his.cancelled_by_us) == ([], False)


async def test_a_wish_that_comes_while_another_call_is_called_off_counts_too(
    world: World, off: CallingOff
) -> None:
    his, other = await two_ringing(world)
    world.book.takes_s = 1  # the first one's end is being stored for a while
    await WISHES["barred"](world)
    off.look()
    await until(lambda: his.cancelled_by_us)
    await world.people.suppress(number(2), "asked", "mia", world.clock.now())
    off.look()
    await until(lambda: len(world.ended) == 2)
    assert {his.disposition, other.disposition} == {Disposition.CANCELLED}


async def test_what_does_not_concern_the_person_calls_nothing_off(world: World, off: CallingOff) -> None:
    his, _ = await two_ringing(world)
    await world.people.set_rules(his.campaign.id, (), (), "mia", world.clock.now())
    off.look()
    await until(lambda: off._task is not None and off._task.done())
    assert world.ended == []
    assert world.lead().status is LeadStatus.CLAIMED


async def by_key(world: World) -> None:
    await world.answered.suppress("in-1", number(1))


async def by_agent(world: World) -> None:
    await world.floor._suppress(number(1), WrapUp("in-1", "a2", "do_not_call", "", world.clock.now()))


async def by_key_in_the_message(world: World) -> None:
    """Pressed in the information message of an earlier call, and collected after an outage."""
    first = next(iter(world.calls.all())).attempt_id
    await world.recovery.wishes.keep([JournalEntry("aband", first, ("1763740800", "9"))])


@pytest.mark.parametrize("said", [by_key, by_agent, by_key_in_the_message])
async def test_a_word_in_another_talk_calls_it_off_too(
    world: World, off: CallingOff, said: Callable[[World], Awaitable[None]]
) -> None:
    his, _ = await two_ringing(world)
    world.answered._opted_out = world.floor._opted_out = off.look
    world.recovery.wishes._opted_out = off.look
    await said(world)
    await until(lambda: world.ended == [his])
    assert his.disposition is Disposition.CANCELLED


@pytest.mark.parametrize("wish", WISHES)
async def test_who_asks_while_he_lies_before_an_agent_is_taken_from_him(
    world: World, off: CallingOff, wish: str
) -> None:
    campaign = await world.campaign(leads=2, mode=DialMode.PREVIEW)
    run = world._run(campaign.id)
    world.control._runs[campaign.id] = run
    world.serve(run.work())
    seats = [await world.seat("a1"), await world.seat("a2")]
    await until(lambda: all(seat.state is AgentState.PREVIEW for seat in seats))
    his = next(seat for seat in seats if isinstance(seat.subject, Offer) and seat.subject.lead.id == 1)
    (other,) = [seat for seat in seats if seat is not his]
    kept = other.subject
    await WISHES[wish](world)
    off.look()
    stands = LeadStatus.DONE if wish == "to be erased" else LeadStatus.REFUSED
    await until(lambda: his.state is AgentState.READY and world.lead().status is stands)
    assert (other.state, other.subject, world.switch.placed) == (AgentState.PREVIEW, kept, [])


async def test_a_call_that_is_asked_for_reads_its_lead_after_the_look_at_it(
    world: World, off: CallingOff
) -> None:
    """What a look reads counts as seen: between what a call reads and its attempt it would hide a change."""
    campaign = await world.campaign(mode=DialMode.PREVIEW)
    run = world._run(campaign.id)
    world.control._runs[campaign.id] = run
    world.serve(run.work())
    seat = await world.seat("a1")
    await until(lambda: seat.state is AgentState.PREVIEW)
    world.book.held["claimed"] = asyncio.Event()
    off.look()
    await until(lambda: world.book.asked["claimed"] == 1)
    await world.floor.call("a1")
    await asyncio.sleep(30)
    assert (world.book.asked["claimed"], world.switch.placed) == (1, [])
    world.book.held.pop("claimed").set()
    await until(lambda: bool(world.switch.placed))
    assert world.book.asked["claimed"] == 2
