"""Dialing ahead of agents on a real Asterisk: more calls than idle agents, the message, and the stop."""

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from running import Desk, many, running, until
from scene import Recorded

from dialer.pacing.memory import Memory
from dialer.simulator.numbers import Behaviour, Outcome, Press
from dialer.simulator.records import RecordKind
from service.demo_agents import SimulatedAgent
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk
ANSWERS_AT_ONCE = Behaviour(Outcome.PERSON, 1, 8, Press.SCORE_5)
ANSWERS = Behaviour(Outcome.PERSON, 3, 4, Press.SCORE_5)
RINGS = Behaviour(Outcome.RINGS, 30)


def where_it_is_day() -> str:
    """Return a zone in which telemarketing is lawful now and for the time of a test."""
    zones = ("America/New_York", "Pacific/Honolulu", "Asia/Tokyo", "Europe/London", "Asia/Kolkata")
    now = datetime.now(UTC)
    return next(zone for zone in zones if 9 <= now.astimezone(ZoneInfo(zone)).hour < 19)


@contextlib.asynccontextmanager
async def at_work(desk: Desk) -> AsyncIterator[None]:
    """Agents who log in and talk as long as their customers do."""
    agents = [asyncio.create_task(SimulatedAgent(desk.console, each).work()) for each in desk.service.agents]
    for agent_id in desk.service.agents:
        await desk.agent(agent_id, "ready")
    yield
    for agent in agents:
        agent.cancel()
    await asyncio.gather(*agents, return_exceptions=True)


def attempts(desk: Desk, campaign: int) -> list[dict[str, Any]]:
    return desk.service.rows("SELECT * FROM attempts WHERE campaign_id = ? ORDER BY seq", campaign)


async def pacing(desk: Desk, campaign: int) -> Mapping[str, Any]:
    view: Mapping[str, Any] = await desk.console.get(f"/api/campaigns/{campaign}/pacing")
    return view


def learned(desk: Desk, campaign: int, rate: float) -> None:
    """Let a campaign know from yesterday how many people answer."""
    memory = Memory.fresh(answer_rate=rate, talk_s=5.0, wrap_up_s=2.0)
    seen = replace(memory.answer_rate, answers=900 * rate, calls=900.0)
    memory = replace(memory, answer_rate=seen, delays=replace(memory.delays, learned=900))
    with contextlib.closing(sqlite3.connect(desk.service.home / "dialer.db", timeout=10)) as db:
        row = (campaign, str(campaign), json.dumps(memory.to_plain()), "2026-01-01 00:00:00.000000")
        db.execute("INSERT INTO learned_pacing VALUES (?, ?, ?, ?)", row)
        db.commit()


async def test_holds_the_limit_once_it_is_used_up_only_reserved_agents_are_called_for(
    pair: Pair, tmp_path: Path
) -> None:
    numbers = many(ANSWERS_AT_ONCE, 14)
    async with running(pair, tmp_path, agents=2, recorded=True) as desk, at_work(desk):
        campaign = await desk.campaign(
            "Offers", numbers, where_it_is_day(), template="offers", mode="ratio", lines_per_agent=4
        )
        await desk.start(campaign)

        async def stop() -> Mapping[str, Any]:
            return await pacing(desk, campaign)

        def stopped(view: Mapping[str, Any]) -> bool:
            return any(one["bound"] == "abandon budget used up" for one in view["decisions"])

        await until(stop, stopped, "the stop")
        for number in numbers:
            await desk.settled(number, within_s=60)
        made = attempts(desk, campaign)
        ahead = [one for one in made if one["reserved_agent_id"] is None]
        assert len(ahead) >= 8  # four lines for each of the two agents
        assert all(one["reserved_agent_id"] for one in made[len(ahead) :])
        lost = [one for one in made if one["disposition"] == "abandoned"]
        assert len(lost) == len(ahead) - 2
        assert all(one["reserved_agent_id"] is None for one in lost)
        for one in lost:
            assert (await desk.heard(one["number"])).starts_s() in Recorded(2, more_s=0.2)
        served = [one for one in made if one not in lost]
        assert {one["disposition"] for one in served} == {"connected"}
        legal = next(one for one in (await pacing(desk, campaign))["limits"] if one["kind"] == "legal")
        assert (legal["live"], legal["abandoned"]) == (len(made), len(lost))


async def test_holds_dialing_ahead_finds_agents_for_those_who_answer(pair: Pair, tmp_path: Path) -> None:
    people, others = many(ANSWERS, 12), many(RINGS, 60)
    mixed = [number for place in range(12) for number in (*others[place * 5 : place * 5 + 5], people[place])]
    async with running(pair, tmp_path, agents=5) as desk, at_work(desk):
        campaign = await desk.campaign(
            "Offers", mixed, where_it_is_day(), template="offers", mode="predictive", ring_timeout_s=20
        )
        learned(desk, campaign, rate=1 / 6)
        await desk.start(campaign)

        async def look() -> Mapping[str, Any]:
            return await pacing(desk, campaign)

        def ahead(view: Mapping[str, Any]) -> bool:
            idle = view["decisions"][0]["idle"] if view["decisions"] else 9
            return bool(0 < idle < view["ringing"] / 2)

        view = await until(look, ahead, "twice as many calls as idle agents")
        assert view["mode"] == "predictive"
        for number in people:
            await desk.settled(number, within_s=120)
        made = attempts(desk, campaign)
        ended = {number: [one["disposition"] for one in made if one["number"] == number] for number in people}
        assert set(map(tuple, ended.values())) <= {("connected",), ("abandoned",)}
        assert sum(one == ["abandoned"] for one in ended.values()) <= 3  # what a new period may begin with
        rung = {
            one["number"]: (one["ended_at"], one["ringing_at"])
            for one in made
            if one["disposition"] == "cancelled"
        }
        for ended_at, ringing_at in rung.values():
            lasted = datetime.fromisoformat(ended_at) - datetime.fromisoformat(ringing_at)
            assert lasted.total_seconds() >= 14.9
        talks = [one for one in made if one["disposition"] == "connected"]
        assert not any(one["reserved_agent_id"] for one in talks[:3])
        for one in talks:
            waited = datetime.fromisoformat(one["bridged_at"]) - datetime.fromisoformat(one["answered_at"])
            assert waited.total_seconds() < 2.0
    assert len(desk.records(RecordKind.ANSWERED)) == 12
