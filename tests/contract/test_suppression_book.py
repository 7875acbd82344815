"""Do-not-call lists and whom they bar, over the twins and over SQL."""

import pytest
from book_cases import NOON, Books, row

from campaigns.errors import InvalidInput, NotFound
from campaigns.lists import Known, LoadTerms
from campaigns.model import LeadPlan, LeadStatus, NumberKind, Purpose
from campaigns.suppression import OPT_OUT_ID, SuppressedNumber, SuppressionKind, SuppressionList

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
    assert list(await books.suppression.suppression_entries("+442079460101")) == [
        SuppressedNumber(OPT_OUT_ID, "+442079460101", "by key", "customer", NOON)
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


async def test_numbers_are_added_once_and_the_first_word_stays(books: Books) -> None:
    list_id = await make_list(books, "registry")
    numbers = [f"+4420794{60100 + n}" for n in range(1200)]
    assert await books.suppression.suppress_numbers([barring(list_id, number) for number in numbers]) == 1200
    more = [barring(list_id, number, "again") for number in [*numbers[:3], "+442079400000"]]
    assert await books.suppression.suppress_numbers(more) == 1
    (entry,) = await books.suppression.suppression_entries(numbers[0])
    assert entry.reason == "asked"
    assert await books.suppression.unsuppress(list_id, numbers[0], "anna", NOON)
    assert not await books.suppression.unsuppress(list_id, numbers[0], "anna", NOON)
    assert list(await books.suppression.suppression_entries(numbers[0])) == []
    assert (await books.suppression.suppression_lists())[1].size == 1200


async def test_bad_lists_are_refused(books: Books) -> None:
    await make_list(books, "registry")
    with pytest.raises(InvalidInput, match="registry"):
        await make_list(books, "registry")
    with pytest.raises(NotFound):
        await make_list(books, "of nothing", campaign_id=77)
    with pytest.raises(NotFound):
        await books.suppression.suppress_numbers([barring(77, "+442079460101")])
