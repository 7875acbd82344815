"""A campaign with refused leads only ends and says so; what changes wakes it, or lets it start again."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from dialer_world import ALWAYS, RULES, START, World, list_row, until
from dialer_world import campaign as made_campaign

from campaigns.ledger import Kind
from campaigns.ledger_check import told_by
from campaigns.model import (
    Anchor,
    Campaign,
    CampaignStatus,
    Consent,
    HoursWindow,
    LeadStatus,
    Purpose,
)
from campaigns.people import NumberConsent
from campaigns.rules.packs import HOUSE, RuleBook
from campaigns.rules.refusals import standing_on
from campaigns.suppression import OPT_OUT_ID
from campaigns.verdicts import LastVerdict
from dialer import verdict_review

NIGHT = (HoursWindow(2, time(22), time(23)),)


async def started(world: World, leads: int = 2, **changes: object) -> Campaign:
    changes = {"flow": "test-call", "status": CampaignStatus.DRAFT, **changes}
    campaign = await world.campaign(leads=leads, **changes)
    await world.control.start(campaign.id, "ann")
    return campaign


async def as_it_is(world: World, campaign: Campaign) -> Campaign:
    return await world.people.campaign(campaign.id)


async def test_a_campaign_with_parked_leads_only_is_finished_and_names_the_rules(world: World) -> None:
    campaign = await world.campaign(leads=3, flow="test-call", status=CampaignStatus.DRAFT)
    for index in (1, 2):
        await world.people.suppress(list_row(index).number, "asked", "ann", START)
    await world.people.load_rows(campaign.id, [list_row(3, zones=())])
    await world.control.start(campaign.id, "ann")
    await until(lambda: not world.control.runs)
    ended = await as_it_is(world, campaign)
    assert (ended.status, ended.status_reason) == (
        CampaignStatus.FINISHED,
        "3 refused: 2 on a do-not-call list, 1 whose time zone nobody knows",
    )


async def test_a_finished_campaign_whose_refusal_was_lifted_can_be_started_and_calls(world: World) -> None:
    campaign = await world.campaign(leads=1, flow="test-call", status=CampaignStatus.DRAFT)
    await world.people.suppress(world.lead().number, "asked", "ann", START)
    await world.control.start(campaign.id, "ann")
    await until(lambda: not world.control.runs)
    del world.people.suppressed[world.lead().number, OPT_OUT_ID]
    world.people.judge_again_by_list(OPT_OUT_ID, [world.lead().number], "taken off", START)
    await world.control.start(campaign.id, "ann")
    await until(lambda: len(world.switch.placed) == 1)


async def test_other_hours_wake_a_running_campaign_at_once(world: World) -> None:
    campaign = await started(world, leads=1, hours=NIGHT)
    await until(lambda: world.lead().verdict is not None)
    assert world.lead().due_at - START > timedelta(hours=6)
    await world.people.set_rules(campaign.id, ALWAYS, (), "ann", world.clock.now())
    world.control.rules_changed(campaign.id)
    await asyncio.sleep(0.1)
    assert len(world.switch.placed) == 1


async def test_a_start_judges_anew_what_stood_on_other_rules(world: World) -> None:
    campaign = await world.campaign(leads=2, flow="test-call")
    resting = await world.campaign(leads=1, name="resting", status=CampaignStatus.PAUSED)
    kept = LastVerdict("no-pack", "there is no rule pack", START, book="of before")
    for lead_id, lead in list(world.people.lead_rows.items()):
        world.people.lead_rows[lead_id] = replace(lead, status=LeadStatus.REFUSED, verdict=kept)
    await world.control.go_on()
    await until(lambda: len(world.switch.placed) == 2)
    await until(lambda: world.people.lead_rows[3].status is LeadStatus.WAITING)
    assert [world.people.lead_rows[lead_id].campaign_id for lead_id in (1, 3)] == [campaign.id, resting.id]


async def test_changed_packs_judge_anew_in_campaigns_that_dial_and_that_rest(world: World) -> None:
    world.rules.book = RuleBook({HOUSE: RULES.packs[HOUSE]})  # no law for anybody
    campaign = await started(world, leads=1)
    await until(lambda: world.lead().verdict is not None)
    resting = await world.campaign(leads=0, name="resting", status=CampaignStatus.PAUSED)
    await world.people.load_rows(resting.id, [list_row(2)])
    stood = world.lead().verdict
    assert stood is not None
    assert (stood.rule, world.switch.placed) == ("no-pack", [])
    world.people.lead_rows[2] = replace(world.people.lead_rows[2], status=LeadStatus.REFUSED, verdict=stood)
    await until(lambda: campaign.id not in world.control.runs)
    await world.people.load_rows(campaign.id, [list_row(3)])
    await world.control.start(campaign.id, "ann")
    await until(lambda: world.people.lead_rows[3].verdict is not None)
    world.rules.book = RULES
    await world.control.packs_changed()
    await until(lambda: world.people.lead_rows[2].status is LeadStatus.WAITING)
    assert world.people.lead_rows[1].status is not LeadStatus.REFUSED


async def test_a_review_that_fails_does_not_keep_a_campaign_from_dialing(world: World) -> None:
    async def broken(*_: object) -> int:
        raise OSError("disk full")

    world.people.refused_otherwise = broken  # type: ignore[method-assign]
    await started(world, leads=1)
    await until(lambda: len(world.switch.placed) == 1)


async def test_a_consent_that_comes_while_the_lead_is_judged_is_not_lost(world: World) -> None:
    """The door has the lead in its hands, with the evidence of before."""
    campaign = await started(world, leads=1, purpose=Purpose.MARKETING, flow="vote", hours=ALWAYS)
    world.book.held["return_lead"] = asyncio.Event()
    await until(lambda: world.book.asked["return_lead"] == 1)
    said = Consent(Purpose.MARKETING, True, START, "signed form")
    world.people.consent_notes[1] = [NumberConsent(world.lead().number, said, "ann", START)]
    world.people.judge_again(lambda lead: lead.customer_id == 1, "consent recorded by ann", START)
    world.book.held.pop("return_lead").set()
    await until(lambda: len(world.switch.placed) == 1)
    assert (await as_it_is(world, campaign)).status is CampaignStatus.RUNNING


async def test_a_wish_outside_the_hours_is_waited_for_and_honoured(world: World) -> None:
    campaign = await world.campaign(leads=0, hours=NIGHT, flow="test-call", status=CampaignStatus.DRAFT)
    wish = START + timedelta(minutes=20)
    await world.people.load_rows(campaign.id, [list_row(1, appointment_at=wish)])
    await world.control.start(campaign.id, "ann")
    await until(lambda: world.lead().verdict is not None)
    verdict = world.lead().verdict
    assert verdict is not None
    assert (verdict.rule, verdict.next_at) == ("appointment", wish - timedelta(minutes=15))
    await asyncio.sleep(290)
    assert world.switch.placed == []
    await asyncio.sleep(20)
    assert len(world.switch.placed) == 1


async def test_who_has_no_hours_left_by_those_of_today_is_called_when_they_are_widened(world: World) -> None:
    """His days are Tuesday to today, Wednesday; the campaign calls on Sundays."""
    sundays = (HoursWindow(6, time(9), time(12)),)
    campaign = await world.people.add_campaign(
        made_campaign(
            flow="test-call", status=CampaignStatus.DRAFT, hours=sundays, anchor=Anchor("service_date", 0, 1)
        )
    )
    yesterday = {"service": "brakes", "service_date": "2026-11-17"}
    await world.people.load_rows(campaign.id, [list_row(1, fields=yesterday)])
    await world.control.start(campaign.id, "ann")
    await until(lambda: not world.control.runs)
    kept = world.lead().verdict
    assert kept is not None
    assert (world.lead().status, kept.rule, kept.next_at) == (LeadStatus.REFUSED, "hours", None)
    assert "no calling hours are left" in kept.reason
    assert (await as_it_is(world, campaign)).status_reason.startswith("1 refused")
    await world.people.set_rules(campaign.id, ALWAYS, (), "ann", world.clock.now())
    world.control.rules_changed(campaign.id)
    await until(lambda: world.lead().status is LeadStatus.WAITING)
    await world.control.start(campaign.id, "ann")
    await until(lambda: len(world.switch.placed) == 1)


def _refused_before(world: World, book: str = "of before") -> None:
    kept = LastVerdict("no-pack", "there is no rule pack", START, book=book)
    for lead_id, lead in list(world.people.lead_rows.items()):
        world.people.lead_rows[lead_id] = replace(lead, status=LeadStatus.REFUSED, verdict=kept)


def _parked(world: World) -> int:
    return sum(lead.status is LeadStatus.REFUSED for lead in world.people.lead_rows.values())


async def test_a_change_is_answered_before_its_leads_wait_again_which_they_do_page_by_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdict_review, "AT_ONCE", 2)
    monkeypatch.setattr(verdict_review, "LOOKED_UP", 3)
    campaign = await world.campaign(leads=7, flow="test-call", status=CampaignStatus.PAUSED)
    _refused_before(world)
    world.control.rules_changed(campaign.id)
    assert (_parked(world), world.control.is_judging_again(campaign.id)) == (7, True)
    await until(lambda: not world.control.is_judging_again(campaign.id))
    assert _parked(world) == 0
    told = [one for one in world.people.ledger.entries if one.kind == Kind.LIFTED_MANY]
    assert [told_by(one)["facts"]["leads"] for one in told] == [2, 1, 2, 1, 1]


async def test_a_campaign_dials_and_is_not_over_while_its_leads_are_let_wait_again(world: World) -> None:
    """Its only leads are parked when it starts, and the look at them takes a while."""
    campaign = await world.campaign(leads=2, flow="test-call")
    _refused_before(world)
    go_on, look = asyncio.Event(), world.people.refused_otherwise

    async def slow(*given: Any) -> Sequence[int]:
        await go_on.wait()
        return await look(*given)

    world.people.refused_otherwise = slow  # type: ignore[method-assign]
    await world.control.go_on()
    await asyncio.sleep(60)
    assert (await as_it_is(world, campaign)).status is CampaignStatus.RUNNING
    go_on.set()
    await until(lambda: len(world.switch.placed) == 2)


async def test_a_change_during_the_look_has_the_campaign_looked_at_once_more(world: World) -> None:
    campaign = await world.campaign(leads=2, flow="test-call", status=CampaignStatus.PAUSED)
    _refused_before(world)
    lift = world.people.some_judged_again
    stood_on: list[str] = []

    async def changed_meanwhile(campaign_id: int, some: Sequence[int], stands: str, *more: Any) -> int:
        stood_on.append(stands)
        count = await lift(campaign_id, some, stands, *more)
        if len(stood_on) == 1:
            _refused_before(world, stands)  # by a door that asked just before the change
            await world.people.set_rules(campaign_id, NIGHT, (), "ann", world.clock.now())
            world.control.rules_changed(campaign_id)
        return count

    world.people.some_judged_again = changed_meanwhile  # type: ignore[method-assign]
    world.control.rules_changed(campaign.id)
    await until(lambda: not world.control.is_judging_again(campaign.id))
    assert _parked(world) == 0
    now = standing_on(await as_it_is(world, campaign), world.rules.book)
    assert await world.people.refused_otherwise(campaign.id, now, world.clock.now(), 9) == []


async def test_a_look_that_was_cut_off_goes_on_at_the_next_start(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdict_review, "AT_ONCE", 1)
    campaign = await world.campaign(leads=4, flow="test-call", status=CampaignStatus.PAUSED)
    _refused_before(world)
    lift, reached = world.people.some_judged_again, asyncio.Event()

    async def stuck(*given: Any) -> int:
        if _parked(world) == 2:
            reached.set()
            await asyncio.Event().wait()
        return await lift(*given)

    world.people.some_judged_again = stuck  # type: ignore[method-assign]
    world.control.rules_changed(campaign.id)
    await reached.wait()
    await world.control.close()
    assert (_parked(world), world.control.is_judging_again(campaign.id)) == (2, False)
    world.people.some_judged_again = lift  # type: ignore[method-assign]
    await world.control.go_on()
    await until(lambda: _parked(world) == 0)
