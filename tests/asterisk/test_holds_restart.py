"""The service is killed and restarted, or hangs, in the middle of a campaign: what was promised is kept.

Each story is played once, on a real pair; the tests after it read what is left: the database, the network's
own records, what customers heard, and the agents' pages.
"""

import asyncio
import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from own_loop import run_apart
from running import Desk, many, running, until
from scene import Recorded

from dialer.ports import NewAttempt
from dialer.simulator.numbers import Behaviour, HangUp, Outcome, Press, number_of
from dialer.simulator.records import RecordKind
from gateways.console_client import ConsoleRefused
from service.pbx.pair import NETWORK_TRUNK, Pair
from store.opening import open_store

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(300)]  # a story is long on a busy machine
PERSON = Outcome.PERSON

IN_TALK = number_of(Behaviour(PERSON, 0.2, 20, Press.SCORE_5))
LEFT_BY_AGENT = number_of(Behaviour(PERSON, 0.2, 2, Press.SCORE_4))
IN_VOTE = number_of(Behaviour(PERSON, 0.2, 2, Press.SCORE_3))
# These answer when the story lets them, however long a start takes.
ANSWERS_NOBODY = number_of(Behaviour(Outcome.RINGS, 0, 1, hang_up=HangUp.AT_VOTE))
ANSWERS_LATER = number_of(Behaviour(Outcome.RINGS, 0, 0.5, Press.SCORE_2))
BUSY_MEANWHILE = number_of(Behaviour(Outcome.BUSY, 2))
TWICE_BUSY = number_of(Behaviour(Outcome.BUSY))
UNPROVEN = number_of(Behaviour(PERSON, 0.2, 1, serial=99))
THE_REST = many(Behaviour(Outcome.BUSY, 1), 4)
# Whoever is free after the restart gets one of these, unless he is kept for a call under way.
TAKE_EVERY_AGENT = many(Behaviour(Outcome.RINGS), 8)
FIRST = [TWICE_BUSY, IN_TALK, LEFT_BY_AGENT, IN_VOTE, ANSWERS_NOBODY, ANSWERS_LATER, BUSY_MEANWHILE]
ON_BREAK = "agent-108"
OUTCOME_S = 10.0
RINGS_S = 120

F_IN_TALK = number_of(Behaviour(PERSON, 0.2, 12, Press.SCORE_5))
F_LEFT_BY_AGENT = number_of(Behaviour(PERSON, 0.2, 4, Press.SCORE_4))
F_IN_VOTE = number_of(Behaviour(PERSON, 0.2, 2, Press.SCORE_3))
F_ANSWERS_NOBODY = number_of(Behaviour(Outcome.RINGS, 0, 2, hang_up=HangUp.AT_VOTE))
F_BUSY = number_of(Behaviour(Outcome.BUSY, 2))
FROZEN_S = 8.0


@dataclass
class Told:
    """What a story leaves behind."""

    desk: Desk
    numbers: list[str]
    talker: str = ""
    left: str = ""
    pages: dict[str, Any] = field(default_factory=dict)
    open_after: list[str] = field(default_factory=list)
    started_s: float = 0.0
    settled_s: float = 0.0
    unproven: str = ""

    def disposition(self, number: str) -> str:
        """Return the outcome of a number's one attempt."""
        (attempt,) = self.desk.service.attempts(number)
        return str(attempt["disposition"])

    def vote(self, number: str) -> tuple[int, str]:
        """Return the one vote of a number's one attempt, and how it arrived."""
        (attempt,) = self.desk.service.attempts(number)
        return attempt["score"], attempt["source"]


