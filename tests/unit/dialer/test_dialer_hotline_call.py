"""One hotline call: menu, queue, talk, vote; and whoever leaves or breaks, agent and outcome are right."""

import asyncio

import pytest
from dialer_world import START, World, until

from campaigns.errors import InvalidInput
from campaigns.model import InboundDisposition
from campaigns.suppression import OPT_OUT_ID
from dialer.agent_states import AgentState
from dialer.agents import Seat
from dialer.ports import CallFacts, InboundCall
from ivr.agi.memory import HANG_UP, ScriptedLine, scripted_request
from ivr.errors import LineLost

STOPPED, CONFIRM, NO_NUMBER = (f"en/hotline-{name}" for name in ("stopped", "confirm-stop", "no-number"))


@pytest.fixture
async def seat(world: World) -> Seat:
    return await world.seat("a1")


def caller(
    keys: list[str], call_id: str = "in-1", agi_callerid: str = "+12025551001", **wanted: object
) -> ScriptedLine:
    request = scripted_request("hotline", "1", agi_callerid=agi_callerid, agi_dnid="+18005550100")
    return ScriptedLine(keys, request=request, variables={"ATT": call_id}, **wanted)  # type: ignore[arg-type]


async def hotline(world: World, *, in_bridge: asyncio.Event, gone: asyncio.Event) -> object:
    async def talk(words: tuple[str, ...]) -> str:
        in_bridge.set()
        await gone.wait()
        return "SUCCESS"

    return talk


async def test_a_hotline_call_reaches_an_agent_and_a_vote(world: World, seat: Seat) -> None:
    await world.campaign()
    in_bridge, gone = asyncio.Event(), asyncio.Event()
    line = caller(["1", "5"], talk=await hotline(world, in_bridge=in_bridge, gone=gone))
    serving = world.serve(world.answered.hotline(line))
    await in_bridge.wait()
    (talk,) = world.answered.inbound.values()
    assert (seat.state, seat.subject) == (AgentState.TALKING, talk)
    assert talk.customer is not None
    assert talk.customer.ref == "C-1"
    await asyncio.sleep(5)
    gone.set()
    await serving
    assert (line.variables["DONE"], seat.state) == ("1", AgentState.WRAP_UP)
    kept = world.memory.inbound_calls["in-1"]
    assert (kept.disposition, kept.call.number, kept.facts.agent_id) == (
        InboundDisposition.CONNECTED,
        "+12025551001",
        "a1",
    )
    assert world.memory.votes["in-1"].score == 5
    assert world.answered.inbound == {}
    assert (kept.facts.released_at - kept.facts.bridged_at).total_seconds() == pytest.approx(5, abs=0.1)


async def test_a_caller_waits_with_music_and_it_ends_before_the_talk(world: World) -> None:
    music: list[bool] = []

    async def talk(words: tuple[str, ...]) -> str:
        music.append(line.caller.music)
        return "SUCCESS"

    line = caller(["1", "5"], talk=talk)
    serving = world.serve(world.answered.hotline(line))
    await until(lambda: world.agents.waiting == 1)
    assert line.caller.music
    await world.seat("a1")
    await serving
    assert music == [False]


async def test_a_caller_who_gives_up_waiting_is_abandoned_and_leaves_the_line(world: World) -> None:
    line = caller(["1"])
    serving = world.serve(world.answered.hotline(line))
    await until(lambda: world.agents.waiting == 1)
    line.leave()
    await serving
    assert world.agents.waiting == 0
    assert world.memory.inbound_calls["in-1"].disposition is InboundDisposition.ABANDONED
    assert (await world.seat("a1")).state is AgentState.READY


async def test_a_caller_who_leaves_in_the_menu_is_neither_served_nor_abandoned(world: World) -> None:
    await world.answered.hotline(caller([HANG_UP]))
    assert world.memory.inbound_calls["in-1"].disposition is InboundDisposition.LEFT_IN_MENU


@pytest.mark.parametrize("hears_the_end", [True, False])
async def test_who_asks_to_be_left_alone_is_never_called_again(world: World, hears_the_end: bool) -> None:
    await world.answered.hotline(caller(["9", "1"], hang_up_on=None if hears_the_end else STOPPED))
    assert await world.people.is_suppressed("+12025551001")
    assert world.memory.inbound_calls["in-1"].disposition is InboundDisposition.OPTED_OUT


