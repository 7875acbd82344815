"""Do-not-call lists and whom they bar, over the twins and over SQL."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from book_cases import NOON, Books, row

from campaigns.errors import InvalidInput, NotFound
from campaigns.lists import Known, LoadTerms
from campaigns.model import LeadPlan, LeadStatus, NumberKind, Purpose
from campaigns.suppression import (
    OPT_OUT_ID,
    BarringEntry,
    Holder,
    SuppressedNumber,
    SuppressionKind,
    SuppressionList,
)

LATER = LeadPlan(LeadStatus.WAITING, NOON, "again")


def barring(list_id: int, number: str, reason: str = "asked") -> SuppressedNumber:
    return SuppressedNumber(list_id, number, reason, "mona", NOON)


async def make_list(
    books: Books,
    name: str,
    *,
    purpose: Purpose | None = None,
    campaign_id: int | None = None,
    kind: SuppressionKind = SuppressionKind.REGISTRY,
) -> int:
    whole = kind is not SuppressionKind.REGISTRY
    new = SuppressionList(0, name, kind, purpose, campaign_id, whole, "mona", NOON)
    return (await books.suppression.add_suppression_list(new)).id


async def names_at_claim(books: Books, campaign_id: int) -> tuple[str, ...]:
    claim = await books.calls.claim(campaign_id, NOON)
    assert claim is not None
    await books.calls.return_lead(claim.lead.id, LATER)
    return claim.evidence.suppressed


async def test_the_opt_out_list_is_there_from_the_beginning(books: Books) -> None:
    (kept,) = await books.suppression.suppression_lists()
    assert (kept.id, kept.name, kept.purpose, kept.campaign_id) == (OPT_OUT_ID, "opt-out", None, None)
    assert (kept.whole_person, kept.size) == (True, 0)
    await books.campaigns.suppress("+442079460101", "by key", "customer", NOON)
    assert list(await books.suppression.barring_entries("+442079460101")) == [
        BarringEntry(kept, SuppressedNumber(OPT_OUT_ID, "+442079460101", "by key", "customer", NOON))
    ]
    assert [each.size for each in await books.suppression.suppression_lists()] == [1]


async def test_a_list_counts_for_its_purpose_and_campaign_only(books: Books) -> None:
    campaign_id = await books.leads(1)
    other = (await books.campaign("Other")).id
    number = row(1).number
    for name, scope in (
        ("service", {"purpose": Purpose.SERVICE}),
        ("marketing", {"purpose": Purpose.MARKETING}),
        ("this one", {"campaign_id": campaign_id}),
        ("another", {"campaign_id": other}),
        ("all", {}),
    ):
        list_id = await make_list(books, name, **scope)  # type: ignore[arg-type]
        assert await books.suppression.suppress_numbers([barring(list_id, number)]) == 1
    assert await names_at_claim(books, campaign_id) == ("service", "this one", "all")
    assert await books.campaigns.is_suppressed(number)


async def test_a_narrow_list_does_not_bar_a_number_everywhere(books: Books) -> None:
    list_id = await make_list(books, "marketing", purpose=Purpose.MARKETING)
    await books.suppression.suppress_numbers([barring(list_id, "+442079460101")])
    assert not await books.campaigns.is_suppressed("+442079460101")


async def test_who_opts_out_on_one_number_is_barred_on_all_and_a_registry_bars_the_number(
    books: Books,
) -> None:
    campaign = await books.campaign()
    second = "+442079460999"
    await books.campaigns.load_rows(campaign.id, [row(1), row(1)._replace(number=second)])
    registry = await make_list(books, "registry")
    await books.suppression.suppress_numbers([barring(registry, second)])
    assert await names_at_claim(books, campaign.id) == ()
    house = await make_list(books, "house", kind=SuppressionKind.HOUSE)
    await books.suppression.suppress_numbers([barring(house, second)])
    assert await names_at_claim(books, campaign.id) == ("house",)


async def test_who_opts_out_is_barred_at_a_number_that_others_have_too_and_they_nowhere_else(
    books: Books,
) -> None:
    campaign = await books.campaign()
    mobile, landline, hers = (row(index).number for index in (1, 2, 3))
    husband = row(1, others=((landline, NumberKind.OTHER),))
    both = [husband, row(2), row(2)._replace(number=hers)]
    await books.campaigns.load_rows(campaign.id, both, LoadTerms(known=Known.ALLOW))
    registry = await make_list(books, "registry")
    await books.suppression.suppress_numbers([barring(registry, mobile)])
    await books.campaigns.suppress(mobile, "said so", "agent-7", NOON)
    told = {case.lead.number: case.evidence.suppressed for case in await books.why.cases(1, "C-2", NOON)}
    assert told == {landline: ("opt-out",), hers: ()}
    ahead = [claim async for page in books.forecast.open_leads(campaign.id, NOON) for claim in page]
    assert {claim.lead.number: claim.evidence.suppressed for claim in ahead} == {
        mobile: ("opt-out", "registry"), landline: ("opt-out",), hers: (),
    }  # fmt: skip


async def test_the_entries_that_bar_a_number_are_its_own_and_those_of_people_who_have_it(
    books: Books,
) -> None:
    campaign = await books.campaign()
    mobile, landline, hers = (row(index).number for index in (1, 2, 3))
    husband = row(1, others=((landline, NumberKind.OTHER),))
    both = [husband, row(2), row(2)._replace(number=hers), row(4, others=((landline, NumberKind.OTHER),))]
    await books.campaigns.load_rows(campaign.id, both, LoadTerms(known=Known.ALLOW))
    registry = await make_list(books, "registry")
    house = await make_list(books, "house", kind=SuppressionKind.HOUSE, campaign_id=campaign.id)
    entries = [
        barring(house, hers), barring(house, mobile), barring(OPT_OUT_ID, mobile),
        *(barring(registry, number) for number in (landline, mobile, hers)), barring(house, landline),
    ]  # fmt: skip
    await books.suppression.suppress_numbers(entries)
    people = {one: (Holder(one, f"C-{one}"),) for one in (1, 2)}

    async def told(number: str) -> list[tuple[str, str, tuple[Holder, ...]]]:
        found = await books.suppression.barring_entries(number)
        return [(one.listed.name, one.entry.number, one.holders) for one in found]

    assert await told(landline) == [
        ("opt-out", mobile, people[1]),
        ("registry", landline, ()),
        ("house", landline, ()), ("house", mobile, people[1]), ("house", hers, people[2]),
    ]  # fmt: skip
    assert await told(hers) == [
        ("registry", hers, ()), ("house", hers, ()), ("house", landline, people[2]),
    ]  # fmt: skip
    assert await told("+442079460104") == [("house", landline, (Holder(3, "C-4"),))]
    assert await told("+442079460999") == []
    both_have = row(
        5, number="+442079460105", others=((mobile, NumberKind.OTHER), (landline, NumberKind.OTHER))
    )
    await books.campaigns.load_rows(campaign.id, [both_have], LoadTerms(known=Known.ALLOW))
    assert (await told(landline))[0] == ("opt-out", mobile, (*people[1], Holder(4, "C-5")))


@pytest.mark.parametrize("seed", range(3))
async def test_what_bars_a_number_is_what_a_claim_sees(books: Books, seed: int) -> None:
    """Whichever lists, numbers and people there are: both questions have one answer."""
    chance = random.Random(seed)
    campaigns = [await books.campaign("One"), await books.campaign("Two")]
    numbers = [row(index).number for index in range(1, 9)]
    for campaign in campaigns:
        rows = []
        for index in range(1, 7):
            own, *others = chance.sample(numbers, chance.randint(1, 3))
            rows.append(row(index, number=own, others=tuple((one, NumberKind.OTHER) for one in others)))
        await books.campaigns.load_rows(campaign.id, rows, LoadTerms(known=Known.ALLOW))
    for name in "abcdef":
        list_id = await make_list(
            books,
            name,
            purpose=chance.choice([None, Purpose.SERVICE, Purpose.MARKETING]),
            campaign_id=chance.choice([None, campaigns[0].id, campaigns[1].id]),
            kind=chance.choice([SuppressionKind.REGISTRY, SuppressionKind.HOUSE]),
        )
        await books.suppression.suppress_numbers([barring(list_id, one) for one in chance.sample(numbers, 2)])
    seen = 0
    for campaign in campaigns:
        ahead = [claim async for page in books.forecast.open_leads(campaign.id, NOON) for claim in page]
        for claim in ahead:
            found = await books.suppression.barring_entries(claim.lead.number)
            names = {one.listed.name for one in found if one.listed.applies_to(campaign.purpose, campaign.id)}
            assert set(claim.evidence.suppressed) == names
            seen += len(names)
    assert seen > 0


async def test_numbers_are_added_once_and_the_first_word_stays(books: Books) -> None:
    list_id = await make_list(books, "registry")
    numbers = [f"+4420794{60100 + n}" for n in range(1200)]
    assert await books.suppression.suppress_numbers([barring(list_id, number) for number in numbers]) == 1200
    more = [barring(list_id, number, "again") for number in [*numbers[:3], "+442079400000"]]
    assert await books.suppression.suppress_numbers(more) == 1
    (found,) = await books.suppression.barring_entries(numbers[0])
    assert found.entry.reason == "asked"
    assert await books.suppression.unsuppress(list_id, numbers[0], "anna", NOON)
    assert not await books.suppression.unsuppress(list_id, numbers[0], "anna", NOON)
    assert list(await books.suppression.barring_entries(numbers[0])) == []
    assert (await books.suppression.suppression_lists())[1].size == 1200


async def test_bad_lists_are_refused(books: Books) -> None:
    await make_list(books, "registry")
    with pytest.raises(InvalidInput, match="registry"):
        await make_list(books, "registry")
    with pytest.raises(NotFound):
        await make_list(books, "of nothing", campaign_id=77)
    with pytest.raises(NotFound):
        await books.suppression.suppress_numbers([barring(77, "+442079460101")])


async def test_opt_outs_of_callers_that_nobody_could_read_are_told_apart(books: Books) -> None:
    early = replace(barring(OPT_OUT_ID, "anonymous"), at=NOON - timedelta(hours=1))
    raw = sorted(["2022294404", "+1 202 229 4404", "+", "+1", "+0123456", "+1234567890123456", "+12a", "1+2"])
    good = ["+12", "+123456789012345", "+442079460101"]
    for entry in (early, *(barring(OPT_OUT_ID, number) for number in (*raw, *good))):
        await books.suppression.suppress_numbers([entry])
    registry = await make_list(books, "Registry")
    await books.suppression.suppress_numbers([barring(registry, "2022294404")])
    unread = await books.suppression.unread_opt_outs()
    assert unread[0] == early
    assert sorted(entry.number for entry in unread[1:]) == raw


async def test_with_what_caller_ids_were_read_is_kept(books: Books) -> None:
    assert await books.suppression.read_with() == ""
    for what in ("1 f00d", "2 f00d"):
        await books.suppression.note_read_with(what)
        assert await books.suppression.read_with() == what


async def test_opt_outs_that_were_read_from_a_caller_id_are_told_by_their_reason(books: Books) -> None:
    late = replace(barring(OPT_OUT_ID, "+442079460101"), reason="by key in call in-2, shown as 02079460101")
    early = replace(late, number="+442079460102", at=NOON - timedelta(hours=1))
    registry = await make_list(books, "Registry")
    for entry in (late, early, barring(OPT_OUT_ID, "+442079460103"), replace(late, list_id=registry)):
        await books.suppression.suppress_numbers([entry])
    assert list(await books.suppression.read_opt_outs()) == [early, late]
