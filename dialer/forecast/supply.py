"""A campaign's real leads as the simulated world calls them, on one drawn day.

It does what launcher and store do: the most urgent lead that is due, the verdict at that very moment, the
attempt that counts from when it is placed, the plan of the retry rules. It knows leads and what is likely of
their telephones. Must not know agents or pacing.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush
from math import exp
from random import Random
from typing import Final, NamedTuple

from campaigns.model import Disposition, LeadStatus, PastContact
from campaigns.rules.retries import next_plan
from dialer.forecast.figures import SETUP_S
from dialer.forecast.plan import CLOSED, HOURS, NO_TIME, ON_LINE, RETRY, DayPlan, Why, why_refused
from dialer.forecast.truth import Truth
from dialer.last_check import LOOK_AGAIN
from dialer.simulator.scenario import LogNormal
from dialer.simulator.supply import Ending, Fate

GRACE_S: Final = 300.0
"""A lead that is called so soon after it was due has not waited for an agent."""

QUICK_S: Final = 6.0
"""A busy or dead number says so within this time."""

SLOW: Final = frozenset({Disposition.NO_ANSWER})
ANSWERED: Final = frozenset({Disposition.HUNG_UP_EARLY})
"""Misses that come when somebody picks up."""

DISPOSITIONS: Final = {
    Ending.CONNECTED: Disposition.CONNECTED,
    Ending.MACHINE: Disposition.MACHINE,
    Ending.ABANDONED: Disposition.ABANDONED,
    Ending.FAILED: Disposition.TRUNK_FAILED,
    Ending.GIVEN_UP: Disposition.CANCELLED,
}


class Waiting(NamedTuple):
    """One lead or the rest of a cohort in the queue: class, then due time, then place in the roll."""

    rank: int
    due_s: float
    place: int
    cohort: int = -1
    position: int = 0


@dataclass(slots=True, eq=False)
class Placed:
    """One call that was placed."""

    place: int
    contact: PastContact
    missed: Disposition = Disposition.NO_ANSWER


@dataclass(slots=True)
class Outcome:
    """What a day came to for the leads. ``caught_up_s``: from then on no lead waited for an agent."""

    attempts: int = 0
    dispositions: Counter[Disposition] = field(default_factory=Counter)
    left: Counter[Why] = field(default_factory=Counter)
    caught_up_s: float = 0.0
    last_call_s: float = 0.0
    overdue: int = 0


class CampaignSupply:
    """``LeadSupply`` over a plan. ``outcome`` is complete once ``close`` has been called."""

    def __init__(self, plan: DayPlan, truth: Truth) -> None:
        self.outcome = Outcome()
        self._plan = plan
        self._roll = plan.roll
        self._truth = truth
        self._ready: list[Waiting] = []
        self._later: list[tuple[float, Waiting]] = [
            (cohort.from_s, Waiting(cohort.rank, cohort.from_s, cohort.members[0], number))
            for number, cohort in enumerate(plan.cohorts)
        ]
        heapify(self._later)
        self._tried: dict[int, dict[Disposition, int]] = {}
        self._made: dict[int | str, list[PastContact]] = {}
        self._on_line: dict[Placed, None] = {}
        self._in_call: set[str | int] = set()  # numbers, and people
        self._answer = LogNormal(truth.ring.variation).sigma

    # What the world asks

    def next_at(self, moment: float) -> float | None:
        """Return when somebody may be called as far as due times tell."""
        self._wake(moment)
        if self._ready:
            return moment
        return self._later[0][0] if self._later else None

    def take(self, moment: float) -> Placed | None:
        """Take the most urgent lead that is due and that the rules allow at this moment."""
        self._wake(moment)
        while self._ready:
            waiting = heappop(self._ready)
            group = self._roll.group(waiting.place)
            judged = self._roll.group_verdict(group, self._plan.day.moment(moment))
            if not judged.allowed:
                again = None if judged.next_at is None else self._plan.day.second(judged.next_at)
                self._refused(waiting, moment, again, why_refused(judged, group))
                continue
            if waiting.cohort >= 0:
                self._rest(waiting)
            placed = self._judge(waiting, moment)
            if placed is not None:
                self._note_wait(waiting, moment)
                return placed
            self._wake(moment)
        return None

    def fate(self, lead: Placed, moment: float, source: Random) -> Fate:
        """Draw what becomes of a call: the rate of its list at this hour, the ways calls are missed."""
        truth = self._truth
        chance, which, spread = source.random(), source.random(), source.gauss(0.0, 1.0)
        hour = self._plan.day.moment(moment).hour
        sigma = self._answer
        ring_s = self._roll.campaign.ring_timeout_s
        rang = min(ring_s - 0.1, truth.ring.mean_s * exp(sigma * spread - sigma * sigma / 2))
        if chance < truth.rate(self._roll.lists[lead.place], hour):
            return Fate("reached", SETUP_S + rang, source.random() >= truth.machines)
        lead.missed = truth.miss(which)
        if lead.missed in SLOW:
            return Fate("missed", SETUP_S + ring_s, True)
        return Fate(
            "missed", SETUP_S + (rang if lead.missed in ANSWERED else QUICK_S * source.random()), True
        )

    def ended(self, lead: Placed, moment: float, ending: Ending) -> None:
        """Count an attempt and do with the lead what the retry rules say."""
        disposition = lead.missed if ending is Ending.MISSED else DISPOSITIONS[ending]
        self._off_line(lead, disposition, moment)
        self.outcome.dispositions[disposition] += 1
        self.outcome.last_call_s = moment
        if disposition is Disposition.CONNECTED:
            return
        roll, place = self._roll, lead.place
        tried = self._tried.get(place) or roll.tried(place)
        self._tried[place] = {**tried, disposition: tried.get(disposition, 0) + 1}
        now = self._plan.day.moment(moment)
        plan = next_plan(
            roll.lead(place, tried), roll.campaign, disposition, now, zones=roll.group(place).customer.zones
        )
        if plan.status is LeadStatus.DONE:
            self.outcome.left[CLOSED] += 1
            return
        assert plan.due_at is not None
        due_s = self._plan.day.second(plan.due_at)
        self._put(Waiting(roll.ranks[place], due_s, place), due_s, RETRY)

    # The end

    def close(self, moment: float) -> Outcome:
        """Count what is left at the day's end; returns everything."""
        self._wake(moment)
        outcome = self.outcome
        for waiting in self._ready:
            self._out_of_time(waiting, moment)
        for due_s, waiting in self._later:
            self._out_of_time(waiting._replace(due_s=due_s), moment)
        if self._on_line:
            outcome.left[ON_LINE] += len(self._on_line)
        self._ready, self._later = [], []
        return outcome

    def _out_of_time(self, waiting: Waiting, moment: float) -> None:
        size = self._size(waiting)
        self.outcome.left[NO_TIME] += size
        if moment - waiting.due_s > GRACE_S:
            self.outcome.overdue += size

    # How it does it

    def _wake(self, moment: float) -> None:
        """Move what has become due into the queue."""
        later = self._later
        while later and later[0][0] <= moment:
            heappush(self._ready, heappop(later)[1])

    def _rest(self, waiting: Waiting) -> None:
        """Leave the rest of a cohort in the queue when its first lead is taken out."""
        members = self._plan.cohorts[waiting.cohort].members
        position = waiting.position + 1
        if position < len(members):
            rest = waiting._replace(place=members[position], position=position)
            heappush(self._ready, rest)

    def _size(self, waiting: Waiting) -> int:
        if waiting.cohort < 0:
            return 1
        return len(self._plan.cohorts[waiting.cohort].members) - waiting.position

    def _judge(self, waiting: Waiting, moment: float) -> Placed | None:
        """Ask the rules about one lead whose group may be called, and place the call if they allow it."""
        place, now = waiting.place, self._plan.day.moment(moment)
        number, customer = self._roll.numbers[place], self._roll.customers[place]
        alone = waiting._replace(cohort=-1, position=0)
        if not self._in_call.isdisjoint((number, customer)):
            self._refused(alone, moment, moment + LOOK_AGAIN.total_seconds(), RETRY)
            return None
        past = self._past(number, customer)
        if past or place in self._tried or place in self._roll.special:
            judged = self._roll.verdict(place, now, self._tried.get(place), past)
            if not judged.allowed:
                next_s = None if judged.next_at is None else self._plan.day.second(judged.next_at)
                self._refused(alone, moment, next_s, why_refused(judged, self._roll.group(place)))
                return None
        return self._place(place, number, customer, moment)

    def _place(self, place: int, number: str, customer: int, moment: float) -> Placed:
        campaign = self._roll.campaign
        now = self._plan.day.moment(moment)
        contact = PastContact(
            now,
            number,
            campaign.purpose,
            campaign.id,
            campaign.company,
            None,
            "",
            lead_id=self._roll.ids[place],
            customer_id=customer,
        )
        placed = Placed(place, contact)
        for who in (number, customer):
            self._made.setdefault(who, []).append(contact)
        self._on_line[placed] = None
        self._in_call.update((number, customer))
        self.outcome.attempts += 1
        return placed

    def _past(self, number: str, customer: int) -> Sequence[PastContact]:
        """Return this day's calls to the number and to the person."""
        to_number, to_person = self._made.get(number, ()), self._made.get(customer, ())
        return [*to_person, *(one for one in to_number if all(one is not other for other in to_person))]

    def _off_line(self, lead: Placed, disposition: Disposition, moment: float) -> None:
        """Write down how the contact went, in place of what was not known yet."""
        del self._on_line[lead]
        self._in_call.difference_update((lead.contact.number, self._roll.customers[lead.place]))
        told = replace(lead.contact, disposition=disposition, ended_at=self._plan.day.moment(moment))
        for who in (lead.contact.number, self._roll.customers[lead.place]):
            contacts = self._made[who]
            contacts[next(i for i, one in enumerate(contacts) if one is lead.contact)] = told

    def _note_wait(self, waiting: Waiting, moment: float) -> None:
        if moment - waiting.due_s > GRACE_S:
            self.outcome.caught_up_s = moment

    def _refused(self, waiting: Waiting, moment: float, next_s: float | None, why: Why) -> None:
        """Put back what the rules refuse: until they allow it, or for good.

        Who could have been called before, and nobody had time, is left for want of agents.
        """
        waited = moment - waiting.due_s
        if next_s is None or next_s >= self._plan.day.length_s:
            if why.code in HOURS:
                if self._was_open(waiting):
                    why = NO_TIME
                    self.outcome.overdue += self._size(waiting) if waited > GRACE_S else 0
                elif waiting.place in self._tried:
                    why = RETRY
            self.outcome.left[why] += self._size(waiting)
            return
        self._put(waiting, next_s, why)

    def _was_open(self, waiting: Waiting) -> bool:
        """Say whether a lead could be called when it became due."""
        at = self._plan.day.moment(waiting.due_s)
        return self._roll.group_verdict(self._roll.group(waiting.place), at).allowed

    def _put(self, waiting: Waiting, due_s: float, why: Why) -> None:
        if due_s >= self._plan.day.length_s:
            self.outcome.left[why] += self._size(waiting)
            return
        heappush(self._later, (due_s, waiting._replace(due_s=due_s)))
