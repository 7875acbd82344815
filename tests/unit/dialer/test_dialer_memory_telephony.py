"""What the switch in memory does beyond the contract: courses, refusals, silence, crashes."""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from dialer.errors import NotSent, Refused, Unproven
from dialer.memory import Course, MemoryTelephony
from dialer.telephony import Dial, Kind, SwitchEvent


class World:
    """A clock that moves when told, and what is due on it."""

    def __init__(self) -> None:
        self.passed_s = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._serial = count()

    def now(self) -> datetime:
        return datetime(2026, 11, 21, 12, tzinfo=UTC) + timedelta(seconds=self.passed_s)

    def monotonic(self) -> float:
        return self.passed_s

    def later(self, after_s: float, step: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self.passed_s + after_s, next(self._serial), step))

    def run(self, until_s: float) -> None:
        while self._due and self._due[0][0] <= until_s:
            self.passed_s, _, step = heapq.heappop(self._due)
            step()
        self.passed_s = until_s


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def events() -> list[SwitchEvent]:
    return []


@pytest.fixture
def switch(world: World, events: list[SwitchEvent]) -> MemoryTelephony:
    return MemoryTelephony(world, events.append, world.later)


def dial(attempt_id: str = "att-1", ring_timeout_s: float = 20.0) -> Dial:
    return Dial(attempt_id, "+12025550101", "network", "+12025550100", "Acme", ring_timeout_s)


def course(events: list[SwitchEvent], world: World) -> list[tuple[Kind, float]]:
    start = datetime(2026, 11, 21, 12, tzinfo=UTC)
    return [(event.kind, (event.at - start).total_seconds()) for event in events]


async def test_a_number_that_answers(
    switch: MemoryTelephony, world: World, events: list[SwitchEvent]
) -> None:
    switch.courses["+12025550101"] = Course(ring_after_s=1, answer_after_s=3, ends_after_s=9)
    await switch.place(dial())
    world.run(60)
    assert course(events, world) == [
        (Kind.DIALLING, 0),
        (Kind.RINGING, 1),
        (Kind.UP, 3),
        (Kind.ORIGINATE_ANSWERED, 3),
        (Kind.HUNG_UP, 9),
    ]
    assert (events[-1].cause, events[-1].tech_cause) == (16, None)


async def test_a_number_that_is_busy(
    switch: MemoryTelephony, world: World, events: list[SwitchEvent]
) -> None:
    switch.courses["+12025550101"] = Course(ring_after_s=1, ends_after_s=2)
    await switch.place(dial())
    world.run(60)
    assert [kind for kind, _ in course(events, world)][-2:] == [Kind.HUNG_UP, Kind.ORIGINATE_FAILED]
    assert (events[-2].cause, events[-2].tech_cause, events[-1].reason) == (17, 486, 0)


@pytest.mark.parametrize("late", [Course(ring_after_s=1), Course(ring_after_s=1, answer_after_s=30)])
async def test_a_number_that_rings_too_long_times_out(
    switch: MemoryTelephony, world: World, events: list[SwitchEvent], late: Course
) -> None:
    switch.courses["+12025550101"] = late
    await switch.place(dial(ring_timeout_s=20))
    world.run(60)
    assert course(events, world)[-2:] == [(Kind.HUNG_UP, 20), (Kind.ORIGINATE_FAILED, 20)]
    assert (events[-2].cause, events[-2].tech_cause, events[-1].reason) == (19, 480, 3)


async def test_a_course_does_not_touch_a_later_call_with_the_same_id(
    switch: MemoryTelephony, world: World, events: list[SwitchEvent]
) -> None:
    switch.courses["+12025550101"] = Course(answer_after_s=5)
    await switch.place(dial())
    await switch.cancel("att-1")
    del switch.courses["+12025550101"]
    await switch.place(dial())
    world.run(60)
    assert Kind.UP not in [event.kind for event in events]


async def test_a_refusal_comes_once_and_nothing_is_placed(
    switch: MemoryTelephony, events: list[SwitchEvent]
) -> None:
    for error in (NotSent("down"), Refused("no"), Unproven("lost")):
        switch.refuse_next(error)
        with pytest.raises(type(error)):
            await switch.place(dial())
    assert (switch.placed, events, switch.live_channels) == ([], [], ())
    await switch.place(dial())
    assert [each.attempt_id for each in switch.placed] == ["att-1"]


async def test_an_unproven_call_may_live_all_the_same(
    switch: MemoryTelephony, events: list[SwitchEvent]
) -> None:
    switch.refuse_next(Unproven("lost"), lives=True)
    with pytest.raises(Unproven):
        await switch.place(dial())
    assert [each.attempt_id for each in switch.live_channels] == ["att-1"]
    assert [event.kind for event in events] == [Kind.DIALLING]


async def test_an_unproven_agent_leg_may_live_all_the_same(switch: MemoryTelephony) -> None:
    switch.refuse_next(Unproven("lost"), lives=True)
    with pytest.raises(Unproven):
        await switch.seat_agent("101", "PJSIP/agent-101", "agent-101-a")
    assert [each.agent_id for each in switch.live_channels] == ["101"]


async def test_no_such_trunk_is_an_answer_alone(switch: MemoryTelephony, events: list[SwitchEvent]) -> None:
    await switch.place(dial())
    switch.fail("att-1")
    assert [event.kind for event in events] == [Kind.DIALLING, Kind.ORIGINATE_FAILED]
    assert switch.live_channels == ()


async def test_a_customer_who_leaves_sends_the_agent_back_to_hold(
    switch: MemoryTelephony, events: list[SwitchEvent]
) -> None:
    await switch.seat_agent("101", "PJSIP/agent-101", "agent-101-a")
    switch.hold("agent-101-a")
    await switch.place(dial())
    switch.answer("att-1")
    switch.bridge("agent-101-a", "att-1")
    events.clear()
    switch.hang_up("att-1")
    assert [(event.kind, event.channel_id) for event in events] == [
        (Kind.HUNG_UP, "att-1"),
        (Kind.HOLDING, "agent-101-a"),
    ]


async def test_a_crash_ends_every_call_without_a_word(
    switch: MemoryTelephony, events: list[SwitchEvent]
) -> None:
    await switch.place(dial())
    switch.crash()
    switch.crash()
    switch.link_up()
    assert [event.kind for event in events] == [Kind.DIALLING, Kind.LINK_DOWN, Kind.LINK_UP]
    assert await switch.live() == ()
    assert not await switch.cancel("att-1")


async def test_done_and_time_are_seen_on_living_channels(switch: MemoryTelephony, world: World) -> None:
    await switch.place(dial())
    switch.answer("att-1")
    world.run(7.9)
    switch.mark_done("att-1")
    (channel,) = switch.live_channels
    assert (channel.done, channel.seconds, channel.state) == (True, 7, "Up")