@pytest.mark.parametrize("shown", ["2025551001", "12025551001", "0012025551001", "+12025551001"])
async def test_a_caller_is_left_alone_however_his_number_is_shown(world: World, shown: str) -> None:
    await world.answered.hotline(caller(["9", "1"], agi_callerid=shown))
    kept = world.memory.inbound_calls["in-1"].call
    assert (kept.number, kept.shown) == ("+12025551001", shown)
    assert [number for number, _ in world.people.suppressed] == ["+12025551001"]


async def test_a_caller_has_his_file_on_the_agents_page_however_his_number_is_shown(
    world: World, seat: Seat
) -> None:
    await world.campaign()
    in_bridge, gone = asyncio.Event(), asyncio.Event()
    talk = await hotline(world, in_bridge=in_bridge, gone=gone)
    world.serve(world.answered.hotline(caller(["1"], agi_callerid="2025551001", talk=talk)))
    await in_bridge.wait()
    card = world.floor.view("a1").call
    assert card is not None
    assert (card.number, card.customer and card.customer.ref) == ("+12025551001", "C-1")


@pytest.mark.parametrize("shown", ["unknown", "anonymous", "201", "+1202555"])
async def test_nothing_is_promised_to_a_number_that_nobody_can_read(
    world: World, seat: Seat, shown: str
) -> None:
    line = caller(["9", "5"], agi_callerid=shown)
    await world.answered.hotline(line)
    assert NO_NUMBER in line.caller.played
    assert not {STOPPED, CONFIRM} & set(line.caller.played)
    assert world.people.suppressed == {}
    kept = world.memory.inbound_calls["in-1"]
    assert (kept.disposition, kept.call.number) == (InboundDisposition.CONNECTED, "")
    assert kept.facts.agent_id == "a1"  # whom he can tell his number


async def test_an_agent_keeps_the_wish_of_a_caller_whose_number_nobody_saw(world: World, seat: Seat) -> None:
    await world.campaign()
    gone = asyncio.Event()
    talk = await hotline(world, in_bridge=(in_bridge := asyncio.Event()), gone=gone)
    serving = world.serve(world.answered.hotline(caller(["1", "5"], agi_callerid="anonymous", talk=talk)))
    await in_bridge.wait()
    with pytest.raises(InvalidInput, match="nobody knows the caller's number"):
        await world.floor.record("a1", "in-1", "do_not_call", "")
    assert "in-1" not in world.memory.wrap_ups
    (inbound,) = world.answered.inbound.values()
    inbound.customer = world.people.customer_rows[1]  # as the agent says
    await world.floor.record("a1", "in-1", "do_not_call", "")
    assert await world.people.is_suppressed("+12025551001")
    gone.set()
    await serving


async def test_a_hotline_call_whose_line_is_lost_is_left_to_its_journal(world: World, seat: Seat) -> None:
    in_bridge, gone = asyncio.Event(), asyncio.Event()
    line = caller(["1"], talk=await hotline(world, in_bridge=in_bridge, gone=gone))
    serving = world.serve(world.answered.hotline(line))
    await in_bridge.wait()
    seat.met = seat.in_bridge = True  # as the switch tells of his leg
    line.lose()
    with pytest.raises(LineLost):
        await serving
    assert world.memory.inbound_calls["in-1"].disposition is None  # the talk goes on
    assert (seat.state, world.answered.inbound) == (AgentState.TALKING, {})
    world.legs._held(seat)
    assert seat.state is AgentState.WRAP_UP


async def test_a_service_that_stops_settles_no_call_that_goes_on(world: World, seat: Seat) -> None:
    in_bridge, gone = asyncio.Event(), asyncio.Event()
    line = caller(["1"], talk=await hotline(world, in_bridge=in_bridge, gone=gone))
    serving = world.serve(world.answered.hotline(line))
    await in_bridge.wait()
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    assert world.memory.inbound_calls["in-1"].disposition is None


async def test_whom_a_caller_talked_with_is_kept_before_his_call_is_over(world: World, seat: Seat) -> None:
    world.book.broken["settle_inbound"] = 1_000
    in_bridge, gone = asyncio.Event(), asyncio.Event()
    line = caller(["1"], talk=await hotline(world, in_bridge=in_bridge, gone=gone))
    serving = world.serve(world.answered.hotline(line))
    await in_bridge.wait()
    kept = world.memory.inbound_calls["in-1"]
    await asyncio.sleep(2)  # a service that is killed now has it already
    assert (kept.facts.agent_id, kept.facts.released_at) == ("a1", None)
    gone.set()
    await until(lambda: kept.facts.released_at is not None)
    assert (kept.facts.agent_id, kept.disposition) == ("a1", None)
    world.book.broken["settle_inbound"] = 0
    await serving


