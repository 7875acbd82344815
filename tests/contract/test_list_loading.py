"""Loading rows into lists, and the customer file they fill, over the twins and over SQL."""

from dataclasses import replace
from datetime import timedelta

import pytest
from book_cases import NOON, ROW, Books, row
from list_cases import TERMS, listed

from campaigns.lists import Known, LeadList, LoadCount, Within
from campaigns.model import Consent, CustomerClass, LeadStatus, NumberKind, Purpose


async def test_a_list_is_made_with_its_first_rows(books: Books) -> None:
    campaign_id, list_id = await listed(books, 2)
    waiting = dict.fromkeys(LeadStatus, 0) | {LeadStatus.WAITING: 2}
    assert await books.lists.lists(campaign_id) == [
        LeadList(list_id, campaign_id, "spring", True, "mona", NOON, leads=waiting)
    ]
    claim = await books.calls.claim(campaign_id, NOON)
    assert claim is not None
    assert claim.lead.list_id == list_id
    assert list(await books.lists.lists(77)) == []


async def test_a_lead_stays_in_the_list_it_came_with(books: Books) -> None:
    campaign_id, list_id = await listed(books, 1)
    other = replace(TERMS, list_name="summer")
    assert await books.campaigns.load_rows(campaign_id, [row(1), row(2)], other) == LoadCount(1, 0, 1)
    first, second = await books.lists.lists(campaign_id)
    assert (first.leads[LeadStatus.WAITING], second.leads[LeadStatus.WAITING]) == (1, 1)
    assert first.id == list_id


async def test_a_dry_run_counts_what_would_happen_and_writes_nothing(books: Books) -> None:
    campaign_id, _ = await listed(books, 2)
    dry = replace(TERMS, dry_run=True, list_name="new")
    rows = [row(1), row(2, name="Maria"), row(3)]
    assert await books.campaigns.load_rows(campaign_id, rows, dry) == LoadCount(1, 1, 1)
    assert len((await books.campaigns.leads(campaign_id)).lines) == 2
    assert len(await books.lists.lists(campaign_id)) == 1
    assert (await books.campaigns.customer(2)).name == "José Łuczak"


async def test_skip_leaves_who_is_there_alone(books: Books) -> None:
    campaign_id, _ = await listed(books, 1)
    rows = [row(1, name="Maria"), row(2)]
    skip = replace(TERMS, known=Known.SKIP)
    assert await books.campaigns.load_rows(campaign_id, rows, skip) == LoadCount(1, 0, 0, 1)
    assert (await books.campaigns.customer(1)).name == "José Łuczak"
    other = (await books.campaign("Other")).id
    assert (await books.campaigns.load_rows(other, rows, skip)).loaded == 2
    third = (await books.campaign("Third")).id
    in_book = replace(skip, within=Within.BOOK)
    assert await books.campaigns.load_rows(third, [*rows, row(3)], in_book) == LoadCount(1, 0, 0, 2)


# --- the customer file


async def test_the_whole_file_comes_back(books: Books) -> None:
    campaign = await books.campaign()
    told = ROW._replace(
        zones=("America/New_York",),
        own_zone="America/New_York",
        country="US",
        region="FL",
        owner="1001",
        kind=NumberKind.MOBILE,
        others=(("+12025550123", NumberKind.HOME), ("+13055550142", NumberKind.OTHER)),
        appointment_at=NOON + timedelta(hours=9),
        consent=Consent(Purpose.SERVICE, True, NOON, "form 7"),
    )
    assert await books.campaigns.load_rows(campaign.id, [told], TERMS) == LoadCount(1, 0, 0)
    customer = await books.campaigns.customer(1)
    assert customer.numbers == (ROW.number, "+12025550123", "+13055550142")
    assert customer.kinds == {ROW.number: NumberKind.MOBILE, "+12025550123": NumberKind.HOME}
    assert (customer.zones, customer.own_zone) == (("America/New_York",), "America/New_York")
    assert (customer.country, customer.region, customer.owner) == ("US", "FL", "1001")
    claim = await books.calls.claim(campaign.id, NOON)
    assert claim is not None
    assert claim.lead.appointment_at == claim.evidence.appointment == NOON + timedelta(hours=9)
    assert claim.evidence.consents == (told.consent,)
    assert await books.campaigns.load_rows(campaign.id, [told], TERMS) == LoadCount(0, 0, 1)


async def test_empty_cells_leave_what_is_known_of_zone_address_and_owner(books: Books) -> None:
    campaign = await books.campaign()
    told = ROW._replace(
        zones=("Europe/Madrid",), own_zone="Europe/Madrid", country="ES", region="MD", owner="1001"
    )
    await books.campaigns.load_rows(campaign.id, [told], TERMS)
    assert await books.campaigns.load_rows(campaign.id, [ROW], TERMS) == LoadCount(0, 0, 1)
    customer = await books.campaigns.customer(1)
    assert (customer.zones, customer.country, customer.region, customer.owner) == (
        ("Europe/Madrid",), "ES", "MD", "1001",
    )  # fmt: skip


