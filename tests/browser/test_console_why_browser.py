"""The panel that says why a campaign is or is not dialing, in a real browser, wide and narrow."""

from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from campaigns.desk.campaigns import CampaignDraft
from campaigns.lists import ListRow
from campaigns.model import CampaignStatus, CustomerClass, LeadStatus
from campaigns.packs_folder import load_packs, rule_book
from campaigns.rules.packs import RuleBook
from campaigns.verdicts import LastVerdict, VerdictChange
from console.memory import NOON, MemoryDesk

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LATER = NOON + timedelta(days=3, hours=-5)
CLOSED = "Courtesy: 21:04 on a Friday is outside the hours in Asia/Tokyo"
SHUT = LastVerdict("hours", CLOSED, NOON, LATER, "house", "2026-11", "Asia/Tokyo")
NO_CONSENT = LastVerdict("consent", "Spain: marketing calls need prior consent, and none is on record", NOON)


def row(index: int) -> ListRow:
    """Seven people in Japan, whom no pack speaks of; the others in London, where it is noon."""
    zone, number = ("Asia/Tokyo", "+81312345") if index < 8 else ("Europe/London", "+442079460")
    return ListRow(
        f"C-{index}", f"<b>Name {index}</b>", "", "en", CustomerClass.ORDINARY, (zone,),
        f"{number}{index:03}", NOON, {"service_date": "2026-11-19"}, {},
    )  # fmt: skip


async def fill(world: MemoryDesk) -> None:
    made = await world.campaigns.create(
        CampaignDraft("Renewals", "revisit", "Acme", "+4930555010", ""), "Mia"
    )
    book = world.campaigns.book
    await book.load_rows(made.id, [row(index) for index in range(1, 13)])
    for lead_id in range(1, 8):
        kept = SHUT if lead_id < 6 else NO_CONSENT
        status = LeadStatus.REFUSED if kept.next_at is None else LeadStatus.WAITING
        due_at = kept.next_at or NOON
        book.lead_rows[lead_id] = replace(book.lead_rows[lead_id], status=status, due_at=due_at, verdict=kept)
        book.lead_reasons[lead_id] = kept.reason
        book.verdict_changes.append(VerdictChange(lead_id, NOON, kept.rule, kept.reason, kept.next_at))
    book.campaign_rows[made.id] = replace(made, status=CampaignStatus.RUNNING)
    world.rules.book = rule_book(load_packs())
    world.facts = replace(world.facts, bound="no idle agent", agents={"paused": 2, "talking": 1})


async def open_campaign(page: Page) -> None:
    await page.goto("/")
    await page.get_by_label("Token").fill("manager-token-0123456789")
    await page.get_by_role("button", name="Sign in").click()
    await page.goto("/manager#campaign=1")


async def test_the_panel_says_why_and_follows_what_happens(page: Page, world: MemoryDesk) -> None:
    await fill(world)
    await open_campaign(page)
    headline = page.locator("#why-headline")
    await expect(headline).to_have_text("No agent is free for a call: 2 paused, 1 talking")
    lines = page.locator("#why-lines tr")
    await expect(lines).to_have_count(3)
    await expect(lines.nth(0)).to_contain_text("5Due now, judged at the moment of the call")
    await expect(lines.nth(1)).to_contain_text("Outside the calling hours in Asia/Tokyo")
    await expect(lines.nth(1)).to_contain_text("Nov 23, 2026, 4:00 PM Asia/Tokyo")
    await expect(lines.nth(2)).to_contain_text("2Without consent–")
    await expect(page.locator('#why [data-field="total"]')).to_have_text("12")
    await expect(page.locator('#why [data-field="next_at"]')).to_contain_text("now, then Nov 23, 2026")
    await expect(page.locator("#line")).to_have_text("Switch works")
    world.rules.book = RuleBook({})
    await expect(headline).to_have_text(
        "Nobody may be called now: 5 outside the calling hours in Asia/Tokyo,"
        " until Nov 23, 2026, 4:00 PM Asia/Tokyo", timeout=15_000
    )  # fmt: skip
    await expect(page.locator("#why-also li")).to_have_text(
        "No agent is free for a call: 2 paused, 1 talking"
    )
    world.rules.book = rule_book(load_packs())
    world.facts = replace(world.facts, calls=3)
    await world.live.change()
    await expect(headline).to_have_text("Dialing: 3 calls under way", timeout=15_000)
    await expect(page.locator("#why-also li")).to_have_text(
        "No agent is free for a call: 2 paused, 1 talking"
    )


async def test_one_customer_is_explained_and_names_stay_text(page: Page, world: MemoryDesk) -> None:
    await fill(world)
    await open_campaign(page)
    await page.get_by_label("One customer").fill("C-6")
    await page.locator("#who-form").get_by_role("button", name="Why?").click()
    await expect(page.locator("#why-person-title")).to_have_text("<b>Name 6</b> (C-6), Asia/Tokyo")
    await expect(page.locator("#why-verdicts li")).to_contain_text(
        "+81312345006: there is no rule pack for JP"
    )
    await expect(page.locator("#why-history tr")).to_contain_text("Refused: Spain: marketing calls need")
    await page.get_by_label("One customer").fill("C-77")
    await page.locator("#who-form").get_by_role("button", name="Why?").click()
    await expect(page.locator("#notice")).to_contain_text("nobody with the reference or number C-77")


@pytest.mark.parametrize("width", [1280, 390])
async def test_the_panel_fits_its_page(page: Page, world: MemoryDesk, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 900})
    await fill(world)
    await open_campaign(page)
    await expect(page.locator("#why-lines tr")).to_have_count(3)
    await page.get_by_label("One customer").fill("C-6")
    await page.locator("#who-form").get_by_role("button", name="Why?").click()
    await expect(page.locator("#why-person")).to_be_visible()
    sideways = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert sideways == 0


async def test_leads_that_came_after_the_end_wait_for_a_start(page: Page, world: MemoryDesk) -> None:
    await fill(world)
    book = world.campaigns.book
    book.campaign_rows[1] = replace(
        book.campaign_rows[1], status=CampaignStatus.FINISHED, status_reason="every lead is done"
    )
    await open_campaign(page)
    headline = page.locator("#why-headline")
    await expect(headline).to_contain_text(
        "10 leads wait: start it again to have them called; it is finished, since"
    )
    await expect(headline).to_have_attribute("data-tone", "wait")
    await expect(page.locator("#why [data-field=next_at]")).not_to_contain_text("now")


async def test_the_live_count_of_answers_is_told_from_that_of_people(page: Page, world: MemoryDesk) -> None:
    await fill(world)
    await open_campaign(page)
    await expect(page.locator("#live div", has=page.locator("[data-field=answered]"))).to_contain_text(
        "Picked up in all"
    )
    await expect(page.locator("#live-note")).to_contain_text(
        "Machines that pick up and votes on the hotline are counted here"
    )
    await expect(page.locator("#report div", has=page.locator("[data-field=answered]"))).to_contain_text(
        "Answered by people"
    )


async def test_a_table_that_is_cut_has_a_shadow_where_it_goes_on(page: Page, world: MemoryDesk) -> None:
    """The covers move with the table, the shadows stay: at an end the one hides the other."""
    await fill(world)
    await page.set_viewport_size({"width": 390, "height": 900})
    await open_campaign(page)
    attached = "box => getComputedStyle(box).backgroundAttachment"
    assert await page.locator("#why .scroll").first.evaluate(attached) == "local, local, scroll, scroll"
