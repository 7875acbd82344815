"""Who an unknown caller of the hotline is, by the word of the agent who has him."""

import pytest
from dialer_world import START, World

from campaigns.desk.newcomers import CustomerDraft, NewcomerDesk
from campaigns.desk.owners import OwnerDesk
from campaigns.memory_people import MemoryPersonBook
from campaigns.model import Customer
from dialer.agent_states import AgentEvent
from dialer.callers import Callers
from dialer.errors import NotAllowedNow, NotKnown
from dialer.inbound import InboundTalk
from dialer.ports import CallFacts, InboundCall

NUMBER = "+12025559999"
JO = CustomerDraft("Jo Park", "")


class Hotline:
    """A world in which agent a1 is about to talk with an unknown caller."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.changes = 0
        people = MemoryPersonBook(world.people)
        owners = OwnerDesk(people, world.clock.now, ["a1", "a2"])
        newcomers = NewcomerDesk(people, owners, world.clock.now, lambda signs: signs[0], "US")
        self.callers = Callers(world.agents, newcomers, people, self.changed)
        self.talk = InboundTalk(InboundCall("in-1", NUMBER, "", START), None, CallFacts(bridged_at=START))

    def changed(self) -> None:
        self.changes += 1

    async def reserve(self) -> None:
        await self.world.memory.open_inbound(self.talk.call)
        await self.world.seat("a1")
        seat = self.world.agents.reserve("in-1")
        assert seat is not None
        seat.subject = self.talk

    async def begin(self) -> None:
        await self.reserve()
        self.world.agents.move(self.world.agents.seat("a1"), AgentEvent.TALK_BEGAN)


@pytest.fixture
def hotline(world: World) -> Hotline:
    return Hotline(world)


async def test_an_unknown_caller_becomes_a_customer_and_the_page_has_his_file(hotline: Hotline) -> None:
    await hotline.begin()
    made = await hotline.callers.make_customer("a1", "in-1", JO)
    assert (made.numbers, made.owner) == ((NUMBER,), "a1")
    card = hotline.world.floor.view("a1").call
    assert card is not None
    assert (card.customer, hotline.changes) == (made, 1)
    assert hotline.world.people.callers == {"in-1": made.id}
    with pytest.raises(NotAllowedNow, match=r"the caller is known: Jo Park \(N-2222-2222\)"):
        await hotline.callers.make_customer("a1", "in-1", JO)
    with pytest.raises(NotAllowedNow, match="the caller is known"):
        await hotline.callers.know_caller("a1", "in-1", made.ref)


async def test_another_number_than_the_calls_is_taken_as_told(hotline: Hotline) -> None:
    await hotline.begin()
    made = await hotline.callers.make_customer("a1", "in-1", CustomerDraft("Jo", "202 555 0198"))
    assert made.numbers == ("+12025550198",)


async def test_a_caller_is_a_customer_of_the_book(hotline: Hotline) -> None:
    campaign = await hotline.world.campaign()
    claim = await hotline.world.memory.claim(campaign.id, START)
    assert claim is not None
    await hotline.begin()
    known = await hotline.callers.know_caller("a1", "in-1", claim.customer.ref)
    assert hotline.talk.customer == known == claim.customer
    assert await hotline.callers.hotline_calls("a1") == []  # but for the one he is in
    await hotline.world.memory.open_inbound(InboundCall("in-0", claim.customer.numbers[0], "", START))
    assert [call.call_id for call in await hotline.callers.hotline_calls("a1")] == ["in-0"]


async def test_it_takes_a_talk_of_his_own_with_somebody_unknown(hotline: Hotline) -> None:
    async def both(agent_id: str, call_id: str) -> str:
        said: set[str] = set()
        for ask in (
            lambda: hotline.callers.make_customer(agent_id, call_id, JO),
            lambda: hotline.callers.know_caller(agent_id, call_id, "C-1"),
        ):
            with pytest.raises(NotAllowedNow) as refused:
                await ask()
            said.add(str(refused.value))
        (words,) = said
        return words

    assert "does not have this call any more: in-1" in await both("a1", "in-1")
    assert await hotline.callers.hotline_calls("a1") == ()
    await hotline.reserve()
    assert await both("a1", "in-1") == "there has been no talk yet"
    assert "does not have this call any more" in await both("a2", "in-1")
    assert "does not have this call any more: in-2" in await both("a1", "in-2")
    with pytest.raises(NotKnown):
        await hotline.callers.make_customer("nobody", "in-1", JO)
    assert hotline.changes == 0


async def test_whom_we_call_is_in_the_book(hotline: Hotline) -> None:
    await hotline.world.seat("a1")
    call = await hotline.world.launch(await hotline.world.campaign())
    assert isinstance(call.customer, Customer)
    with pytest.raises(NotAllowedNow, match="whom we call is in the book"):
        await hotline.callers.make_customer("a1", call.attempt_id, JO)
