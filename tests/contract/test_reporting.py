"""What a report is added up from: pages of attempts and leads, and a campaign's counts, over every book."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from book_cases import NOON, Books
from call_cases import CALLBACK, DONE, LATER, wrap_up

from campaigns.errors import NotFound
from campaigns.model import Disposition, LeadStatus, Screened, Vote
from campaigns.reporting import AttemptGroup
from campaigns.spread import Spread
from dialer.ports import CallFacts, Settlement

D = Disposition


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def talk(wait_ms: float, talk_s: float, amd: Screened | None = None) -> CallFacts:
    """The facts of a call that was answered, bridged after so long, and talked for so long."""
    bridged = after(10 + wait_ms / 1000)
    released = bridged + timedelta(seconds=talk_s)
    return CallFacts(answered_at=after(10), bridged_at=bridged, released_at=released, amd=amd)


async def called(books: Books, lead_id: int, disposition: D | None, facts: CallFacts, **more: Any) -> None:
    """Make an attempt ``a-<lead>``; ``outcome`` and ``vote`` are recorded when they are given."""
    attempt_id = more.get("attempt_id", f"a-{lead_id}")
    await books.attempt(attempt_id, lead_id=lead_id, committed_at=more.get("at", NOON))
    if more.get("outcome"):
        plan = CALLBACK if more["outcome"] == "callback" else None
        await books.calls.record_wrap_up(wrap_up(attempt_id, more["outcome"]), plan)
    if more.get("vote"):
        await books.calls.record_vote(Vote(attempt_id, more["vote"], NOON, "live"))
    if disposition is not None:
        plan = DONE if disposition is D.CONNECTED else LATER
        await books.calls.settle(attempt_id, Settlement(disposition, facts, plan))


async def test_attempts_come_newest_first_page_by_page_and_only_of_their_campaign(books: Books) -> None:
    campaign_id = await books.leads(4)
    await called(books, 1, D.BUSY, CallFacts(), attempt_id="a-late", at=after(9))
    await called(books, 2, D.BUSY, CallFacts(), attempt_id="a-early")
    await called(books, 3, None, CallFacts(), attempt_id="a-tie")
    first = await books.campaigns.attempts(campaign_id, limit=2)
    assert ([line.attempt_id for line in first.lines], first.total, first.left) == (["a-late", "a-tie"], 3, 1)
    await called(books, 4, None, CallFacts(), attempt_id="a-new", at=after(10))  # moves nothing
    rest = await books.campaigns.attempts(campaign_id, "a-tie", 2)
    assert ([line.attempt_id for line in rest.lines], rest.total, rest.left) == (["a-early"], 4, 0)
    assert (await books.campaigns.attempts(campaign_id, "a-early")).lines == ()
    other = (await books.campaign("Other")).id
    assert (await books.campaigns.attempts(other)).lines == ()
    for unknown in ("a-late", "a-7"):
        with pytest.raises(NotFound):
            await books.campaigns.attempts(other, unknown)


async def test_leads_are_told_apart_by_a_talk_with_the_customer_himself(books: Books) -> None:
    campaign_id = await books.leads(6)
    await called(books, 1, D.CONNECTED, talk(4, 60), outcome="satisfied")
    await called(books, 2, D.CONNECTED, talk(4, 60))
    await called(books, 3, D.CONNECTED, talk(4, 60), outcome="wrong_person")
    await called(books, 4, D.CONNECTED, talk(4, 60), outcome="machine")
    await called(books, 5, D.BUSY, CallFacts())

    async def ids(reached: bool | None, after: int = 0, limit: int = 9) -> tuple[list[int], int, int]:
        page = await books.campaigns.leads(campaign_id, after, limit, reached=reached)
        return [line.lead_id for line in page.lines], page.total, page.left

    assert await ids(True) == ([1, 2], 2, 0)
    assert await ids(False) == ([3, 4, 5, 6], 4, 0)
    assert await ids(False, limit=1) == ([3], 4, 3)
    assert await ids(False, after=4, limit=1) == ([5], 4, 1)
    assert await ids(None, after=2, limit=3) == ([3, 4, 5], 6, 1)
    assert await ids(None, after=6) == ([], 6, 0)
    await called(books, 3, D.CONNECTED, talk(4, 60), attempt_id="a-again", outcome="callback")
    assert await ids(True) == ([1, 2, 3], 3, 0)


async def test_a_campaign_is_counted_by_what_its_attempts_have_in_common(books: Books) -> None:
    campaign_id = await books.leads(9)
    await called(books, 1, D.CONNECTED, talk(3.25, 60), outcome="satisfied", vote=5)
    await called(books, 2, D.CONNECTED, talk(5, 30.5), outcome="satisfied", vote=5)
    await called(books, 3, D.CONNECTED, talk(4, 30), outcome="callback")
    await called(books, 4, D.ABANDONED, CallFacts(answered_at=after(10)))
    await called(books, 5, D.BUSY, CallFacts())
    await called(books, 6, None, CallFacts())
    await called(books, 7, D.CONNECTED, talk(1004.5, 9, Screened.CHECKED))
    await called(books, 8, D.MACHINE, CallFacts(answered_at=after(10), amd=Screened.CHECKED))
    other = (await books.campaign("Other")).id
    assert not (await books.campaigns.tally(other)).groups
    found = await books.campaigns.tally(campaign_id)
    assert set(found.groups) == {
        AttemptGroup(D.CONNECTED, None, "satisfied", 5, 2, 2, 90_500),
        AttemptGroup(D.CONNECTED, None, "callback", None, 1, 1, 30_000),
        AttemptGroup(D.ABANDONED, None, None, None, 1, 0, 0),
        AttemptGroup(D.BUSY, None, None, None, 1, 0, 0),
        AttemptGroup(None, None, None, None, 1, 0, 0),
        AttemptGroup(D.CONNECTED, Screened.CHECKED, None, None, 1, 1, 9_000),
        AttemptGroup(D.MACHINE, Screened.CHECKED, None, None, 1, 0, 0),
    }
    assert found.waits == Spread(4.0, 5.0, 5.0)
    assert found.screened_waits == Spread(1004.5, 1004.5, 1004.5)
    assert found.leads[LeadStatus.DONE] == 3
    assert set(found.leads) == set(LeadStatus)
    assert sum(found.leads.values()) == 9


@pytest.mark.parametrize(
    ("waits", "told"),
    [([], (None,) * 3), ([2.0, 1.0], (1.0, 2.0, 2.0)), (list(range(101, 0, -1)), (51.0, 100.0, 101.0))],
)
async def test_waits_are_told_by_the_nearest_rank(books: Books, waits: list[float], told: Any) -> None:
    campaign_id = await books.leads(max(1, len(waits)))
    for lead_id, wait_ms in enumerate(waits, 1):
        await called(books, lead_id, D.CONNECTED, talk(wait_ms, 1))
    assert (await books.campaigns.tally(campaign_id)).waits == Spread(*told)


@pytest.mark.parametrize("micro", [1, 499, 500, 999, 999_500, 999_999])
async def test_spans_are_exact_over_the_second(books: Books, micro: int) -> None:
    """As text a moment is cut, not rounded, at its second."""
    campaign_id = await books.leads(1)
    answered = NOON.replace(microsecond=micro)
    facts = CallFacts(
        answered_at=answered,
        bridged_at=answered + timedelta(microseconds=999_999),
        ended_at=answered + timedelta(hours=25),
    )
    await called(books, 1, D.CONNECTED, facts)
    found = await books.campaigns.tally(campaign_id)
    assert found.waits.max == 999.999
    assert [group.talk_ms for group in found.groups] == [25 * 3600 * 1000 - 1000]
