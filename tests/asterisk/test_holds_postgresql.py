"""A service whose books are on a PostgreSQL server: calls, a vote, and a kill in the middle of them."""

from pathlib import Path
from typing import Any

import pytest
from private_cluster import private_cluster
from running import Desk, many, running, until

from dialer.simulator.numbers import Behaviour, Outcome, Press, number_of
from dialer.simulator.records import RecordKind
from service.pbx.pair import Pair

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(300)]  # a cluster and two starts on a busy machine
VOTES = number_of(Behaviour(Outcome.PERSON, 0.2, 1, Press.SCORE_4))
TALKS = number_of(Behaviour(Outcome.PERSON, 0.2, 20, Press.SCORE_5))
BUSY = many(Behaviour(Outcome.BUSY, 0.2), 2)


async def report(desk: Desk, campaign: int) -> dict[str, Any]:
    told: dict[str, Any] = await desk.console.get(f"/api/campaigns/{campaign}/report")
    return told


def only_a_talk_left(told: dict[str, Any]) -> bool:
    return (told["attempts"], told["open_attempts"], told["votes"]["4"]) == (4, 1, 1)


def all_over(told: dict[str, Any]) -> bool:
    return (told["attempts"], told["open_attempts"]) == (4, 0)


async def test_holds_postgresql_calls_votes_and_a_killed_service(pair: Pair, tmp_path: Path) -> None:
    with private_cluster() as cluster:
        async with running(pair, tmp_path, agents=3, database=cluster.create("calls")) as desk:
            await desk.seat(*desk.service.agents)
            campaign = await desk.campaign("Story", [VOTES, TALKS, *BUSY])
            await desk.start(campaign)
            voter, talker = [await desk.agent_of(number, "talking") for number in (VOTES, TALKS)]
            await desk.fall_silent(VOTES)
            await desk.console.post(f"/api/agents/{voter}/end-call")

            async def reported() -> dict[str, Any]:
                return await report(desk, campaign)

            first = await until(reported, only_a_talk_left, "the first vote and the busy")
            assert first["votes"]["5"] == 0
            await desk.service.kill()
            await desk.service.start()
            assert await desk.agent_of(TALKS, "talking") == talker  # the talk went on without the service
            await desk.fall_silent(TALKS)
            await desk.console.post(f"/api/agents/{talker}/end-call")
            told = await until(reported, all_over, "the end of every call")
            assert (told["votes"]["4"], told["votes"]["5"]) == (1, 1)
            assert (told["dispositions"]["connected"], told["dispositions"]["busy"]) == (2, 2)
            for number in (VOTES, TALKS, *BUSY):
                assert len(desk.records(RecordKind.ARRIVED, number)) == 1, number
            assert (await desk.console.get("/api/ledger/verify"))["fault"] is None
