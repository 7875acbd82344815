"""The link against a scripted manager: lost in every way, and nothing sent twice."""

import asyncio

import pytest
from link_bench import DIAL, Bench, Wire, mute, started, taken_over
from scripted_ami import Action, ScriptedAmi, Session

from dialer.ami.protocol import Connection
from dialer.errors import Unproven
from dialer.telephony import Kind


@pytest.mark.parametrize(("buffered", "ending"), [(0, "closed"), (7, "aborted")])
async def test_closing_never_waits_for_a_peer_that_does_not_read(
    peer: ScriptedAmi, buffered: int, ending: str
) -> None:
    bench, wire = Bench(peer), Wire(buffered)
    taken_over(bench, wire, b"Asterisk Call Manager/11.0.0\r\n")
    bench.telephony._link.close()
    assert wire.ending == ending


async def test_the_end_of_an_earlier_connection_does_not_touch_the_present_one(peer: ScriptedAmi) -> None:
    async with started(peer) as bench:
        link = bench.telephony._link
        earlier = Connection(link, 1000)
        earlier.connection_made(Wire())  # type: ignore[arg-type]
        earlier.connection_lost(None)
        assert bench.telephony.up
        assert bench.kinds == [Kind.LINK_UP]


async def test_who_waited_alone_in_a_bridge_is_forgotten_with_the_link(peer: ScriptedAmi) -> None:
    def enter(channel_id: str, members: str) -> None:
        peer.session.event(
            "BridgeEnter",
            BridgeUniqueid="b",
            BridgeTechnology="simple_bridge",
            BridgeNumChannels=members,
            Uniqueid=channel_id,
        )

    async with started(peer) as bench:
        enter("first", "1")
        peer.session.event("Newstate", Uniqueid="first", ChannelStateDesc="Up")
        await bench.until_kind(Kind.UP)
        peer.drop()
        await bench.until_kind(Kind.LINK_UP, 2)
        enter("second", "2")
        await bench.until_kind(Kind.BRIDGED)
        assert (bench.events[-1].channel_id, bench.events[-1].peer_id) == ("second", "")


async def test_a_drop_is_told_once_and_the_link_comes_back(peer: ScriptedAmi) -> None:
    async with started(peer) as bench:
        peer.drop()
        await bench.until_kind(Kind.LINK_UP, 2)
        assert bench.kinds == [Kind.LINK_UP, Kind.LINK_DOWN, Kind.LINK_UP]
        assert bench.telephony.last_loss != ""
        assert len(peer.seen("Login")) == 2


async def test_shutdown_told_and_then_closed_is_one_loss(peer: ScriptedAmi) -> None:
    async with started(peer) as bench:
        session = peer.session
        session.event("Shutdown", Shutdown="Cleanly", Restart="False")
        session.writer.close()
        await bench.until_kind(Kind.LINK_UP, 2)
        assert bench.kinds == [Kind.LINK_UP, Kind.LINK_DOWN, Kind.LINK_UP]
        assert len(peer.sessions) == 2


async def test_events_after_shutdown_in_the_same_read_are_not_told(peer: ScriptedAmi) -> None:
    async with started(peer) as bench:
        peer.session.write(b"Event: Shutdown\r\n\r\nEvent: Hangup\r\nUniqueid: a\r\nCause: 16\r\n\r\n")
        await bench.until_kind(Kind.LINK_UP, 2)
        assert Kind.HUNG_UP not in bench.kinds


async def test_what_was_written_and_not_answered_is_unproven_and_never_sent_again(peer: ScriptedAmi) -> None:
    peer.on_action = mute
    async with started(peer) as bench:
        placing = asyncio.create_task(bench.telephony.place(DIAL))
        await peer.until_seen("Originate")
        peer.drop()
        with pytest.raises(Unproven):
            await placing
        await bench.until_kind(Kind.LINK_UP, 2)
        await bench.telephony.forget([])
        peer.on_action = lambda session, action: session.answer(action, EventList="Complete")
        assert await bench.telephony.unseat_agent("att-2")  # a round trip: whatever was queued would be there
        assert len(peer.seen("Originate")) == 1