@pytest.mark.parametrize("journal_first", [False, True])
async def test_the_end_of_a_hotline_call_outlives_a_store_that_is_shut(
    world: World, seat: Seat, journal_first: bool
) -> None:
    world.book.broken.update({"settle_inbound": 3, "note_facts": 1_000})
    in_bridge, gone = asyncio.Event(), asyncio.Event()
    line = caller(["1", "5"], talk=await hotline(world, in_bridge=in_bridge, gone=gone))
    serving = world.serve(world.answered.hotline(line))
    await in_bridge.wait()
    gone.set()
    await until(lambda: world.book.broken["settle_inbound"] == 2)
    assert "in-1" in world.answered.inbound, "he counts as on the line until his call is stored"
    world.book.broken["note_facts"] = 0
    if journal_first:
        await world.memory.settle_inbound("in-1", InboundDisposition.CONNECTED, CallFacts(answered_at=START))
    await serving
    kept = world.memory.inbound_calls["in-1"]
    assert (kept.disposition, kept.facts.agent_id) == (InboundDisposition.CONNECTED, "a1")
    assert kept.facts.released_at is not None


async def test_a_caller_reaches_an_agent_and_votes_though_the_store_answers_nothing(
    world: World, seat: Seat
) -> None:
    shut = dict.fromkeys(("open_inbound", "customer_by_number", "record_vote"), asyncio.Event())
    world.book.held.update(shut)
    in_bridge, gone = asyncio.Event(), asyncio.Event()
    line = caller(["1", "5"], talk=await hotline(world, in_bridge=in_bridge, gone=gone))
    serving = world.serve(world.answered.hotline(line))
    began = asyncio.get_running_loop().time()
    await in_bridge.wait()
    assert asyncio.get_running_loop().time() - began < 3, "the dialplan gives the service three seconds"
    gone.set()
    await until(lambda: "DONE" in line.variables)
    assert line.variables["DB(dialer-vote/in-1)"].split("|")[1:] == ["OK", "5"]
    assert world.memory.inbound_calls == {}
    assert "in-1" in world.answered.inbound, "or the journals would be taken for all that is known of him"
    world.book.held.clear()
    shut["open_inbound"].set()
    await serving
    kept = world.memory.inbound_calls["in-1"]
    assert (kept.disposition, kept.call.number, kept.facts.agent_id) == (
        InboundDisposition.CONNECTED,
        "+12025551001",
        "a1",
    )
    await until(lambda: "in-1" in world.memory.votes)
    assert world.memory.votes["in-1"].score == 5


async def test_a_caller_whom_the_store_can_not_look_up_is_a_stranger(world: World, seat: Seat) -> None:
    world.book.broken["customer_by_number"] = 1
    in_bridge, gone = asyncio.Event(), asyncio.Event()
    line = caller(["1", "5"], talk=await hotline(world, in_bridge=in_bridge, gone=gone))
    serving = world.serve(world.answered.hotline(line))
    await in_bridge.wait()
    assert seat.subject.customer is None
    gone.set()
    await serving
    assert world.memory.inbound_calls["in-1"].call.number == "+12025551001"


async def test_a_broken_leg_does_not_cost_a_hotline_caller_his_turn(world: World, seat: Seat) -> None:
    other, tries = await world.seat("a2"), []

    async def talk(words: tuple[str, ...]) -> str:
        tries.append(words[0])
        return "NONEXISTENT" if len(tries) == 1 else "SUCCESS"

    await world.answered.hotline(caller(["1", "5"], talk=talk))
    assert tries == [seat.channel, other.channel]
    assert (seat.state, other.state) == (AgentState.PAUSED, AgentState.WRAP_UP)


@pytest.mark.parametrize(
    ("opened", "promised"), [("+12025551001", [("+12025551001", OPT_OUT_ID)]), ("", []), (None, [])]
)
async def test_a_flow_of_ones_own_after_a_talk_that_was_taken_over_knows_whose_number_it_has(
    world: World, monkeypatch: pytest.MonkeyPatch, opened: str | None, promised: list[object]
) -> None:
    if opened is not None:
        await world.memory.open_inbound(InboundCall("in-1", opened, "", START))
    asking = world.words.flow("hotline")  # a vote of one's own that offers to be left alone
    monkeypatch.setattr(world.words, "flow", lambda name: asking)
    line = caller(["9", "1"])
    await world.answered.vote(line)
    assert line.variables["DONE"] == "1"
    assert list(world.people.suppressed) == promised
    assert (STOPPED in line.caller.played, NO_NUMBER in line.caller.played) == (bool(opened), not opened)