@pytest.fixture(scope="module")
def killed(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Killed with calls ringing, in talk and in the vote; restarted seconds later."""
    return run_apart(_killed(pair, tmp_path_factory.mktemp("killed")))


@pytest.fixture(scope="module")
def frozen(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Hung for eight seconds with calls ringing, in talk and in the vote."""
    return run_apart(_frozen(pair, tmp_path_factory.mktemp("frozen")))


async def _killed(pair: Pair, home: Path) -> Told:
    async with running(pair, home, agents=8, recorded=True) as desk:
        service, told = desk.service, Told(desk, [*FIRST, *TAKE_EVERY_AGENT, *THE_REST])
        await desk.seat(*service.agents)
        await desk.console.post(f"/api/agents/{ON_BREAK}/pause", {"reason": "lunch"})
        campaign = await desk.campaign("Story", told.numbers, template="brisk", ring_timeout_s=RINGS_S)
        capped = await desk.campaign("Capped", [UNPROVEN], max_attempts=1)
        await desk.start(campaign)
        await _talks(desk, told, IN_TALK, LEFT_BY_AGENT, IN_VOTE)
        await desk.settled(TWICE_BUSY)
        await service.kill()
        await desk.fall_silent(LEFT_BY_AGENT)
        await desk.hang_up_phone(told.left)
        await desk.pick_up(ANSWERS_NOBODY)
        await _wait_for_journal(pair, "vote", 2)
        await _wait_for_journal(pair, "aband", 1)
        await desk.seen(RecordKind.ENDED, BUSY_MEANWHILE)
        starting = datetime.now(UTC)
        await service.start()
        restarted = datetime.now(UTC)
        told.started_s = (restarted - starting).total_seconds()
        for number in (LEFT_BY_AGENT, IN_VOTE, ANSWERS_NOBODY, BUSY_MEANWHILE):  # over before the restart
            await desk.settled(number)
        told.settled_s = (datetime.now(UTC) - restarted).total_seconds()
        told.pages[told.talker] = await desk.agent(told.talker, "talking")
        told.pages[ON_BREAK] = await desk.agent(ON_BREAK, "paused")
        await desk.live(lambda now: not now["agents"]["ready"], "new calls take every free agent")
        await desk.pick_up(ANSWERS_LATER)
        later = await desk.agent_of(ANSWERS_LATER, "talking")
        await desk.console.post(f"/api/agents/{later}/end-call")
        await desk.fall_silent(IN_TALK)
        await desk.console.post(f"/api/agents/{told.talker}/end-call")
        for number in (IN_TALK, ANSWERS_LATER):
            await desk.voted(number)
        for number in FIRST:
            await desk.settled(number)
        told.open_after = _older_than(service.open_attempts(), told.numbers, desk, restarted)
        await desk.pause(campaign, cancel=True)
        await desk.console.post(f"/api/campaigns/{campaign}/resume")
        await _called_again(desk, TWICE_BUSY)
        await desk.pause(campaign, cancel=True)
        await _all_done(desk, [*FIRST, *THE_REST])
        await service.kill()
        await _commit_unproven(desk, capped)
        await service.start()
        await desk.settled(UNPROVEN)
        with pytest.raises(ConsoleRefused) as refused:
            await desk.start(capped)
        told.unproven = str(refused.value)
        return told


async def _frozen(pair: Pair, home: Path) -> Told:
    first = [F_IN_TALK, F_LEFT_BY_AGENT, F_IN_VOTE, F_ANSWERS_NOBODY, F_BUSY]
    async with running(pair, home, agents=6, recorded=True) as desk:
        service, told = desk.service, Told(desk, [*first, *THE_REST])
        await desk.seat(*service.agents)
        campaign = await desk.campaign("Story", told.numbers, ring_timeout_s=RINGS_S)
        await desk.start(campaign)
        await _talks(desk, told, F_IN_TALK, F_LEFT_BY_AGENT, F_IN_VOTE)
        service.freeze()
        thaw_at = datetime.now(UTC) + timedelta(seconds=FROZEN_S)
        try:
            await desk.pick_up(F_ANSWERS_NOBODY)
            await desk.hang_up_phone(told.left)
            await desk.seen(RecordKind.ENDED, F_ANSWERS_NOBODY)
            await _passed(thaw_at)
        finally:
            service.thaw()
        told.pages[told.talker] = await desk.agent(told.talker, "talking")
        await desk.fall_silent(F_IN_TALK)
        await desk.console.post(f"/api/agents/{told.talker}/end-call")
        for number in (F_IN_TALK, F_LEFT_BY_AGENT, F_IN_VOTE):
            await desk.voted(number)
        await _all_done(desk, told.numbers)
        for agent in service.agents:
            if agent != told.left:
                told.pages[agent] = await desk.agent(agent, "ready")
        return told


async def _talks(desk: Desk, told: Told, in_talk: str, left: str, in_vote: str) -> None:
    """Wait until one talks, one will be left by his agent, and one is asked for his vote."""
    told.talker = await desk.agent_of(in_talk, "talking")
    told.left = await desk.agent_of(left, "talking")
    voter = await desk.agent_of(in_vote, "talking")
    await desk.fall_silent(in_vote)
    await desk.console.post(f"/api/agents/{voter}/end-call")
    await desk.agent(voter, "wrap_up")


async def _commit_unproven(desk: Desk, campaign: int) -> None:
    """Commit an attempt as a service does that dies before it has sent it."""
    store = await open_store(f"sqlite:///{desk.service.home / 'dialer.db'}")
    try:
        claim = await store.call_book.claim(campaign, datetime.now(UTC))
        assert claim is not None
        await store.call_book.open_attempt(
            NewAttempt(
                "att-never-sent", campaign, claim.lead.id, claim.customer.id, claim.lead.number,
                NETWORK_TRUNK, None, datetime.now(UTC), "test",
            )
        )  # fmt: skip
    finally:
        await store.close()


async def _wait_for_journal(pair: Pair, family: str, count: int) -> None:
    async def entries() -> int:
        said = await pair.pbx.command(f"database show dialer-{family}")
        return said.count(f"/dialer-{family}/att-")

    await until(entries, lambda found: found >= count, f"{count} entries in {family}")


async def _passed(moment: datetime) -> None:
    await asyncio.sleep((moment - datetime.now(UTC)).total_seconds())


async def _all_done(desk: Desk, numbers: list[str]) -> None:
    """Wait until every number has an outcome and nothing is open."""

    async def missing() -> list[str]:
        still_open = {one["number"] for one in desk.service.open_attempts()}
        return [n for n in numbers if n in still_open or not desk.service.attempts(n)]

    await until(missing, lambda left: not left, "every lead's outcome")


async def _called_again(desk: Desk, number: str) -> None:
    async def outcomes() -> list[str]:
        return [row["disposition"] for row in desk.service.attempts(number) if row["disposition"]]

    await until(outcomes, lambda known: len(known) > 1, f"a second outcome of {number}")


def _older_than(
    still_open: list[dict[str, Any]], numbers: list[str], desk: Desk, moment: datetime
) -> list[str]:
    """Return the numbers among open attempts that were committed before a moment."""
    begun = {
        row["id"]
        for number in numbers
        for row in desk.service.attempts(number)
        if _moment(row["committed_at"]) < moment
    }
    return [one["number"] for one in still_open if one["id"] in begun]


def _moment(stored: str) -> datetime:
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)


