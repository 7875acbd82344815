"""Whole days of the dialer in virtual time: what its modes come to, and that the stop holds."""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
import structlog

from campaigns.model import DialMode
from dialer.calls import State
from dialer.live_call import LiveCall
from dialer.pacing.memory import Memory
from dialer.simulator.day_campaign import BEGINS
from dialer.simulator.figures import DayFigures, figures_of
from dialer.simulator.product_day import Plan, ProductDay, product_day
from dialer.simulator.scenario import Break, Curve, Scenario
from dialer.simulator.scenarios import steady
from dialer.simulator.virtual_time import VirtualClock


@pytest.fixture(autouse=True, scope="module")
def quiet() -> Iterator[None]:
    """A day has tens of thousands of log lines, and writing them takes longer than living it."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    yield
    structlog.configure(**before)


async def lived(scenario: Scenario, mode: DialMode, seed: int = 1, **changes: Any) -> DayFigures:
    return figures_of([await product_day(Plan(scenario, mode, seed, **changes))])


async def test_a_progressive_day_abandons_nobody() -> None:
    figures = await lived(steady(4, 0.3, 0.5), DialMode.PROGRESSIVE)
    assert (figures.abandoned_share, figures.given_up) == (0.0, 0)
    assert figures.connected > 20
    assert 0.5 < figures.occupancy < 0.85


def test_the_same_seed_gives_the_same_day_and_another_seed_another_one() -> None:
    plan = Plan(steady(2, 0.3, 0.1), DialMode.PREDICTIVE, 7)
    one, again, other = (
        figures_of([asyncio.run(product_day(each))]) for each in (plan, plan, replace(plan, seed=8))
    )
    assert one == again
    assert one != other


async def test_a_predictive_day_is_busier_and_keeps_its_promise() -> None:
    figures = await lived(steady(10, 0.3, 0.75), DialMode.PREDICTIVE)
    assert figures.occupancy > 0.75
    assert figures.abandoned_share <= 0.05  # little is learned in so short a day
    assert figures.given_up > 0


async def test_more_lines_for_each_agent_abandon_more() -> None:
    few = await lived(steady(4, 0.3, 0.3), DialMode.RATIO, lines_per_agent=1.0)
    many = await lived(steady(4, 0.3, 0.3), DialMode.RATIO, lines_per_agent=4.0)
    assert few.abandoned_share == 0
    assert many.occupancy > few.occupancy


async def test_breaks_outages_and_machines_are_part_of_a_day() -> None:
    plain = steady(4, 0.4, 0.5)
    day = replace(
        plain, breaks=(Break(300.0, 600.0, 2),), outages=((900.0, 1000.0),), machines=0.3, patience_s=4.0
    )
    tally = await product_day(Plan(day, DialMode.PREDICTIVE, 3))
    assert tally.logged_in_s == pytest.approx(4 * 1800 - 2 * 600, rel=0.1)
    assert tally.line_failed > 0
    assert tally.machines > 5


async def test_agents_say_before_a_break_when_they_go() -> None:
    scenario = replace(steady(3, 0.3, 0.1), breaks=(Break(300.0, 60.0, 2, notice_s=60.0),))
    day = ProductDay(Plan(scenario, DialMode.PREDICTIVE, 1), VirtualClock(BEGINS))
    await day.live()
    await day.close()
    leaves = [seat.leaves_at for seat in day.agents.seats()]
    assert leaves == [BEGINS + timedelta(seconds=300)] * 2 + [None]


class Watched(ProductDay):
    """A day that checks the stop at every judgement, under a pacer that learns nothing from what happens."""

    def __init__(self, plan: Plan, clock: VirtualClock) -> None:
        super().__init__(plan, clock)
        self.most_excess: float | None = None
        self.crossings = 0
        self.violations: list[tuple[float, float]] = []
        judged = self.desk._judged
        self.desk._learn = judged._learn = lambda campaign_id, fact: None  # type: ignore[method-assign]
        self._judge_one = judged._judge
        judged._judge = self._judge  # type: ignore[method-assign]

    def _left(self) -> float:
        return next(one.left for one in self.desk._judged.standings(1) if one.budget.kind == "legal")

    def _judge(self, call: LiveCall, *, abandoned: bool | None) -> None:
        before = self._left()
        self._judge_one(call, abandoned=abandoned)
        left = self._left()
        if left >= 0:
            self.most_excess = None
        elif before >= 0:  # what is in flight now may still be abandoned, and nothing more
            in_flight = [
                one
                for one in self.calls.all()
                if not one.with_agent and one.abandoned is None and one.state is not State.ENDED
            ]
            self.most_excess = -left + len(in_flight) + self.desk._paced[1].placing
            self.crossings += 1
        if self.most_excess is not None and -left > self.most_excess + 1e-9:
            self.violations.append((-left, self.most_excess))


def wrong_memory(rate: float) -> dict[str, Any]:
    """What a campaign would have learned if hardly anybody ever answered."""
    memory = Memory.fresh(answer_rate=rate)
    surely = replace(memory.answer_rate, answers=rate * 5000, calls=5000.0)
    return {"1": replace(memory, answer_rate=surely, delays=replace(memory.delays, learned=5000)).to_plain()}


@pytest.mark.parametrize("seed", range(6))
def test_the_stop_holds_when_everything_the_pacer_believes_is_wrong(seed: int) -> None:
    draw = Random(seed)
    agents, true = draw.randint(1, 4), draw.choice([0.6, 0.9])
    scenario = Scenario("wrong", agents, 0.15, Curve.flat(true), talk_s=Curve.flat(draw.uniform(15, 60)))
    learned = wrong_memory(draw.choice([0.01, 0.03]))

    async def live() -> Watched:
        day = Watched(Plan(scenario, DialMode.PREDICTIVE, seed, learned=learned), VirtualClock(BEGINS))
        try:
            await day.live()
        finally:
            await day.close()
        return day

    day = asyncio.run(live())
    assert day.violations == []
    # The pacer believed that it could place dozens of calls for each agent; the stop let it once.
    assert day.crossings >= 1
