"""Another program locks the database in the middle of a vote and of a hotline call: no caller notices."""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from own_loop import run_apart
from running import Desk, running, until
from test_holds_hotline import dial, settled

from dialer.simulator.numbers import Behaviour, Caller, Outcome, Press, number_of, number_of_caller
from dialer.simulator.records import Record, RecordKind
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk
CUSTOMER = number_of(Behaviour(Outcome.PERSON, 0.2, 2, Press.SCORE_4))
CALLER = number_of_caller(Caller(1, 2, Press.SCORE_5))


@dataclass
class Told:
    """What the network saw while the database was locked, and what is stored afterwards."""

    keys: list[Record]
    attempts: list[dict[str, Any]]
    hotline: list[dict[str, Any]]


@contextlib.contextmanager
def locked(desk: Desk) -> Iterator[None]:
    """Hold the database against every writer."""
    with contextlib.closing(sqlite3.connect(desk.service.home / "dialer.db", isolation_level=None)) as held:
        held.execute("BEGIN IMMEDIATE")
        yield
        held.execute("ROLLBACK")


@pytest.fixture(scope="module")
def told(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Told:
    return run_apart(_story(pair, tmp_path_factory.mktemp("locked")))


async def _story(pair: Pair, home: Path) -> Told:
    async with running(pair, home, agents=2) as desk:
        await desk.seat(*desk.service.agents)
        campaign = await desk.campaign("Revisits", [CUSTOMER])
        await desk.start(campaign)
        agent = await desk.agent_of(CUSTOMER, "talking")
        await desk.seen(RecordKind.SILENT, CUSTOMER)  # he presses his key, and nobody asks him yet
        with locked(desk):
            await dial(desk, CALLER)
            await desk.console.post(f"/api/agents/{agent}/end-call")
            other = await desk.agent_of(CALLER, "talking")
            await desk.seen(RecordKind.SILENT, CALLER)
            await desk.console.post(f"/api/agents/{other}/end-call")
            for number in (CUSTOMER, CALLER):
                await desk.seen(RecordKind.ENDED, number)
            keys = desk.records(RecordKind.PRESSED)
        await desk.settled(CUSTOMER)
        await settled(desk, CALLER)

        async def votes() -> list[dict[str, Any]]:
            return desk.service.rows("SELECT call_id FROM votes")

        await until(votes, lambda found: len(found) == 2, "both votes")
        hotline = desk.service.rows(
            "SELECT number, disposition, score FROM inbound_calls "
            "JOIN votes ON votes.call_id = inbound_calls.id"
        )
        return Told(keys, desk.service.attempts(CUSTOMER), hotline)


def test_holds_locked_a_vote_counts_by_its_first_key(told: Told) -> None:
    (attempt,) = told.attempts
    assert (attempt["disposition"], attempt["score"]) == ("connected", 4)
    pressed = [one for one in told.keys if one.number == CUSTOMER]
    assert len(pressed) <= 3, "he was asked again for what he had given"


def test_holds_locked_a_hotline_caller_is_served_and_known_by_his_number(told: Told) -> None:
    assert told.hotline == [{"number": CALLER, "disposition": "connected", "score": 5}]
