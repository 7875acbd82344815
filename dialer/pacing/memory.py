"""What the pacer has learned and carries from one decision to the next.

``learn`` takes one fact into the memory; ``tables`` builds what a decision looks up. A
memory is plain data at rest (``to_plain``), to be kept per campaign, list and hour. It holds no state
of agents or calls: that is the snapshot's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any, Final

from dialer.pacing.answer_rate import AnswerPace, AnswerRate, clipped
from dialer.pacing.curves import Curves
from dialer.pacing.delays import DelayTable, age_index
from dialer.pacing.facts import (
    AnswerJudged,
    CallGivenUp,
    CallMissed,
    CallReached,
    Fact,
    InboundArrived,
    InboundServed,
    LineFailed,
    TalkEnded,
    WrapUpEnded,
)
from dialer.pacing.lifetimes import Hazards, LifeTable
from dialer.pacing.price import Price
from dialer.pacing.tempo import Tempo
from dialer.pacing.trunk_health import TrunkHealth

INBOUND_FADE_S: Final = 300.0
"""Over how long inbound arrivals are averaged."""

INBOUND_LATE: Final = 0.08
"""The share of late inbound callers that the reserve is steered for: a little better than 90 % in time."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """How many inbound callers come, and how many agents are kept free for them."""

    arrivals: float = 0.0
    counted_at: float = 0.0
    reserve: float = 0.0

    def rate(self, moment: float) -> float:
        """Return callers per second."""
        gone = max(0.0, moment - self.counted_at)
        return self.arrivals * 2 ** (-gone / INBOUND_FADE_S) / (INBOUND_FADE_S * 1.4427)


@dataclass(frozen=True, slots=True)
class Memory:
    """Everything learned. Start with ``Memory.fresh``, or ``from_plain`` what another day left."""

    answer_rate: AnswerRate
    delays: DelayTable
    talks: LifeTable
    wrap_ups: LifeTable
    answer_pace: AnswerPace = field(default_factory=AnswerPace)
    talk_tempo: Tempo = field(default_factory=Tempo)
    wrap_up_tempo: Tempo = field(default_factory=Tempo)
    price: Price = field(default_factory=Price)
    trunk: TrunkHealth = field(default_factory=TrunkHealth)
    inbound: Inbound = field(default_factory=Inbound)
    curves: Curves | None = None
    talk_hazards: Hazards | None = field(default=None, repr=False)
    wrap_up_hazards: Hazards | None = field(default=None, repr=False)
    talks_at: float = 0.0
    wrap_ups_at: float = 0.0
    shaped_at: float = 0.0
    looked_at: float = 0.0
    in_flight: int = 0
    began_at: float = 0.0
    opening_until: float = 0.0
    aim: float = 0.0276
    agents: int = 0
    known: "Truth | None" = field(default=None, repr=False)

    @property
    def rate(self) -> float:
        """The answer rate in use, calls in flight included."""
        return self.curves.calls.rate if self.curves else self.answer_rate.rate

    @property
    def rate_variance(self) -> float:
        """The relative variance of the answer rate; an oracle has none."""
        return 0.0 if self.known else self.answer_rate.relative_variance(self.rate)

    def is_opening(self, moment: float) -> bool:
        """Say whether the first calls of one who knew little have not all had time to end."""
        return moment < self.opening_until

    @property
    def accepted_risk(self) -> float:
        """The risk up to which one more call is started."""
        return self.known.accepted_risk if self.known else self.price.accepted(self.agents, self.rate)

    @classmethod
    def fresh(
        cls, *, answer_rate: float = 0.3, talk_s: float = 120.0, wrap_up_s: float = 20.0, ring_s: float = 25.0
    ) -> "Memory":
        """Return a memory that knows nothing but these expectations, each with the weight of a few calls.

        Raises ``ValueError`` for an answer rate that is no share, or a length that is none.
        """
        if not (0 <= answer_rate <= 1 and 0 < talk_s < inf and 0 < wrap_up_s < inf and 0 <= ring_s < inf):
            raise ValueError(
                f"answer rate {answer_rate}, talk {talk_s} s, wrap-up {wrap_up_s} s, ring {ring_s} s"
            )
        # Believed to the last, all or none would leave nothing of the other outcome to weigh against.
        answer_rate = clipped(answer_rate)
        return cls(
            answer_rate=AnswerRate.believed(answer_rate),
            delays=DelayTable.believed(ring_s, answer_rate),
            talks=LifeTable(talk_s),
            wrap_ups=LifeTable(wrap_up_s),
        )

    def to_plain(self) -> dict[str, Any]:
        """Return plain data that JSON can hold; tables for look-up are left out and built anew."""
        return {
            "version": 1,
            "answer_rate": self.answer_rate.to_plain(),
            "delays": self.delays.to_plain(),
            "talks": self.talks.to_plain(),
            "wrap_ups": self.wrap_ups.to_plain(),
            "log_price": self.price.log_price,
        }

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> "Memory":
        """Return the memory of ``to_plain``; raises ``ValueError`` or ``KeyError`` for any other."""
        if data["version"] != 1:
            raise ValueError(f"a memory of version {data['version']}")
        return cls(
            answer_rate=AnswerRate.from_plain(data["answer_rate"]),
            delays=DelayTable.from_plain(data["delays"]),
            talks=LifeTable.from_plain(data["talks"]),
            wrap_ups=LifeTable.from_plain(data["wrap_ups"]),
            # Kept before small teams had their surplus: begins anew.
            price=Price(float(data["log_price"])) if "log_price" in data else Price(),
        )


@dataclass(frozen=True, slots=True)
class Truth:
    """The true distributions, for an oracle: it learns nothing and accepts a fixed risk."""

    talk: Hazards
    wrap_up: Hazards
    reached: Sequence[float]
    missed: Sequence[float]
    answer_rate: float
    accepted_risk: float


def learn(memory: Memory, fact: Fact, moment: float) -> Memory:
    """Return the memory with one fact more, which happened at ``moment``."""
    return LESSONS[type(fact)](memory, fact, moment)


def _reached(memory: Memory, fact: CallReached, moment: float) -> Memory:
    return replace(
        memory,
        answer_rate=memory.answer_rate.after(1.0, fact.delay_s, moment, memory.in_flight),
        answer_pace=memory.answer_pace.one_ended(_expected(memory, fact.delay_s), answered=True),
        delays=memory.delays.one_reached(fact.delay_s, moment),
        trunk=memory.trunk.after(failed=False, moment=moment),
    )


def _missed(memory: Memory, fact: CallMissed, moment: float) -> Memory:
    return replace(
        memory,
        answer_rate=memory.answer_rate.after(0.0, fact.delay_s, moment, memory.in_flight),
        answer_pace=memory.answer_pace.one_ended(_expected(memory, fact.delay_s), answered=False),
        delays=memory.delays.one_missed(fact.delay_s, moment),
        trunk=memory.trunk.after(failed=False, moment=moment),
    )


def _given_up(memory: Memory, fact: CallGivenUp, moment: float) -> Memory:
    curves = memory.curves
    hope = curves.calls.hope[age_index(fact.delay_s)] if curves else memory.answer_rate.rate
    return replace(
        memory,
        answer_rate=memory.answer_rate.after(hope, fact.delay_s, moment, memory.in_flight),
        delays=memory.delays.one_given_up(fact.delay_s, moment),
        answer_pace=memory.answer_pace.one_ended(_expected(memory, fact.delay_s), answered=False),
    )


def _line_failed(memory: Memory, fact: LineFailed, moment: float) -> Memory:
    return replace(
        memory,
        answer_pace=memory.answer_pace.one_ended(_expected(memory, fact.delay_s), answered=False),
        trunk=memory.trunk.after(failed=True, moment=moment),
    )


def _expected(memory: Memory, delay_s: float) -> float:
    """Return how many answers were expected of a call that rang so long, by the tables of the moment."""
    return memory.curves.calls.expected_by(delay_s) if memory.curves else 0.0


def _judged(memory: Memory, fact: AnswerJudged, _: float) -> Memory:
    crowd = memory.in_flight * memory.rate
    price = memory.price.after(abandoned=fact.abandoned, aim=memory.aim, crowd=crowd, agents=memory.agents)
    return replace(memory, price=price)


def _talked(memory: Memory, fact: TalkEnded, _: float) -> Memory:
    tempo = memory.talk_tempo.one_ended(fact.duration_s)
    return replace(memory, talks=memory.talks.after(fact.duration_s), talk_tempo=tempo)


def _wrapped_up(memory: Memory, fact: WrapUpEnded, _: float) -> Memory:
    tempo = memory.wrap_up_tempo.one_ended(fact.duration_s)
    return replace(memory, wrap_ups=memory.wrap_ups.after(fact.duration_s), wrap_up_tempo=tempo)


def _inbound_came(memory: Memory, _: InboundArrived, moment: float) -> Memory:
    inbound = memory.inbound
    faded = inbound.rate(moment) * INBOUND_FADE_S * 1.4427
    return replace(memory, inbound=replace(inbound, arrivals=faded + 1, counted_at=moment))


def _inbound_served(memory: Memory, fact: InboundServed, _: float) -> Memory:
    reserve = max(0.0, memory.inbound.reserve + 0.25 * (fact.late - INBOUND_LATE))
    return replace(memory, inbound=replace(memory.inbound, reserve=reserve))


LESSONS: Final[Mapping[type, Callable[[Memory, Any, float], Memory]]] = {
    CallReached: _reached,
    CallMissed: _missed,
    CallGivenUp: _given_up,
    LineFailed: _line_failed,
    AnswerJudged: _judged,
    TalkEnded: _talked,
    WrapUpEnded: _wrapped_up,
    InboundArrived: _inbound_came,
    InboundServed: _inbound_served,
}
