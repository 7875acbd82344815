"""The link against a scripted manager: coming up, being lost in every way, coming back."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_ami import Action, ScriptedAmi, Session

from dialer.ami.config import AmiConfig
from dialer.ami.link import Backoff
from dialer.ami.protocol import Connection
from dialer.ami.telephony import AmiTelephony
from dialer.errors import NotSent, Unproven, WrongSecret
from dialer.ports import Dial, Kind, SwitchEvent

DIAL = Dial("att-1", "+12025550101", "network", "+12025550100", "Acme", 20.0)
MOMENT = datetime(2026, 11, 21, 12, tzinfo=UTC)


class StillClock:
    def now(self) -> datetime:
        return MOMENT

    def monotonic(self) -> float:
        return 0.0


class Bench:
    """A gateway with short limits against a peer, everything it told, and how long it slept."""

    def __init__(self, peer: ScriptedAmi, **limits: float) -> None:
        self.peer = peer
        self.events: list[SwitchEvent] = []
        self.slept: list[float] = []
        self.bug: Callable[[SwitchEvent], None] = lambda event: None
        self._came = asyncio.Event()
        settings = {"response_timeout_s": 1.0, "ping_every_s": 10.0, "silence_limit_s": 20.0, **limits}
        config = AmiConfig("127.0.0.1", peer.port, "dialer", "secret", **settings)  # type: ignore[arg-type]
        self.telephony = AmiTelephony(config, StillClock(), self._hear, lambda: 0.0, self._sleep)

    @property
    def kinds(self) -> list[Kind]:
        return [event.kind for event in self.events]

    def _hear(self, event: SwitchEvent) -> None:
        self.events.append(event)
        self._came.set()
        self.bug(event)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._came.set()
        await asyncio.sleep(0)

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not done():
                self._came.clear()
                await self._came.wait()

    async def until_kind(self, kind: Kind, times: int = 1) -> None:
        await self.until(lambda: self.kinds.count(kind) >= times)


async def turns(done: Callable[[], bool]) -> None:
    """Give the event loop turns until something inside has happened that nobody is told of."""
    async with asyncio.timeout(5):
        while True:
            await asyncio.sleep(0)
            if done():
                return


class Wire:
    """A transport that only notes what is done to it."""

    def __init__(self, buffered: int = 0) -> None:
        self.buffered, self.written, self.ending = buffered, b"", ""

    def get_write_buffer_size(self) -> int:
        return self.buffered

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.ending = "closed"

    def abort(self) -> None:
        self.ending = "aborted"


def taken_over(bench: Bench, wire: Wire, first_read: bytes) -> Connection:
    """Hand the link a connection that has heard something already."""
    link = bench.telephony._link
    link.loop = asyncio.get_running_loop()
    connection = Connection(link, 1000)
    connection.connection_made(wire)  # type: ignore[arg-type]
    connection.data_received(first_read)
    made = asyncio.get_running_loop().create_future()
    made.set_result((wire, connection))
    link.connection_made(made)  # type: ignore[arg-type]
    return connection


@pytest.fixture
async def peer() -> AsyncIterator[ScriptedAmi]:
    peer = ScriptedAmi()
    await peer.start()
    yield peer
    await peer.stop()


@asynccontextmanager
async def started(peer: ScriptedAmi, **limits: float) -> AsyncIterator[Bench]:
    bench = Bench(peer, **limits)
    await bench.telephony.start()
    try:
        yield bench
    finally:
        await bench.telephony.stop()


def mute(session: Session, action: Action) -> None:
    """Take an action and say nothing."""


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


# Being lost.


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


# Coming back.


async def test_reconnects_wait_longer_and_longer(peer: ScriptedAmi) -> None:
    async with started(peer, backoff_min_s=1.0, backoff_max_s=8.0) as bench:
        await peer.refuse_connections()
        await bench.until(lambda: len(bench.slept) >= 6)
        assert bench.slept[:6] == [0.5, 1.0, 2.0, 4.0, 4.0, 4.0]  # the jitter here is 0: the lower half
        await peer.start()
        await bench.until_kind(Kind.LINK_UP, 2)
        assert bench.kinds == [Kind.LINK_UP, Kind.LINK_DOWN, Kind.LINK_UP]


async def test_a_link_that_keeps_falling_is_not_tried_at_the_shortest_wait_for_ever(
    peer: ScriptedAmi,
) -> None:
    async with started(peer, backoff_min_s=1.0, backoff_max_s=8.0) as bench:
        for times in range(2, 5):
            peer.drop()
            await bench.until_kind(Kind.LINK_UP, times)
        assert bench.slept == [0.5, 1.0, 2.0]


@given(st.floats(0, 1, exclude_max=True), st.integers(0, 2000))
def test_jitter_keeps_a_wait_between_its_half_and_its_whole(jitter: float, earlier: int) -> None:
    config = AmiConfig("127.0.0.1", 5038, "u", "s", backoff_min_s=0.5, backoff_max_s=15.0)
    backoff = Backoff(config, lambda: jitter)
    for _ in range(earlier):
        backoff.next_s()
    whole = min(15.0, 0.5 * 2.0 ** min(earlier, 100))
    assert whole / 2 <= backoff.next_s() <= whole
    backoff.reset()
    assert backoff.next_s() <= 0.5


async def test_stop_during_a_reconnect_leaves_nothing_behind(peer: ScriptedAmi) -> None:
    before = asyncio.all_tasks()
    bench = Bench(peer)
    await bench.telephony.start()
    await peer.refuse_connections()
    await bench.until_kind(Kind.LINK_DOWN)
    await bench.telephony.stop()
    await peer.start()
    assert {each for each in asyncio.all_tasks() - before if each.get_name() == "ami-link"} == set()
    logins = len(peer.seen("Login"))
    for _ in range(50):
        await asyncio.sleep(0)
    assert len(peer.seen("Login")) == logins
    assert bench.kinds == [Kind.LINK_UP, Kind.LINK_DOWN]


async def test_stop_during_a_login_leaves_no_connection(peer: ScriptedAmi) -> None:
    async with started(peer) as bench:
        peer.answers_login = False
        peer.drop()
        await peer.until_seen("Login", 2)
        await bench.telephony.stop()
        await peer.until(lambda: all(session.writer.is_closing() for session in peer.sessions))
        assert bench.telephony.waiting == 0


async def test_stop_is_no_loss_and_fails_what_waits(peer: ScriptedAmi) -> None:
    peer.on_action = mute
    bench = Bench(peer)
    await bench.telephony.start()
    placing = asyncio.create_task(bench.telephony.place(DIAL))
    await peer.until_seen("Originate")
    await bench.telephony.stop()
    with pytest.raises(Unproven):
        await placing
    with pytest.raises(NotSent):
        await bench.telephony.place(DIAL)
    await bench.telephony.stop()
    assert bench.kinds == [Kind.LINK_UP]


async def test_it_can_be_started_again_after_a_stop(peer: ScriptedAmi) -> None:
    bench = Bench(peer)
    for _ in range(2):
        await bench.telephony.start()
        await bench.telephony.stop()
    assert len(peer.seen("Login")) == 2


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
