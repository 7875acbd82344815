"""What the pacer remembers: facts find their estimator, the line's faults teach nothing, storage brings it
back.
"""

import json
from dataclasses import replace
from functools import cache
from math import inf, nan
from random import Random

import pytest

from dialer.pacing.ages import Ages
from dialer.pacing.facts import (
    AnswerJudged,
    CallGivenUp,
    CallMissed,
    CallReached,
    InboundArrived,
    InboundServed,
    LineFailed,
    TalkEnded,
    WrapUpEnded,
)
from dialer.pacing.memory import Memory, learn
from dialer.pacing.price import Price
from dialer.pacing.snapshot import Snapshot
from dialer.pacing.tables import with_curves

NOBODY = Ages.of(Snapshot(), 0.0)


@cache
def taught(calls: int = 600, share: float = 0.15, seed: int = 1) -> tuple[Memory, float]:
    """Return a memory that saw so many calls one after the other, and the moment of the last."""
    source, memory, moment = Random(seed), with_curves(Memory.fresh(), NOBODY, 2.0, 0.0), 0.0
    for _ in range(calls):
        moment += 3.0
        if source.random() < share:
            memory = learn(memory, CallReached(source.uniform(5, 15)), moment)
            memory = learn(memory, TalkEnded(source.expovariate(1 / 90)), moment)
            memory = learn(memory, WrapUpEnded(source.uniform(5, 15)), moment)
        else:
            memory = learn(memory, CallMissed(27.0), moment)
        memory = with_curves(memory, NOBODY, 2.0, moment)
    return memory, moment


def test_facts_move_the_tables_to_the_truth() -> None:
    memory, _ = taught()
    assert memory.rate == pytest.approx(0.15, abs=0.04)
    assert memory.curves is not None
    first, *_, last = memory.curves.shape.moments_s[:4]
    assert first == pytest.approx(6.25, abs=1.0)
    assert last == pytest.approx(13.75, abs=1.0)
    assert memory.wrap_ups.hazards().ended_within(3.0, 12.0) > 0.8


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_one_who_expects_all_or_none_to_answer_decides_and_learns(share: float) -> None:
    memory, moment = Memory.fresh(answer_rate=share), 0.0
    assert memory.rate == pytest.approx(share, abs=0.03)
    again = Memory.from_plain(memory.to_plain()).delays.shares()
    assert again[0] == pytest.approx(memory.delays.shares()[0], abs=1e-3)
    for _ in range(300):
        memory = with_curves(memory, NOBODY, 2.0, moment)
        moment += 3.0
        memory = learn(memory, CallReached(9.0) if moment % 2 else CallMissed(27.0), moment)
    assert memory.rate == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    "figures",
    [{"answer_rate": 1.1}, {"answer_rate": -0.1}, {"answer_rate": nan}, {"talk_s": 0.0}, {"wrap_up_s": inf}],
)
def test_expectations_that_cannot_be_are_refused(figures: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="answer rate"):
        Memory.fresh(**figures)


def test_line_failures_and_calls_given_up_say_nothing_about_customers() -> None:
    memory, moment = taught()
    failed = memory
    for number in range(50):
        failed = learn(failed, LineFailed(0.7), moment + number)
    assert failed.answer_rate == memory.answer_rate
    assert failed.delays == memory.delays
    assert failed.trunk.is_down
    given = memory
    for number in range(50):
        given = learn(given, CallGivenUp(18.0), moment + number)
    unseen = given.delays.shares()
    assert unseen[0] == pytest.approx(memory.delays.shares()[0], abs=0.02)


def test_one_good_call_brings_the_line_back() -> None:
    memory, moment = taught(100)
    for number in range(20):
        memory = learn(memory, LineFailed(0.7), moment + number)
    assert not memory.trunk.may_probe(1, moment + 100)
    assert not memory.trunk.may_probe(0, moment + 20)
    assert memory.trunk.may_probe(0, moment + 30)
    assert not learn(memory, CallMissed(27.0), moment + 60).trunk.is_down


def test_judged_answers_move_the_price() -> None:
    memory, moment = taught(100)
    assert learn(memory, AnswerJudged(True), moment).accepted_risk < memory.accepted_risk
    assert learn(memory, AnswerJudged(False), moment).accepted_risk > memory.accepted_risk


def test_inbound_arrivals_fade_and_late_ones_raise_the_reserve() -> None:
    memory = Memory.fresh()
    for second in range(0, 3000, 10):
        memory = learn(memory, InboundArrived(), float(second))
    assert memory.inbound.rate(3000.0) == pytest.approx(0.1, rel=0.1)
    assert memory.inbound.rate(3600.0) < 0.03
    for _ in range(8):
        memory = learn(memory, InboundServed(late=True), 3000.0)
    raised = memory.inbound.reserve
    assert raised > 1.0
    for _ in range(20):
        memory = learn(memory, InboundServed(late=False), 3000.0)
    assert memory.inbound.reserve < raised


def test_tables_are_left_alone_until_they_are_stale() -> None:
    memory, moment = taught(100)
    settled = memory
    for _ in range(6):
        settled = with_curves(settled, NOBODY, 2.0, moment)
    assert with_curves(settled, NOBODY, 2.0, moment) is settled
    tempo = settled.talk_tempo.one_ended(50.0)
    older = replace(settled, talk_tempo=tempo, looked_at=moment + 6, shaped_at=moment + 6)
    assert with_curves(older, NOBODY, 2.0, moment + 6).talks_at == moment + 6


def test_the_delays_shape_waits_for_a_call_to_end() -> None:
    memory, moment = taught(100)
    assert memory.curves is not None
    later = moment + 200.0
    for _ in range(6):
        memory = with_curves(memory, NOBODY, 2.0, later)
    built = memory.shaped_at
    for second in range(600):
        memory = with_curves(memory, NOBODY, 2.0, later + second)
    assert memory.shaped_at == built
    memory = learn(memory, CallMissed(27.0), later + 600)
    for second in range(600, 640):
        memory = with_curves(memory, NOBODY, 2.0, later + second)
    assert memory.shaped_at >= later + 600


def test_asked_once_in_three_seconds_no_table_is_forgotten() -> None:
    memory, moment = taught()
    assert min(memory.shaped_at, memory.talks_at, memory.wrap_ups_at, memory.looked_at) > moment - 60


def test_json_brings_everything_back_that_is_worth_keeping() -> None:
    memory, _ = taught()
    again = Memory.from_plain(json.loads(json.dumps(memory.to_plain())))
    assert again.rate == pytest.approx(memory.answer_rate.rate, rel=0.01)
    assert again.accepted_risk == pytest.approx(memory.accepted_risk)
    assert again.talks.hazards().rate == pytest.approx(memory.talks.hazards().rate, rel=1e-3)
    assert again.delays.learned == memory.delays.learned
    older = {name: value for name, value in memory.to_plain().items() if name != "log_price"}
    assert Memory.from_plain(older).price == Price()
    with pytest.raises(ValueError, match="version"):
        Memory.from_plain({**memory.to_plain(), "version": 99})
