"""The link against a scripted manager: coming up, and what its listener is told."""

import asyncio
import gc

import pytest
from link_bench import DIAL, Bench, Wire, mute, started, taken_over, turns
from scripted_ami import ScriptedAmi

from dialer.errors import NotSent, WrongSecret
from dialer.telephony import Kind, SwitchEvent

# Coming up.


async def test_it_is_up_after_login_and_full_boot_and_knows_the_version(peer: ScriptedAmi) -> None:
    async with started(peer) as bench:
        assert bench.telephony.up
        assert bench.telephony.version == "22.10.1"
        assert bench.kinds == [Kind.LINK_UP]
        (login,) = peer.seen("Login")
        assert (login["Username"], login["Secret"], login["Events"]) == (["dialer"], ["secret"], ["on"])


async def test_it_is_not_up_before_full_boot(peer: ScriptedAmi) -> None:
    peer.boots = False
    bench = Bench(peer)
    starting = asyncio.create_task(bench.telephony.start())
    await peer.until_seen("Login")
    with pytest.raises(NotSent):
        await bench.telephony.place(DIAL)
    assert (bench.telephony.up, bench.kinds) == (False, [])
    peer.session.event("FullyBooted", Status="Fully Booted")
    await starting
    assert bench.kinds == [Kind.LINK_UP]
    await bench.telephony.stop()


async def test_full_boot_told_before_the_login_is_answered_counts(peer: ScriptedAmi) -> None:
    peer.answers_login = False
    bench = Bench(peer)
    starting = asyncio.create_task(bench.telephony.start())
    await peer.until_seen("Login")
    peer.session.event("FullyBooted", Status="Fully Booted")
    await turns(lambda: bench.telephony._link._booted)
    assert not bench.telephony.up
    peer.session.answer(peer.seen("Login")[0], Message="Authentication accepted")
    await starting
    assert bench.kinds == [Kind.LINK_UP]
    await bench.telephony.stop()


async def test_a_user_that_is_never_told_of_full_boot_is_an_error_that_says_why(peer: ScriptedAmi) -> None:
    peer.boots = False
    bench = Bench(peer, boot_limit_s=0.05)
    with pytest.raises(NotSent, match="class system"):
        await bench.telephony.start()
    assert bench.kinds == []


async def test_a_wrong_secret_is_an_error_tried_once(peer: ScriptedAmi) -> None:
    peer.login_refusal = "Authentication failed"
    bench = Bench(peer)
    with pytest.raises(WrongSecret, match="Authentication failed"):
        await bench.telephony.start()
    assert len(peer.seen("Login")) == len(peer.sessions) == 1
    assert (bench.telephony.locked_out, bench.slept) == (True, [])


async def test_a_login_refused_for_another_reason_is_not_a_wrong_secret(peer: ScriptedAmi) -> None:
    peer.login_refusal = "Too many sessions"
    bench = Bench(peer)
    with pytest.raises(NotSent, match="Too many sessions"):
        await bench.telephony.start()
    assert not bench.telephony.locked_out


async def test_a_secret_changed_meanwhile_ends_the_reconnects(peer: ScriptedAmi) -> None:
    async with started(peer) as bench:
        peer.login_refusal = "Authentication failed"
        peer.drop()
        await peer.until_seen("Login", 2)
        async with asyncio.timeout(5):
            await asyncio.wait({each for each in asyncio.all_tasks() if each.get_name() == "ami-link"})
        assert len(peer.seen("Login")) == 2
        assert bench.telephony.locked_out
        assert not bench.telephony.up
        assert bench.kinds == [Kind.LINK_UP, Kind.LINK_DOWN]


async def test_nobody_listening_is_not_sent(peer: ScriptedAmi) -> None:
    await peer.refuse_connections()
    bench = Bench(peer)
    with pytest.raises(NotSent, match="cannot connect"):
        await bench.telephony.start()
    with pytest.raises(NotSent):
        await bench.telephony.live()
    assert bench.kinds == []


async def test_a_peer_that_drops_the_login_is_not_sent(peer: ScriptedAmi) -> None:
    peer.answers_login = False
    bench = Bench(peer)
    starting = asyncio.create_task(bench.telephony.start())
    await peer.until_seen("Login")
    peer.drop()
    with pytest.raises(NotSent):
        await starting


async def test_a_peer_that_never_answers_the_login_is_given_up(peer: ScriptedAmi) -> None:
    peer.answers_login = False
    with pytest.raises(NotSent, match="no answer to the login"):
        await Bench(peer, response_timeout_s=0.05).telephony.start()


async def test_a_peer_that_is_no_manager_is_not_sent(peer: ScriptedAmi) -> None:
    peer.greeting = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    peer.answers_login = False
    with pytest.raises(NotSent, match="not an Asterisk manager"):
        await Bench(peer).telephony.start()


async def test_starting_twice_is_refused_and_makes_no_second_login(peer: ScriptedAmi) -> None:
    async with started(peer) as bench:
        with pytest.raises(RuntimeError):
            await bench.telephony.start()
        assert len(peer.seen("Login")) == 1