@pytest.mark.parametrize("was", [CustomerClass.POTENTIAL, CustomerClass.VIP])
async def test_what_a_list_does_not_say_of_a_person_stays(books: Books, was: CustomerClass) -> None:
    campaign = await books.campaign()
    told = row(1, title="Ms", language="es", customer_class=was, extras={"plate": "DC 1", "colour": "red"})
    await books.campaigns.load_rows(campaign.id, [told], TERMS)
    other = (await books.campaign("Other")).id
    silent = told._replace(name="", title="", language="", customer_class=None, extras={"colour": "blue"})
    ordinary = row(2, customer_class=CustomerClass.ORDINARY)
    rows = [ordinary, silent]
    for count in (LoadCount(2, 0, 0), LoadCount(0, 0, 2)):
        assert await books.campaigns.load_rows(other, rows, TERMS) == count
    person = await books.campaigns.customer(1)
    assert (person.name, person.title, person.language, person.customer_class) == (
        told.name, "Ms", "es", was,
    )  # fmt: skip
    assert person.extras == {"plate": "DC 1", "colour": "blue"}
    first = await books.calls.claim(other, NOON)
    assert first is not None
    assert (first.lead.customer_id == 1) == (was is CustomerClass.VIP)  # his new lead has his rank
    renamed = [row(2), silent._replace(name="Maria")]
    for terms in (replace(TERMS, dry_run=True), TERMS):
        assert await books.campaigns.load_rows(other, renamed, terms) == LoadCount(0, 1, 1)
    assert await books.campaigns.load_rows(other, renamed, TERMS) == LoadCount(0, 0, 2)
    person = await books.campaigns.customer(1)
    assert (person.name, person.customer_class) == ("Maria", was)


async def test_somebody_new_of_whom_no_class_is_told_is_ordinary(books: Books) -> None:
    campaign = await books.campaign()
    assert await books.campaigns.load_rows(campaign.id, [row(1, customer_class=None)], TERMS) == LoadCount(
        1, 0, 0
    )
    assert (await books.campaigns.customer(1)).customer_class is CustomerClass.ORDINARY


async def test_without_an_own_zone_the_zones_of_all_numbers_count(books: Books) -> None:
    campaign = await books.campaign()
    here = ROW._replace(number="+442079460100", zones=("Europe/London",))
    there = ROW._replace(number="+12025550123", zones=("America/New_York",))
    both = ("America/New_York", "Europe/London")
    await books.campaigns.load_rows(campaign.id, [here], TERMS)
    await books.campaigns.load_rows(campaign.id, [there], TERMS)
    assert (await books.campaigns.customer(1)).zones == both
    assert await books.campaigns.load_rows(campaign.id, [here], TERMS) == LoadCount(0, 0, 1)
    assert await books.campaigns.load_rows(campaign.id, [here, there], TERMS) == LoadCount(0, 0, 2)
    other = (await books.campaign("Other")).id
    together = [one._replace(ref="C-2") for one in (here, there)]
    await books.campaigns.load_rows(other, together, TERMS)
    assert (await books.campaigns.customer(2)).zones == both
    assert await books.campaigns.load_rows(other, together, TERMS) == LoadCount(0, 0, 2)


async def test_a_consent_that_nothing_proves_is_kept_and_takes_no_words_place(books: Books) -> None:
    campaign_id = await books.leads(2)
    bare = Consent(Purpose.SERVICE, True, None, "")
    no, proven = Consent(Purpose.SERVICE, False, NOON, ""), Consent(Purpose.SERVICE, True, NOON, "form 7")
    for index, first in ((1, no), (2, proven)):
        await books.people.record_consent(index, row(index).number, first, "mia", NOON)
    said = [row(index, consent=bare) for index in (1, 2, 3)]
    assert await books.campaigns.load_rows(campaign_id, said, TERMS) == LoadCount(1, 2, 0)
    assert await books.campaigns.load_rows(campaign_id, said, TERMS) == LoadCount(0, 0, 3)
    told = [one.consent for one in (await books.people.customer_file(1)).consents]
    assert told == [no, bare]
    ahead = [claim async for page in books.forecast.open_leads(campaign_id, NOON) for claim in page]
    for index, stands in enumerate((no, proven, bare), 1):
        (case,) = await books.why.cases(campaign_id, f"C-{index}", NOON)
        assert case.evidence.consents == ahead[index - 1].evidence.consents == (stands,)


async def test_the_newest_word_on_consent_counts_and_the_same_word_twice_is_one(books: Books) -> None:
    campaign_id, _ = await listed(books, 1)
    yes = Consent(Purpose.SERVICE, True, NOON, "form 7")
    no = Consent(Purpose.SERVICE, False, NOON, "by phone")
    for said, count in ((yes, LoadCount(0, 1, 0)), (yes, LoadCount(0, 0, 1)), (no, LoadCount(0, 1, 0))):
        assert await books.campaigns.load_rows(campaign_id, [row(1, consent=said)], TERMS) == count
    claim = await books.calls.claim(campaign_id, NOON)
    assert claim is not None
    assert claim.evidence.consents == (no,)
    told = (await books.people.customer_file(1)).consents
    assert [(one.consent, one.by, one.at) for one in told] == [(yes, "mona", NOON), (no, "mona", NOON)]


async def test_a_customer_ranked_anew_by_a_list_keeps_the_order_of_claims(books: Books) -> None:
    campaign_id, _ = await listed(books, 2)
    await books.campaigns.load_rows(campaign_id, [row(2, customer_class=CustomerClass.VIP)], TERMS)
    claim = await books.calls.claim(campaign_id, NOON)
    assert claim is not None
    assert claim.lead.id == 2