def _check_network(told: Told) -> None:
    """Each attempt reached the network at most once, and each call there is an attempt committed before."""
    for number in [*told.numbers, UNPROVEN]:
        committed = [_moment(row["committed_at"]) for row in told.desk.service.attempts(number)]
        arrived = [one.at for one in told.desk.records(RecordKind.ARRIVED, number)]
        assert len(arrived) <= len(committed), number
        assert all(at >= since for at, since in zip(arrived, committed, strict=False)), number


def test_holds_killed_talk_goes_on_and_is_voted_on(killed: Told) -> None:
    assert killed.disposition(IN_TALK) == "connected"
    assert killed.vote(IN_TALK) == (5, "agi")


def test_holds_killed_votes_given_meanwhile_arrive_once(killed: Told) -> None:
    assert killed.vote(LEFT_BY_AGENT) == (4, "astdb")
    assert killed.vote(IN_VOTE) == (3, "astdb")
    votes = killed.desk.service.rows("SELECT call_id FROM votes")
    assert len(votes) == 4
    assert list(killed.desk.pair.votes.glob("*.json")) == []


def test_holds_killed_answer_without_service_hears_the_message(killed: Told) -> None:
    assert killed.disposition(ANSWERS_NOBODY) == "abandoned"
    assert run_apart(killed.desk.heard(ANSWERS_NOBODY)).starts_s() <= 0.3


