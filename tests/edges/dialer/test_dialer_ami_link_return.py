"""The link against a scripted manager: coming back, and being stopped meanwhile."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from link_bench import DIAL, Bench, mute, started, turns
from scripted_ami import ScriptedAmi

from dialer.ami.config import AmiConfig
from dialer.ami.link import Backoff
from dialer.errors import NotSent, Unproven, WrongSecret
from dialer.telephony import Kind


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


async def test_a_switch_that_is_not_there_yet_is_waited_for_by_who_is_patient(peer: ScriptedAmi) -> None:
    bench = Bench(peer)
    await peer.refuse_connections()
    try:
        await bench.telephony.start(patient=True)
        assert (bench.telephony.up, bench.telephony.met, bench.kinds) == (False, False, [])
        assert f"cannot connect to 127.0.0.1:{peer.port}" in bench.telephony.last_loss
        await peer.start()
        await bench.until_kind(Kind.LINK_UP)
        await turns(lambda: bench.telephony.version != "")
        assert (bench.telephony.up, bench.telephony.met) == (True, True)
        peer.drop()  # from now on it is kept as any other
        await bench.until_kind(Kind.LINK_UP, 2)
    finally:
        await bench.telephony.stop()


async def test_a_wrong_secret_is_an_error_at_once_for_the_patient_too(peer: ScriptedAmi) -> None:
    peer.login_refusal = "Authentication failed"
    bench = Bench(peer)
    with pytest.raises(WrongSecret):
        await bench.telephony.start(patient=True)
    await bench.telephony.stop()
    assert len(peer.seen("Login")) == 1
