"""Limits counted: read from the book once, then kept; per campaign or over all of them."""

from datetime import datetime, timedelta

import pytest
from dialer_world import RULES, START, World

from campaigns.model import Disposition, LeadPlan, LeadStatus, Purpose
from campaigns.rules.abandon import AbandonTerms, terms_of
from dialer.abandon_counts import AbandonCounts
from dialer.ports import CallFacts, NewAttempt, Settlement

NEW_YORK, LONDON, DELHI = "+12125550123", "+442079460123", "+911123456789"
D = Disposition


def terms(*numbers: str) -> AbandonTerms:
    return terms_of(RULES.binding(Purpose.MARKETING, number, "", "", ()) for number in numbers)


class Past:
    """A book of calls with a past, and counts over it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.number = 0

    async def attempt(self, disposition: Disposition, at: datetime, campaign_id: int = 1) -> None:
        self.number += 1
        name = f"past-{self.number}"
        lead = next(one for one in self.world.people.lead_rows.values() if one.campaign_id == campaign_id)
        await self.world.memory.open_attempt(
            NewAttempt(name, campaign_id, lead.id, lead.customer_id, lead.number, "main", None, at, "v1")
        )
        again = LeadPlan(LeadStatus.WAITING, at, "")
        await self.world.memory.settle(name, Settlement(disposition, CallFacts(), again))

    async def counts(self, *numbers: str, campaign_id: int = 1) -> AbandonCounts:
        counts = AbandonCounts(self.world.pacing_book, self.world.clock)
        await counts.open(campaign_id, terms(*numbers), list)
        return counts


@pytest.fixture
async def past(world: World) -> Past:
    await world.campaign()
    await world.campaign(name="Another")
    return Past(world)


def of(counts: AbandonCounts, name: str, campaign_id: int = 1) -> tuple[int, int]:
    (found,) = [one for one in counts.standings(campaign_id) if name in one.budget.name]
    return found.live, found.abandoned


async def test_a_campaign_s_periods_begin_with_its_first_call(
    past: Past,
) -> None:
    first = START - timedelta(days=70)
    await past.attempt(D.ABANDONED, first)
    await past.attempt(D.CONNECTED, START - timedelta(days=11))
    await past.attempt(D.ABANDONED, START - timedelta(days=9))
    await past.attempt(D.CONNECTED, START - timedelta(days=1))
    # 30 days each: the third period began ten days ago.
    assert of(await past.counts(NEW_YORK), "30 days") == (2, 1)


async def test_an_alarm_slides_and_looks_no_further_back_than_its_time(past: Past) -> None:
    await past.attempt(D.ABANDONED, START - timedelta(minutes=16))
    await past.attempt(D.ABANDONED, START - timedelta(minutes=14))
    await past.attempt(D.CONNECTED, START - timedelta(minutes=1))
    counts = await past.counts(NEW_YORK)
    assert of(counts, "15 minutes") == (2, 1)
    assert of(counts, "24 hours") == (3, 2)


async def test_a_call_centre_s_limit_counts_every_campaign(past: Past) -> None:
    await past.attempt(D.ABANDONED, START - timedelta(hours=1), campaign_id=2)
    counts = await past.counts(DELHI)
    assert of(counts, "in: alarm at 3 % in 24 hours per call centre") == (1, 1)
    assert of(counts, "house: alarm at 3 % in 24 hours per campaign") == (0, 0)
    counts.count(2, abandoned=False)
    assert of(counts, "per call centre") == (2, 1)
    assert of(counts, "house: alarm at 3 %") == (0, 0)


async def test_what_allows_no_abandoned_call_needs_no_counting(past: Past) -> None:
    counts = await past.counts(LONDON)
    assert all("no abandoned call" not in one.budget.name for one in counts.standings(1))
    assert of(counts, "uk: alarm at 3 % in 24 hours per call centre") == (0, 0)


async def test_counting_and_reading_anew_come_to_the_same(past: Past) -> None:
    counts = await past.counts(NEW_YORK)
    for disposition in (D.CONNECTED, D.ABANDONED, D.CONNECTED):
        await past.attempt(disposition, START)
        counts.count(1, abandoned=disposition is D.ABANDONED)
    past.world.clock._travelling.now += 1
    anew = await past.counts(NEW_YORK)
    for name in ("30 days", "15 minutes", "24 hours"):
        assert of(counts, name) == of(anew, name) == (3, 1)


async def test_a_machine_by_an_agent_s_word_is_taken_out_again(past: Past) -> None:
    counts = await past.counts(NEW_YORK)
    counts.count(1, abandoned=False)
    counts.count(1, abandoned=True)
    counts.take_back(1, abandoned=False)
    for name in ("30 days", "15 minutes"):
        assert of(counts, name) == (1, 1)
    counts.take_back(1, abandoned=False)
    assert of(counts, "30 days") == (1, 1)


async def test_a_ledger_that_is_there_goes_on_and_calls_not_yet_in_the_book_are_entered(past: Past) -> None:
    counts = AbandonCounts(past.world.pacing_book, past.world.clock)
    await counts.open(1, terms(NEW_YORK), lambda: [(1, True), (2, False)])
    assert of(counts, "30 days") == (1, 1)
    await counts.open(1, terms(NEW_YORK, DELHI), lambda: [(1, True), (2, False)])
    assert of(counts, "30 days") == (1, 1)
    assert of(counts, "per call centre") == (2, 1)
