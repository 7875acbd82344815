"""A simulated day's leads: taken as the store hands them out, judged by the rules, planned again by them."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from random import Random

import pytest
from forecast_cases import (
    CAMPAIGN,
    DAILY,
    MADRID,
    NEW_YORK,
    NOW,
    RULES,
    SURE,
    claim,
    contact,
    left,
    plan_of,
    roll_of,
)  # fmt: skip
from hypothesis import given
from hypothesis import strategies as st
from properties import examples
from test_dialer_forecast_roll import claims

from campaigns.lists import ListRow, LoadTerms
from campaigns.memory import MemoryBook
from campaigns.model import CampaignStatus, CustomerClass, Disposition, HoursWindow, Purpose, RetryRule
from campaigns.rules.eligibility import verdict
from campaigns.rules.refusals import plan_after_refusal
from dialer.forecast.plan import CLOSED, NO_TIME, ON_LINE, RETRY, DayPlan
from dialer.forecast.play import Pacing, play
from dialer.forecast.roll import LeadRoll
from dialer.forecast.supply import CampaignSupply
from dialer.forecast.truth import Truth
from dialer.memory_book import MemoryCallBook
from dialer.ports import Claim
from dialer.simulator.supply import Ending

TRUTH = Truth.drawn(SURE, Random(1))


def supply_of(plan: DayPlan) -> CampaignSupply:
    return CampaignSupply(plan, TRUTH)


def codes(supply: CampaignSupply, moment: float) -> dict[str, int]:
    return {why.code: count for why, count in supply.close(moment).left.items()}


def row(index: int, rank: CustomerClass, due_at: datetime) -> ListRow:
    zones, number = ((MADRID,), f"+34912{index:06}") if index % 3 else ((NEW_YORK,), f"+1212555{index:04}")
    return ListRow(f"C-{index}", f"N {index}", "", "en", rank, zones, number, due_at, {}, {})


@pytest.mark.parametrize("hour", [8, 14, 20])
async def test_leads_are_taken_as_the_store_claims_them_and_the_launcher_judges_them(hour: int) -> None:
    """The twin of the store is asked at the same moment, with the launcher's rule for what is refused."""
    dice = Random(hour)
    book = MemoryBook()
    calls = MemoryCallBook(book)
    campaign = await book.add_campaign(replace(CAMPAIGN, status=CampaignStatus.RUNNING))
    rows = [
        row(index, dice.choice(list(CustomerClass)), NOW + timedelta(minutes=dice.randrange(-300, 1_200)))
        for index in range(60)
    ]
    await book.load_rows(campaign.id, rows, LoadTerms(list_name="main"))
    roll = LeadRoll(campaign, RULES, NOW)
    for lead in sorted(book.lead_rows.values(), key=lambda one: one.id):
        customer = book.customer_rows[lead.customer_id]
        roll.add(Claim(lead, customer, calls.evidence(lead, customer, NOW)))
    plan = plan_of(roll)
    supply = supply_of(plan)
    second = plan.day.second(datetime(2026, 6, 9, hour, 30, tzinfo=UTC))
    taken = []
    while (placed := supply.take(second)) is not None:
        taken.append(roll.ids[placed.place])
    claimed = []
    moment = plan.day.moment(second)
    while (claim_ := await calls.claim(campaign.id, moment)) is not None:
        evidence = replace(claim_.evidence, agent_reserved=True)
        judged = verdict(claim_.lead, claim_.customer, evidence, campaign, moment, RULES)
        if judged.allowed:
            claimed.append(claim_.lead.id)
        else:
            await calls.return_lead(claim_.lead.id, plan_after_refusal(claim_.lead, judged, moment))
    assert Counter(taken) == Counter(claimed)
    classes = [roll.ranks[list(roll.ids).index(lead_id)] for lead_id in taken]
    assert classes == sorted(classes)
    assert len(taken) > 10 or hour == 20
    await asyncio.sleep(0)


def test_the_order_is_class_then_due_time_then_id() -> None:
    found = [
        claim(1, due_at=NOW - timedelta(hours=1)),
        claim(2, due_at=NOW - timedelta(hours=2)),
        claim(3, customer_class=CustomerClass.VIP, due_at=NOW - timedelta(minutes=1)),
        claim(4, due_at=NOW - timedelta(hours=2)),
    ]
    supply = supply_of(plan_of(roll_of(found)))
    taken = [supply.take(0.0) for _ in range(4)]
    assert [one.contact.lead_id for one in taken if one] == [3, 2, 4, 1]
    assert supply.take(0.0) is None


