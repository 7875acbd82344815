"""From a question, a roll of leads and what is known to a forecast. Nothing here waits for anything.

Several days are played, each with a truth of its own; ranges are over them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from dialer.forecast.figures import Knowledge
from dialer.forecast.need import Plays, needed
from dialer.forecast.plan import HELD, DayPlan, plan_day, trimmed, zone_of
from dialer.forecast.play import Pacing, Played, play
from dialer.forecast.result import Forecast, LeftOver, Range, moments
from dialer.forecast.roll import LeadRoll
from dialer.forecast.window import Question, bounds, checked

APART: Final = 1_000_000
"""How far apart the seeds of two days are, and those of two campaigns on one day."""


def forecast(question: Question, roll: LeadRoll, known: Knowledge, pacing: Pacing, now: datetime) -> Forecast:
    """Forecast a day; raises ``InvalidInput`` for a question that makes no sense."""
    checked(question)
    widest = bounds(question, question.zone or zone_of(roll), now)
    plan = plan_day(roll, trimmed(roll, widest))

    def plays(of: DayPlan, agents: int, seed: int, until_s: float | None) -> Played:
        return play(of, known, pacing, agents, seed, until_s)

    days = [plays(plan, question.agents, seed, None) for seed in _seeds(question, plan)]
    return _summed(question, plan, known, pacing, days, plays)


def _seeds(question: Question, plan: DayPlan) -> range:
    """Return the seeds to play: one is enough where nobody may be called.

    Each campaign and day has its own, so that the luck of a few draws is not that of every forecast.
    """
    first = APART * (question.campaign_id * APART + plan.day.day.toordinal())
    return range(first, first + (question.seeds if plan.callable else 1))


def _summed(
    question: Question, plan: DayPlan, known: Knowledge, pacing: Pacing, days: Sequence[Played], plays: Plays
) -> Forecast:
    day, campaign = plan.day, plan.roll.campaign
    return Forecast(
        campaign_id=campaign.id,
        campaign=campaign.name,
        day=day.day,
        zone=day.zone,
        opens=day.opens,
        closes=day.closes,
        agents=question.agents,
        mode=pacing.mode.value,
        days=len(days),
        leads=len(plan.roll) + plan.roll.held,
        may_be_called=plan.callable,
        finish=moments([one.caught_up_s for one in days], day.moment),
        finished_share=sum(one.caught_up_s is not None for one in days) / len(days),
        last_call=moments([one.last_call_s for one in days], day.moment),
        attempts=Range.of(one.attempts for one in days),
        connected=Range.of(one.connected for one in days),
        abandoned_share=Range.of(one.abandoned / one.answered if one.answered else 0.0 for one in days),
        idle_share=Range.of(one.idle_share for one in days),
        left=left_over(plan, days),
        left_in_all=Range.of(_left(plan, one) for one in days),
        need=needed(question, plan, pacing.mode, days, plays),
        origins=known.origins,
        notes=(*pacing.notes, *_notes(question, plan)),
    )


def left_over(plan: DayPlan, days: Sequence[Played]) -> tuple[LeftOver, ...]:
    """Return what is left by reason, the most first; on every day the reasons add up to all who are left."""
    reasons = {why for one in days for why in one.left} | set(plan.left)
    lines = [
        LeftOver(
            why.code,
            why.text,
            Range.of(plan.left.get(why, 0) + one.left.get(why, 0) for one in days),
        )
        for why in reasons
    ]
    return tuple(sorted(lines, key=lambda one: (-one.leads.mid, -one.leads.high, one.code, one.text)))


def _left(plan: DayPlan, one: Played) -> int:
    return sum(plan.left.values()) + sum(one.left.values())


def _notes(question: Question, plan: DayPlan) -> tuple[str, ...]:
    """Return what else limits the day."""
    notes = []
    campaign = plan.roll.campaign
    if question.agents > campaign.max_channels:
        notes.append(
            f"the campaign allows {campaign.max_channels} calls at once, fewer than there are agents"
        )
    if plan.left.get(HELD):
        notes.append("leads of lists that are switched off are not called")
    return tuple(notes)
