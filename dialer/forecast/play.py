"""One simulated day of a campaign: its plan, one drawn truth, the product's pacer, so many agents.

The same plan, truth, seed and number of agents give the same day. Must not know what a range is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from campaigns.model import DialMode, Disposition
from dialer.forecast.figures import SETUP_S, Knowledge
from dialer.forecast.plan import DayPlan, Why
from dialer.forecast.supply import CampaignSupply
from dialer.forecast.truth import Truth
from dialer.pacing.budgets import Budget
from dialer.pacing.even_rate import EvenRate
from dialer.pacing.facts import Fact
from dialer.pacing.memory import Memory
from dialer.pacing.snapshot import Rules, Snapshot
from dialer.simulator import rivals
from dialer.simulator.scenario import HOUR_S, Curve, LogNormal, Scenario
from dialer.simulator.world import Order, Pacer, World


@dataclass(frozen=True, slots=True)
class Pacing:
    """How the campaign is paced.

    ``memory`` is what the pacer begins with, None for what it expects. ``connect_limit_s`` None is the
    campaign's. ``notes`` are what the reader of the forecast should know of it.
    """

    mode: DialMode = DialMode.PROGRESSIVE
    lines_per_agent: float = 1.0
    budgets: tuple[Budget, ...] = ()
    memory: Memory | None = None
    connect_limit_s: float | None = None
    min_ring_s: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Played:
    """What one day came to. Seconds from its beginning; ``caught_up_s`` is None when leads were left for
    want of agents."""

    seed: int
    attempts: int
    connected: int
    dispositions: Mapping[Disposition, int]
    answered: int
    abandoned: int
    idle_share: float
    busy_s: float
    caught_up_s: float | None
    last_call_s: float
    left: Mapping[Why, int]


class Bounded:
    """A pacer within the campaign's own bounds: calls at once, and calls a second.

    They only ever take calls away, so they are held against what the pacer wants.
    """

    on_events = True

    def __init__(self, pacer: Pacer, channels: int, calls_per_second: float) -> None:
        self._pacer = pacer
        self._channels = channels
        self._per_second = calls_per_second
        self._rate = EvenRate()

    def decide(self, snapshot: Snapshot, moment: float) -> Order:
        """Return what the pacer wants, as far as the bounds allow; asked again when they allow more."""
        order = self._pacer.decide(snapshot, moment)
        if not order.calls:
            return order
        sends = self._rate.allowed(moment, self._per_second)
        calls = max(0, min(order.calls, sends, self._channels - _busy(snapshot)))
        self._rate.sent(moment, calls, self._per_second)
        if calls == order.calls:
            return order
        wait_s = self._rate.wait_s(moment) or order.ask_again_s
        return order._replace(calls=calls, ask_again_s=min(wait_s, order.ask_again_s))

    def told(self, fact: Fact, moment: float) -> None:
        """Pass a fact on."""
        self._pacer.told(fact, moment)


def _busy(snapshot: Snapshot) -> int:
    """Return how many channels are in use."""
    leaving = sum(one.talk_since is not None for one in snapshot.leaving)
    in_flight = len(snapshot.ringing) + len(snapshot.ringing_reserved) + snapshot.waiting
    return in_flight + len(snapshot.talks) + leaving


def play(
    plan: DayPlan, known: Knowledge, pacing: Pacing, agents: int, seed: int, until_s: float | None = None
) -> Played:
    """Play one day, or its part up to ``until_s``. The truth depends on the seed alone, not on agents."""
    truth = Truth.drawn(known, Random(f"{seed} truth"))  # noqa: S311 - the same draws again
    length_s = plan.day.length_s if until_s is None else min(until_s, plan.day.length_s)
    supply = CampaignSupply(plan, truth)
    campaign = plan.roll.campaign
    scenario = Scenario(
        campaign.name,
        agents,
        length_s / HOUR_S,
        Curve.flat(truth.answer_rate),
        talk_s=Curve.flat(truth.talk.mean_s),
        talk=LogNormal(truth.talk.variation),
        wrap_up_s=truth.wrap_up.mean_s,
        wrap_up=LogNormal(truth.wrap_up.variation),
        setup_s=SETUP_S,
        ring_s=campaign.ring_timeout_s,
        connect_limit_s=pacing.connect_limit_s or campaign.connect_limit_s,
    )
    channels = max(1, round(campaign.max_channels / plan.one_in))
    pacer = Bounded(_pacer(pacing, scenario), channels, campaign.calls_per_second / plan.one_in)
    world = World(scenario, pacer, seed, pacing.budgets, supply=supply)
    tally = world.run()
    outcome = supply.close(length_s)
    busy_s = tally.talk_s + tally.wrap_up_s
    return Played(
        seed,
        outcome.attempts,
        outcome.dispositions[Disposition.CONNECTED],
        outcome.dispositions,
        tally.answered,
        tally.abandoned,
        1 - busy_s / tally.logged_in_s if tally.logged_in_s > 0 else 1.0,
        busy_s,
        None if outcome.overdue else outcome.caught_up_s,
        outcome.last_call_s,
        outcome.left,
    )


def _pacer(pacing: Pacing, scenario: Scenario) -> Pacer:
    rules = Rules(
        mode=pacing.mode,
        budgets=pacing.budgets,
        connect_limit_s=scenario.connect_limit_s,
        min_ring_s=pacing.min_ring_s,
        setup_s=scenario.setup_s,
        lines_per_agent=pacing.lines_per_agent,
    )
    if pacing.mode is DialMode.PREDICTIVE:
        return rivals.Ours(rules, pacing.memory)
    return rivals.Simple(rules, pacing.memory)