def test_a_missed_call_comes_again_by_the_retry_rule_and_closes_with_its_last() -> None:
    roll = roll_of([claim(1)], retries={Disposition.NO_ANSWER: RetryRule(3600, 3)})
    plan = plan_of(roll)
    supply, moment, taken = supply_of(plan), 0.0, []
    while (due := supply.next_at(moment)) is not None:
        moment = due
        placed = supply.take(moment)
        assert placed is not None
        taken.append(moment)
        supply.ended(placed, moment + 27.0, Ending.MISSED)
    assert taken == [0.0, 3627.0, 7254.0]
    assert supply.close(moment).left == {CLOSED: 1}


def test_attempts_made_before_the_day_count() -> None:
    roll = roll_of(
        [claim(1, tried={Disposition.NO_ANSWER: 2}, past=(contact(30), contact(40)))],
        retries={Disposition.NO_ANSWER: RetryRule(3600, 3)},
    )
    supply = supply_of(plan_of(roll))
    placed = supply.take(0.0)
    assert placed is not None
    supply.ended(placed, 27.0, Ending.MISSED)
    assert codes(supply, 60.0) == {"closed": 1}


def test_a_retry_after_the_day_is_left_for_that() -> None:
    plan = plan_of(roll_of([claim(1)]))
    supply = supply_of(plan)
    moment = plan.day.length_s - 600
    placed = supply.take(moment)
    assert placed is not None
    supply.ended(placed, moment + 27.0, Ending.MISSED)
    assert supply.close(plan.day.length_s).left == {RETRY: 1}


def test_calls_of_the_same_day_use_up_the_caps() -> None:
    roll = roll_of(
        [claim(1)], retries={Disposition.NO_ANSWER: RetryRule(60, 99)}, max_attempts=99, hours=DAILY
    )
    supply, moment, calls = supply_of(plan_of(roll)), 0.0, 0
    while (due := supply.next_at(moment)) is not None:
        moment = due
        placed = supply.take(moment)
        if placed is not None:
            calls += 1
            supply.ended(placed, moment + 27.0, Ending.MISSED)
    assert calls == 6  # the house: nobody is rung more than six times a day
    assert codes(supply, moment) == {"cap": 1}


def test_two_leads_with_one_number_are_not_called_one_right_after_the_other() -> None:
    found = [claim(1, number="+34912000001"), claim(2, number="+34912000001")]
    supply = supply_of(plan_of(roll_of(found)))
    placed = supply.take(0.0)
    assert placed is not None
    assert supply.take(0.0) is None  # a call to this number is under way
    assert supply.next_at(0.0) == 15.0
    supply.ended(placed, 40.0, Ending.CONNECTED)
    assert supply.take(50.0) is None  # and for five minutes after its end
    again = supply.next_at(50.0)
    assert again == pytest.approx(340.0)
    other = supply.take(again or 0.0)
    assert other is not None
    assert other.contact.lead_id == 2


def test_a_person_called_on_two_numbers_has_one_cap() -> None:
    found = [claim(index, customer_id=7, number=f"+34912{index:06}") for index in range(1, 9)]
    supply = supply_of(plan_of(roll_of(found)))
    taken = 0
    while (placed := supply.take(taken * 600.0)) is not None:
        supply.ended(placed, taken * 600 + 20.0, Ending.MISSED)
        taken += 1
    assert taken == 6
    assert codes(supply, 6_000.0)["cap"] == 2


def test_a_person_with_two_numbers_is_called_on_one_at_a_time_and_no_more_after_a_talk() -> None:
    supply = supply_of(plan_of(roll_of([claim(1, customer_id=7), claim(2, customer_id=7)])))
    placed = supply.take(0.0)
    assert placed is not None
    assert supply.take(1.0) is None
    supply.ended(placed, 40.0, Ending.CONNECTED)
    assert supply.take(9_000.0) is None
    assert codes(supply, 9_001.0) == {"talked": 1}


def test_who_waited_when_the_hours_ended_is_left_for_want_of_agents() -> None:
    roll = roll_of([claim(index) for index in range(1, 6)])
    plan = plan_of(roll)
    supply = supply_of(plan)
    assert supply.take(0.0) is not None
    assert supply.take(plan.day.length_s - 1) is not None
    outcome = supply.close(plan.day.length_s)
    assert outcome.left == {NO_TIME: 3, ON_LINE: 2}
    assert outcome.overdue == 3