def test_holds_killed_ringing_call_finds_an_agent_after_the_restart(killed: Told) -> None:
    assert killed.disposition(ANSWERS_LATER) == "connected"
    assert killed.vote(ANSWERS_LATER) == (2, "agi")


def test_holds_killed_every_call_ends_with_an_outcome(killed: Told) -> None:
    # What was ringing all the time still rings, and ends in its own good time.
    assert set(killed.open_after) <= set(TAKE_EVERY_AGENT)
    assert {killed.disposition(number) for number in killed.open_after} == {"cancelled"}
    assert killed.settled_s <= max(OUTCOME_S, killed.started_s)  # which says how busy the machine is
    assert killed.disposition(LEFT_BY_AGENT) == "connected"
    assert killed.disposition(IN_VOTE) == "connected"
    assert killed.disposition(BUSY_MEANWHILE) in ("no_answer", "busy")


def test_holds_killed_each_attempt_is_on_the_network_once(killed: Told) -> None:
    _check_network(killed)
    twice = [n for n in killed.numbers if len(killed.desk.service.attempts(n)) > 1]
    assert TWICE_BUSY in twice


def test_holds_killed_next_attempt_needs_an_outcome_that_allows_it(killed: Told) -> None:
    for number in killed.numbers:
        attempts = killed.desk.service.attempts(number)
        for before, after in itertools.pairwise(attempts):
            assert before["disposition"] == "busy", number
            assert _moment(after["committed_at"]) >= _moment(before["ended_at"]) + timedelta(seconds=1)


def test_holds_killed_agents_are_as_they_were(killed: Told) -> None:
    assert killed.pages[killed.talker]["call"]["number"] == IN_TALK
    assert killed.pages[ON_BREAK]["pause_reason"] == "lunch"
    called = {a: len(killed.desk.records(RecordKind.ARRIVED, a)) for a in killed.desk.service.agents}
    called.pop(killed.left)
    assert set(called.values()) == {1}, "an agent who never hung up was called again"


def test_holds_killed_unproven_attempt_is_unknown_and_counts(killed: Told) -> None:
    assert killed.disposition(UNPROVEN) == "unknown"
    assert killed.desk.records(RecordKind.ARRIVED, UNPROVEN) == []
    assert "every lead is done" in killed.unproven


def test_holds_frozen_answer_hears_the_message_in_time(frozen: Told) -> None:
    assert run_apart(frozen.desk.heard(F_ANSWERS_NOBODY)).starts_s() in Recorded(2)
    assert frozen.disposition(F_ANSWERS_NOBODY) == "abandoned"


def test_holds_frozen_talk_goes_on_and_is_voted_on(frozen: Told) -> None:
    assert frozen.pages[frozen.talker]["agent_id"] == frozen.talker
    assert frozen.disposition(F_IN_TALK) == "connected"
    assert frozen.vote(F_IN_TALK) == (5, "agi")


def test_holds_frozen_votes_arrive_once(frozen: Told) -> None:
    assert frozen.vote(F_LEFT_BY_AGENT) == (4, "astdb")
    assert frozen.vote(F_IN_VOTE) == (3, "agi")
    assert len(frozen.desk.service.rows("SELECT call_id FROM votes")) == 3


def test_holds_frozen_every_call_ends_with_an_outcome(frozen: Told) -> None:
    assert frozen.disposition(F_LEFT_BY_AGENT) == "connected"
    assert frozen.disposition(F_IN_VOTE) == "connected"
    assert frozen.disposition(F_BUSY) == "busy"
    _check_network(frozen)


def test_holds_frozen_agents_are_ready_again(frozen: Told) -> None:
    free = [agent for agent in frozen.desk.service.agents if agent != frozen.left]
    assert {frozen.pages[agent]["state"] for agent in free} == {"ready"}