async def test_a_peer_that_was_foul_before_it_was_taken_over_gets_no_secret(peer: ScriptedAmi) -> None:
    bench, wire = Bench(peer), Wire()
    taken_over(bench, wire, b"SSH-2.0-OpenSSH\r\n")
    assert (wire.written, wire.ending) == (b"", "closed")
    assert "not an Asterisk manager" in bench.telephony.last_loss


async def test_events_before_full_boot_are_not_told(peer: ScriptedAmi) -> None:
    peer.boots = False
    bench = Bench(peer)
    starting = asyncio.create_task(bench.telephony.start())
    await peer.until_seen("Login")
    peer.session.event("Hangup", Uniqueid="early", Cause="16")
    peer.session.event("FullyBooted", Status="Fully Booted")
    peer.session.event("Hangup", Uniqueid="late", Cause="16")
    await starting
    await bench.until_kind(Kind.HUNG_UP)
    assert [(event.kind, event.channel_id) for event in bench.events] == [
        (Kind.LINK_UP, ""),
        (Kind.HUNG_UP, "late"),
    ]
    await bench.telephony.stop()


async def test_a_start_given_up_leaves_no_connection(peer: ScriptedAmi) -> None:
    peer.answers_login = False
    bench = Bench(peer)
    starting = asyncio.create_task(bench.telephony.start())
    await peer.until_seen("Login")
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    await peer.until(lambda: peer.session.writer.is_closing())


async def test_only_our_own_watch_pings(peer: ScriptedAmi) -> None:
    bench = Bench(peer)
    bench.telephony._link.ping_delay = 0  # panoramisk's own pinger would fire at once, and for ever
    await bench.telephony.start()
    await bench.telephony.unseat_agent("a round trip")
    assert peer.seen("Ping") == []
    await bench.telephony.stop()


# What the listener does.


async def test_order_is_kept_and_a_listeners_fault_costs_nothing(peer: ScriptedAmi) -> None:
    def bug(event: SwitchEvent) -> None:
        if event.kind is Kind.LINK_UP or event.channel_id == "c3":
            raise ValueError("a bug in a listener")

    bench = Bench(peer)
    bench.bug = bug
    await bench.telephony.start()
    peer.session.write(
        b"".join(b"Event: Hangup\r\nUniqueid: c%d\r\nCause: 16\r\n\r\n" % number for number in range(200))
    )
    await bench.until(lambda: len(bench.events) == 201)
    assert [event.channel_id for event in bench.events[1:]] == [f"c{number}" for number in range(200)]
    assert len(peer.sessions) == 1
    await bench.telephony.stop()


async def test_a_fault_at_one_member_of_a_talk_does_not_cost_the_other(peer: ScriptedAmi) -> None:
    def bug(event: SwitchEvent) -> None:
        if event.channel_id == "first":
            raise ValueError("a bug in a listener")

    async with started(peer) as bench:
        bench.bug = bug
        for number, channel_id in enumerate(("first", "second"), 1):
            peer.session.event(
                "BridgeEnter",
                BridgeUniqueid="b",
                BridgeTechnology="simple_bridge",
                BridgeNumChannels=str(number),
                Uniqueid=channel_id,
            )
        await bench.until_kind(Kind.BRIDGED, 2)
        assert [event.channel_id for event in bench.events[1:]] == ["first", "second"]


async def test_a_listener_may_send_from_within_an_event(peer: ScriptedAmi) -> None:
    asked: list[asyncio.Task[bool]] = []
    async with started(peer) as bench:
        bench.bug = lambda event: asked.append(
            asyncio.create_task(bench.telephony.unseat_agent(event.channel_id))
        )
        peer.session.event("Newstate", Uniqueid="a", ChannelStateDesc="Up")
        await bench.until_kind(Kind.UP)
        assert await asked[0]


async def test_characters_cut_between_reads_arrive_whole(peer: ScriptedAmi) -> None:
    raw = "Event: Hangup\r\nChannel: PJSIP/José-1\r\nUniqueid: 王\r\nCause: 16\r\n\r\n".encode()
    async with started(peer) as bench:
        for number in range(len(raw)):
            peer.session.write(raw[number : number + 1])
            await peer.session.writer.drain()
            await asyncio.sleep(0)
        await bench.until_kind(Kind.HUNG_UP)
        assert (bench.events[-1].channel, bench.events[-1].channel_id) == ("PJSIP/José-1", "王")


async def test_nothing_complains_afterwards(peer: ScriptedAmi, caplog: pytest.LogCaptureFixture) -> None:
    """Futures nobody asks for any more are no "exception was never retrieved" in the log."""
    peer.on_action = mute
    async with started(peer, ping_every_s=0.01, silence_limit_s=0.05) as bench:
        peer.silent = True
        placing = asyncio.create_task(bench.telephony.place(DIAL))
        await bench.until_kind(Kind.LINK_DOWN)
        placing.cancel()
        await asyncio.gather(placing, return_exceptions=True)
    del placing
    gc.collect()
    assert [record for record in caplog.records if record.name == "asyncio"] == []