async def test_everything_that_waits_fails_at_a_loss_at_once(peer: ScriptedAmi) -> None:
    peer.on_action = mute
    async with started(peer, response_timeout_s=60.0) as bench:
        asked = [
            asyncio.create_task(bench.telephony.place(DIAL)),
            asyncio.create_task(bench.telephony.live()),
            asyncio.create_task(bench.telephony.journal()),
            asyncio.create_task(bench.telephony.unseat_agent("att-9")),
        ]
        await peer.until(lambda: len(peer.actions) >= 2 + len(asked))
        peer.drop()
        results = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 2)
        assert [type(each) for each in results] == [Unproven] * 4
        assert bench.telephony.waiting == 0


async def test_a_list_cut_off_halfway_is_unproven_not_short(peer: ScriptedAmi) -> None:
    def half(session: Session, action: Action) -> None:
        session.answer(action, EventList="start", Message="Channel status will follow")
        session.event("Status", ActionID=action["ActionID"][0], Uniqueid="a")
        session.drop()

    peer.on_action = half
    async with started(peer) as bench:
        with pytest.raises(Unproven):
            await bench.telephony.live()


async def test_a_half_open_link_is_noticed_by_its_silence(peer: ScriptedAmi) -> None:
    async with started(peer, ping_every_s=0.05, silence_limit_s=0.2) as bench:
        peer.silent = True
        began = asyncio.get_running_loop().time()
        await bench.until_kind(Kind.LINK_DOWN)
        took = asyncio.get_running_loop().time() - began
        assert 0.1 < took < 1.0
        assert "silent" in bench.telephony.last_loss
        assert len(peer.seen("Ping")) == 1
        peer.silent = False
        await bench.until_kind(Kind.LINK_UP, 2)


async def test_a_quiet_peer_that_answers_pings_is_kept(peer: ScriptedAmi) -> None:
    async with started(peer, ping_every_s=0.02, silence_limit_s=0.5) as bench:
        await peer.until_seen("Ping", 5)
        assert bench.kinds == [Kind.LINK_UP]
        assert bench.telephony.waiting <= 1


async def test_silence_just_after_an_answered_ping_is_noticed_within_the_limit(peer: ScriptedAmi) -> None:
    async with started(peer, ping_every_s=0.1, silence_limit_s=0.8) as bench:
        await peer.until_seen("Ping", 2)
        await asyncio.sleep(0)
        peer.silent = True
        began = asyncio.get_running_loop().time()
        await bench.until_kind(Kind.LINK_DOWN)
        assert asyncio.get_running_loop().time() - began < 1.1


async def test_a_peer_that_talks_is_not_pinged(peer: ScriptedAmi) -> None:
    async with started(peer, ping_every_s=0.3, silence_limit_s=1.0):
        for _ in range(20):
            peer.session.event("Newchannel", Uniqueid="a")
            await asyncio.sleep(0.03)  # the passing of time is what is tested here
        assert peer.seen("Ping") == []


async def test_a_pause_of_this_process_is_not_taken_for_the_peers_silence(peer: ScriptedAmi) -> None:
    async with started(peer, ping_every_s=0.05, silence_limit_s=0.2) as bench:
        link = bench.telephony._link
        link._heard_at -= 100  # as if nothing had run for that long: nobody was asked either
        await peer.until_seen("Ping", 2)
        assert bench.kinds == [Kind.LINK_UP]


async def test_a_message_without_end_costs_the_link_not_the_memory(peer: ScriptedAmi) -> None:
    async with started(peer, message_limit_bytes=10_000) as bench:
        peer.session.write(b"Event: Big\r\nX: " + b"a" * 50_000)
        await bench.until_kind(Kind.LINK_UP, 2)
        assert "without an end" in bench.telephony.last_loss
