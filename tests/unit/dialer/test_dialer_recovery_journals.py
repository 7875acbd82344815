"""What the journals prove, votes and wishes kept once, and nothing forgotten before the commit."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dialer_world import START, World, until
from recovery_cases import EPOCH, end, entry, left_behind

from campaigns.model import InboundDisposition
from dialer.calls import State
from dialer.live_call import LiveCall
from dialer.ports import CallFacts
from dialer.recovery import Proof, proof_of, state_by, state_of
from dialer.telephony import JournalEntry, LiveChannel
from ivr.offline.collect import OfflineVote

# What the journals prove.


@pytest.mark.parametrize(
    ("entries", "proof"),
    [
        ([], None),
        ([entry("vote", "a", EPOCH, "OK", "4")], None),
        ([entry("aband", "a", EPOCH)], None),
        ([entry("failed", "a", EPOCH, "3")], Proof(False, None, False, 3, None, START)),
        ([entry("failed", "a", EPOCH, "0")], Proof(False, None, False, 0, None, START)),
        ([end("a")], Proof(True, None, False, None, 16, START)),
        ([end("a", talked=EPOCH)], Proof(True, START, False, None, 16, START)),
        ([end("a", info="1")], Proof(True, None, True, None, 16, START)),
        ([end("a"), entry("aband", "a", EPOCH)], Proof(True, None, True, None, 16, START)),
        ([end("a", cause="0"), entry("failed", "a", EPOCH, "0")], Proof(False, None, False, 0, None, START)),
        ([entry("end", "a")], Proof(True, None, False, None, None, None)),  # cut short
        ([entry("end", "a", "rubbish", "x")], Proof(True, None, False, None, None, None)),
    ],
)
def test_what_the_journals_of_one_call_prove(entries: list[JournalEntry], proof: Proof | None) -> None:
    assert proof_of(entries) == proof


@pytest.mark.parametrize(
    ("channel", "state"),
    [
        ({"state": "Down"}, State.SENT),
        ({"state": "Ringing"}, State.RINGING),
        ({"state": "Up"}, State.ANSWERED),
        ({"state": "Up", "talked": True, "bridge_peer": "PJSIP/a1"}, State.TALKING),
        ({"state": "Up", "talked": True}, State.AFTER_TALK),
    ],
)
def test_where_a_living_channel_stands(channel: dict[str, Any], state: State) -> None:
    plain = LiveChannel("a", "PJSIP/x", "Up", "AGI", "outbound", 1, "a", "", False, False, "")
    assert state_of(replace(plain, **channel)) is state


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (CallFacts(), State.COMMITTED),
        (CallFacts(sent_at=START), State.SENT),
        (CallFacts(dialled_at=START), State.SENT),
        (CallFacts(ringing_at=START), State.RINGING),
        (CallFacts(answered_at=START), State.ANSWERED),
        (CallFacts(bridged_at=START), State.TALKING),
        (CallFacts(bridged_at=START, released_at=START), State.AFTER_TALK),
    ],
)
def test_where_a_call_stood_when_it_was_stored_last(facts: CallFacts, state: State) -> None:
    assert state_by(facts) is state


# Votes, and what the message's key asks for.


async def test_votes_taken_without_the_service_are_kept_once(world: World) -> None:
    fresh, ids = await left_behind(world, 3)
    fresh.switch.journals += [
        entry("vote", ids[0], EPOCH, "OK", "4"),
        entry("vote", ids[1], EPOCH, "TIMEOUT", ""),
        entry("vote", "att-nobody", EPOCH, "OK", "5"),
    ]
    file = OfflineVote(ids[2], 5, START, Path("x"))
    fresh.votes.votes = [file, OfflineVote(ids[0], 1, START, Path("y"))]
    await fresh.recovery.reconcile()
    kept = {vote.attempt_id: (vote.score, vote.source) for vote in fresh.memory.votes.values()}
    assert kept == {ids[0]: (4, "astdb"), ids[2]: (5, "offline")}
    assert sorted(fresh.voted) == sorted([(ids[0], 4), (ids[2], 5)])
    assert (fresh.switch.journals, fresh.votes.votes) == ([], [])


async def test_a_hotline_vote_is_kept_though_the_service_never_saw_the_call(world: World) -> None:
    world.switch.journals.append(entry("vote", "in-7", EPOCH, "OK", "2"))
    await world.recovery.reconcile()
    assert world.memory.votes["in-7"].score == 2


@pytest.mark.parametrize(("key", "suppressed"), [("9", True), ("1", False), ("", False)])
async def test_the_key_of_the_message_that_asks_to_be_left_alone(
    world: World, key: str, suppressed: bool
) -> None:
    fresh, (attempt_id,) = await left_behind(world)
    fresh.switch.journals += [entry("aband", attempt_id, EPOCH, key), end(attempt_id, info="1")]
    await fresh.recovery.reconcile()
    number = fresh.lead().number
    assert await fresh.people.is_suppressed(number) is suppressed


async def abandoned(world: World, leads: int = 1) -> LiveCall:
    """A customer who was answered by the information message."""
    call = await world.launch(await world.campaign(leads=leads), with_agent=False)
    world.switch.answer(call.attempt_id)
    return call


async def test_a_wish_pressed_in_the_message_is_kept_before_anybody_may_call_again(world: World) -> None:
    call = await abandoned(world)
    world.book.held["settle"] = asyncio.Event()  # the store is slow with the outcome
    world.switch.journals.append(entry("aband", call.attempt_id, EPOCH, "9"))
    world.switch.hang_up(call.attempt_id)
    await until(lambda: world.book.asked["settle"] == 1)
    assert await world.people.is_suppressed(call.number)
    assert world.calls.get(call.attempt_id) is call  # its number is still taken
    world.book.held.pop("settle").set()
    await world.calls.drain()


async def test_a_store_that_can_not_keep_the_wish_keeps_the_call_open_until_it_can(world: World) -> None:
    call = await abandoned(world)
    world.book.broken["lead_of"] = 2
    world.switch.journals.append(entry("aband", call.attempt_id, EPOCH, "9"))
    world.switch.hang_up(call.attempt_id)
    await until(lambda: world.book.asked["lead_of"] == 1)
    assert not call.ended.is_set()
    await call.ended.wait()
    assert await world.people.is_suppressed(call.number)


async def test_a_switch_that_can_not_be_asked_does_not_keep_the_outcome_away(world: World) -> None:
    call = await abandoned(world)
    world.switch.journals.append(entry("aband", call.attempt_id, EPOCH, "9"))
    world.switch.hang_up(call.attempt_id)
    world.switch.link_down()
    await call.ended.wait()
    assert not await world.people.is_suppressed(call.number)
    world.switch.link_up()
    await until(lambda: world.switchboard.ready)  # nothing is dialled before
    assert await world.people.is_suppressed(call.number)


async def test_only_who_met_nobody_is_looked_up(world: World) -> None:
    seat = await world.seat("a1")
    call = await world.launch(await world.campaign())
    world.switch.answer(call.attempt_id)
    world.serve(world.answered.outbound(world.line(call, talk=world.talk(call.attempt_id))))
    await until(lambda: seat.met)
    world.switch.journals.append(entry("aband", call.attempt_id, EPOCH, "9"))  # of no message of ours
    world.switch.hang_up(call.attempt_id)
    await call.ended.wait()
    assert not await world.people.is_suppressed(call.number)


# Nothing is deleted before it is committed.


@pytest.mark.parametrize("step", ["record_vote", "settle_inbound"])
async def test_a_journal_stays_until_the_store_has_it(world: World, step: str) -> None:
    world.switch.journals += [entry("vote", "in-7", EPOCH, "OK", "2"), end("in-7", talked=EPOCH)]
    world.votes.votes = [OfflineVote("in-7", 2, START, Path("x"))]
    world.book.broken[step] = 1
    with pytest.raises(OSError, match=step):
        await world.recovery.sweep()
    assert len(world.switch.journals) == 2
    assert len(world.votes.votes) == 1
    await world.recovery.sweep()
    assert (world.switch.journals, world.votes.votes) == ([], [])
    assert world.memory.inbound_calls["in-7"].disposition is InboundDisposition.CONNECTED


async def test_the_journal_of_an_open_call_stays_but_its_vote_goes(world: World) -> None:
    call = await world.launch(await world.campaign(), with_agent=False)
    world.switch.answer(call.attempt_id)
    aband = entry("aband", call.attempt_id, EPOCH)
    world.switch.journals += [aband, entry("vote", call.attempt_id, EPOCH, "OK", "4")]
    await world.recovery.sweep()
    assert world.switch.journals == [aband]
    assert world.memory.votes[call.attempt_id].score == 4