def test_who_waited_when_his_zone_closed_before_the_day_did_is_left_for_want_of_agents() -> None:
    found = [claim(1), claim(2), claim(3, number="+12125550003", zones=(NEW_YORK,))]
    plan = plan_of(roll_of(found))
    supply = supply_of(plan)
    evening = plan.day.second(datetime(2026, 6, 9, 17, 0, tzinfo=UTC))  # closed in Madrid, open in New York
    placed = supply.take(evening)
    assert placed is not None
    assert placed.contact.lead_id == 3
    assert supply.outcome.left == {NO_TIME: 2}
    assert supply.outcome.overdue == 2


def test_a_retry_that_falls_after_the_hours_of_a_pack_waits_for_another_day() -> None:
    late = (HoursWindow(1, time(9), time(23)),)  # the house closes at eight
    found = [claim(1), claim(2, number="+12125550003", zones=(NEW_YORK,))]
    plan = plan_of(roll_of(found, hours=late))
    supply = supply_of(plan)
    placed = supply.take(0.0)
    assert placed is not None
    closing = plan.day.second(datetime(2026, 6, 9, 18, 0, tzinfo=UTC))
    supply.ended(placed, closing - 60.0, Ending.MISSED)
    other = supply.take(closing + 9_000.0)
    assert other is not None
    assert supply.take(closing + 9_000.0) is None
    assert supply.outcome.left == {RETRY: 1}


def test_hours_that_close_at_noon_put_everybody_back_until_they_open() -> None:
    windows = (HoursWindow(1, time(9), time(12)), HoursWindow(1, time(14), time(18)))
    plan = plan_of(roll_of([claim(index) for index in range(1, 4)], hours=windows))
    supply = supply_of(plan)
    assert supply.take(0.0) is not None
    noon = 3 * 3600.0
    assert supply.next_at(noon) == noon
    assert supply.take(noon) is None
    assert supply.next_at(noon) == noon + 7200.0
    assert supply.take(noon + 7200.0) is not None
    assert supply.outcome.caught_up_s == 0.0  # nobody waits for an agent while nobody may be called
    assert supply.take(noon + 7200.0 + 301.0) is not None
    assert supply.outcome.caught_up_s == noon + 7200.0 + 301.0


def test_fates_are_as_often_as_the_truth_says() -> None:
    plan = plan_of(roll_of([claim(1)]))
    supply, dice = supply_of(plan), Random(3)
    placed = supply.take(0.0)
    assert placed is not None
    fates, missed = [], Counter[Disposition]()
    for _ in range(20_000):
        fate = supply.fate(placed, 0.0, dice)
        fates.append(fate)
        missed[placed.missed] += fate.outcome == "missed"
    reached = [fate for fate in fates if fate.outcome == "reached"]
    assert len(reached) / 20_000 == pytest.approx(0.3, abs=0.01)
    assert sum(not fate.human for fate in reached) / len(reached) == pytest.approx(0.02, abs=0.01)
    assert sum(fate.delay_s for fate in reached) / len(reached) == pytest.approx(2.0 + 9.0, abs=0.3)
    assert missed[Disposition.BUSY] / missed.total() == pytest.approx(0.2, abs=0.02)
    assert max(fate.delay_s for fate in fates) <= 27.0


@examples(60)
@given(
    st.lists(claims(), min_size=1, max_size=25),
    st.integers(1, 4),
    st.integers(1, 999),
    st.sampled_from((Purpose.MARKETING, Purpose.SERVICE)),
)
def test_on_every_day_every_lead_comes_to_one_end(
    found: list[Claim], agents: int, seed: int, purpose: Purpose
) -> None:
    roll = roll_of(found, purpose=purpose, retries={**CAMPAIGN.retries, Disposition.BUSY: RetryRule(600, 9)})
    plan = plan_of(roll)
    played = play(plan, SURE, Pacing(), agents, seed)
    ends = played.connected + sum(played.left.values()) + sum(plan.left.values())
    assert ends == len(found)
    assert played.attempts >= played.connected
    assert played.abandoned == 0
    assert played == play(plan, SURE, Pacing(), agents, seed)


def test_leads_nobody_may_call_any_more_do_not_keep_the_day_open() -> None:
    plan = plan_of(roll_of([claim(1, suppressed=("national",))]))
    assert left(plan) == {"suppressed": 1}
    assert supply_of(plan).next_at(0.0) is None
