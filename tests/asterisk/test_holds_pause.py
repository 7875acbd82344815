"""A pause binds: the receipt is true, and the network's own records know of no call after it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from running import Desk, many, running, until

from dialer.simulator.numbers import Behaviour, Outcome, number_of
from dialer.simulator.records import Record, RecordKind
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk
LATEST = timedelta(milliseconds=250)
BUSY = Behaviour(Outcome.BUSY, 0.2)
RINGS = Behaviour(Outcome.RINGS)


async def arrivals(desk: Desk, count: int, numbers: list[str], kind: RecordKind = RecordKind.ARRIVED) -> None:
    """Wait until the network has seen so many of these numbers, or has written so many of another kind."""

    async def seen() -> int:
        return len({one.number for one in desk.records(kind)} & set(numbers))

    await until(seen, lambda have: have >= count, f"{count} calls {kind} on the network")


async def idle(desk: Desk) -> None:
    """Wait until nothing rings and every attempt has its outcome."""

    async def still_open() -> int:
        return len(desk.service.open_attempts())

    await until(still_open, lambda count: count == 0, "every attempt's outcome")


async def passed(moment: datetime) -> None:
    """Wait until a moment has passed: what must not happen needs time in which it could."""

    async def now() -> datetime:
        return datetime.now(UTC)

    await until(now, lambda at: at > moment, f"{moment}")


async def marked(desk: Desk, serial: int) -> Record:
    """Place a test call, whose arrival proves that the network still takes and records calls."""
    number = number_of(replace(BUSY, serial=serial), "917")
    await desk.console.post("/api/calls", {"number": number})
    return await desk.seen(RecordKind.ARRIVED, number)


async def test_holds_pause_no_call_reaches_the_network_later(pair: Pair, tmp_path: Path) -> None:
    numbers = [*many(BUSY, 100), *many(BUSY, 100, "312"), *many(BUSY, 100, "415")]
    async with running(pair, tmp_path, agents=8) as desk:
        await desk.seat(*desk.service.agents)
        campaign = await desk.campaign("Busy", numbers)
        await desk.start(campaign)
        await arrivals(desk, 40, numbers)
        receipt = await desk.pause(campaign)
        placed = [one for one in desk.records(RecordKind.ARRIVED) if one.number in numbers]
        span = (placed[-1].at - placed[0].at).total_seconds()
        assert len(placed) / span >= 10, "too slow a campaign to prove anything"
        await idle(desk)
        await passed(receipt["paused_at"] + 4 * LATEST)
        mark = await marked(desk, 0)
        late = [
            one
            for one in desk.records(RecordKind.ARRIVED)
            if one.at > receipt["paused_at"] + LATEST and one.number in numbers
        ]
        assert mark.at > receipt["paused_at"] + LATEST
        assert late == []
        last = desk.service.rows(
            "SELECT max(committed_at) AS at FROM attempts WHERE campaign_id = ?", campaign
        )
        assert datetime.fromisoformat(last[0]["at"]).replace(tzinfo=UTC) <= receipt["paused_at"]
        assert (receipt["by"], receipt["reason"]) == ("manager", "test")

        again = await desk.pause(campaign)
        assert (again["still_ringing"], again["last_ends_at"], again["cancelled"]) == (0, None, 0)
        before = len(desk.records(RecordKind.ARRIVED))
        await desk.console.post(f"/api/campaigns/{campaign}/resume")
        await arrivals(desk, before + 10, numbers)


async def test_holds_pause_still_ringing_end_by_the_moment_named(pair: Pair, tmp_path: Path) -> None:
    numbers = many(RINGS, 8)
    async with running(pair, tmp_path, agents=6) as desk:
        await desk.seat(*desk.service.agents)
        campaign = await desk.campaign("Rings", numbers, ring_timeout_s=5)
        await desk.start(campaign)
        await arrivals(desk, 6, numbers)
        receipt = await desk.pause(campaign)
        assert (receipt["still_ringing"], receipt["cancelled"], receipt["crossed"]) == (6, 0, 0)
        await idle(desk)
        await arrivals(desk, 6, numbers, RecordKind.ENDED)  # the network writes of an end by itself
        ended = desk.records(RecordKind.ENDED)
        assert len(ended) == 6
        assert receipt["paused_at"] < ended[0].at
        assert ended[-1].at <= receipt["last_ends_at"] <= ended[-1].at + timedelta(seconds=3)


async def test_holds_pause_cancels_what_rings(pair: Pair, tmp_path: Path) -> None:
    numbers = many(RINGS, 9)
    async with running(pair, tmp_path, agents=6) as desk:
        await desk.seat(*desk.service.agents)
        campaign = await desk.campaign("Rings", numbers, ring_timeout_s=60)
        await desk.start(campaign)
        await arrivals(desk, 6, numbers)
        receipt = await desk.pause(campaign, cancel=True)
        assert (receipt["still_ringing"], receipt["cancelled"], receipt["crossed"]) == (6, 6, 0)
        assert receipt["last_ends_at"] is None
        called = {one.number for one in desk.records(RecordKind.ARRIVED)}
        for number in called:
            ended = await desk.seen(RecordKind.ENDED, number)
            assert ended.at <= receipt["paused_at"] + timedelta(seconds=1)
            assert (await desk.settled(number))["disposition"] == "cancelled"

        await desk.console.post(f"/api/campaigns/{campaign}/resume")
        await arrivals(desk, 9, numbers)
        assert len(desk.records(RecordKind.ARRIVED)) == 9, "a cancelled call was placed again at once"
