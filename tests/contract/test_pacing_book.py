"""Every sentence of ``dialer.pacing_book.PacingBook``, over the twin and over SQL."""

from dataclasses import replace
from datetime import timedelta

from book_cases import NOON, Books, row

from campaigns.model import Disposition, LeadPlan, LeadStatus, Screened
from campaigns.rules.amd_errors import Screens
from dialer.pacing_book import AnswerCount, LeadPlace
from dialer.ports import CallFacts, Settlement, WrapUp

HOUR = timedelta(hours=1)
AGAIN = LeadPlan(LeadStatus.WAITING, NOON, "again")


async def attempted(
    books: Books,
    name: str,
    disposition: Disposition | None,
    facts: CallFacts | None = None,
    **changes: object,
) -> None:
    await books.attempt(name, **changes)
    if disposition is not None:
        await books.calls.settle(name, Settlement(disposition, facts or CallFacts(), AGAIN))


async def test_the_places_of_open_leads_are_told_once_each_with_their_lists(books: Books) -> None:
    campaign_id = (await books.campaign()).id
    rows = [
        row(1, number="+12025550101"),
        row(2, number="+12025550102"),
        row(3, number="+13055550103"),
        row(4, number="+442079460104"),
        row(5, number="+442079460105", country="IE"),
    ]
    await books.campaigns.load_rows(campaign_id, rows)
    list_id = (await books.calls.claim(campaign_id, NOON)).lead.list_id  # type: ignore[union-attr]
    assert sorted(await books.pacing.lead_places(campaign_id), key=lambda place: place.number) == [
        LeadPlace("+12025550101", "", "", list_id),
        LeadPlace("+13055550103", "", "", list_id),
        LeadPlace("+442079460104", "", "", list_id),
        LeadPlace("+442079460105", "IE", "", list_id),
    ]


async def test_a_lead_that_is_done_has_no_place_any_more(books: Books) -> None:
    campaign_id = (await books.campaign()).id
    await books.campaigns.load_rows(campaign_id, [row(1, number="+12025550101")])
    claim = await books.calls.claim(campaign_id, NOON)
    assert claim is not None
    assert len(await books.pacing.lead_places(campaign_id)) == 1
    await books.calls.return_lead(claim.lead.id, LeadPlan(LeadStatus.DONE, None, "closed"))
    assert await books.pacing.lead_places(campaign_id) == []
    assert await books.pacing.lead_places(77) == []


async def test_the_first_attempt_is_the_oldest_of_the_campaign(books: Books) -> None:
    campaign_id = await books.leads(2)
    assert await books.pacing.first_attempt_at(campaign_id) is None
    await attempted(books, "a-1", Disposition.BUSY, committed_at=NOON + HOUR)
    await attempted(books, "a-2", Disposition.BUSY, lead_id=2, committed_at=NOON)
    assert await books.pacing.first_attempt_at(campaign_id) == NOON
    assert await books.pacing.first_attempt_at(77) is None


async def test_live_answers_are_counted_by_window_machines_and_early_hangups_left_out(books: Books) -> None:
    campaign_id = await books.leads(1)
    other = (await books.campaign("Another")).id
    await books.campaigns.load_rows(other, [row(1)])
    for number, (disposition, at) in enumerate(
        [
            (Disposition.CONNECTED, NOON),
            (Disposition.ABANDONED, NOON),
            (Disposition.MACHINE, NOON),
            (Disposition.HUNG_UP_EARLY, NOON),
            (Disposition.NO_ANSWER, NOON),
            (Disposition.CONNECTED, NOON + HOUR),
            (Disposition.CONNECTED, NOON - timedelta(microseconds=1)),
        ]
    ):
        await attempted(books, f"a-{number}", disposition, committed_at=at)
    await attempted(books, "b-1", Disposition.ABANDONED, lead_id=2, customer_id=1, campaign_id=other)
    await attempted(books, "a-open", None)
    windows = [(NOON, NOON + HOUR), (NOON + HOUR, NOON + 2 * HOUR), (NOON + 2 * HOUR, NOON + 3 * HOUR)]
    ours = await books.pacing.answer_counts(campaign_id, windows)
    assert list(ours) == [AnswerCount(2, 1), AnswerCount(1, 0), AnswerCount(0, 0)]
    everybody = await books.pacing.answer_counts(None, windows[:1])
    assert list(everybody) == [AnswerCount(3, 2)]


async def test_machines_by_detection_are_counted_and_what_agents_said_of_those_they_checked(
    books: Books,
) -> None:
    campaign_id = await books.leads(1)
    talked = CallFacts(answered_at=NOON, bridged_at=NOON, ended_at=NOON + HOUR)
    for name, disposition, verdict, facts, outcome in (
        ("a-1", Disposition.MACHINE, Screened.MACHINE, CallFacts(), None),
        ("a-2", Disposition.MACHINE, Screened.CHECKED, CallFacts(), None),  # no agent came
        ("a-3", Disposition.CONNECTED, Screened.CHECKED, talked, "satisfied"),
        ("a-4", Disposition.MACHINE, Screened.CHECKED, talked, "machine"),
        ("a-5", Disposition.CONNECTED, Screened.CHECKED, talked, None),
        ("a-6", Disposition.CONNECTED, Screened.HUMAN, talked, "satisfied"),
        ("a-7", Disposition.NO_ANSWER, None, CallFacts(), None),
    ):
        await attempted(books, name, disposition, replace(facts, amd=verdict), committed_at=NOON)
        if outcome is not None:
            await books.calls.record_wrap_up(WrapUp(name, "agent-7", outcome, "", NOON), None)
    (found,) = await books.pacing.answer_counts(campaign_id, [(NOON, NOON + HOUR)])
    assert found == AnswerCount(3, 0, Screens(machine=2, checked=3, judged=2, persons=1))


async def test_what_was_learned_is_kept_by_name_and_replaced_by_what_is_newer(books: Books) -> None:
    campaign_id = (await books.campaign()).id
    assert await books.pacing.learned(campaign_id) == {}
    await books.pacing.keep_learned(campaign_id, {"1": {"rate": 0.5}, "1/4": {"rate": [0.25, 1]}}, NOON)
    await books.pacing.keep_learned(campaign_id, {"1": {"rate": 0.75}}, NOON + HOUR)
    assert await books.pacing.learned(campaign_id) == {"1": {"rate": 0.75}, "1/4": {"rate": [0.25, 1]}}
    assert await books.pacing.learned(77) == {}
