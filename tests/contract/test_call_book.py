"""Attempts in ``dialer.ports.CallBook``, over the twin and over SQL: opened, noted, settled once."""

import asyncio
from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from book_cases import NOON, Books, new_attempt
from call_cases import BUSY, CONNECTED, INBOUND, LATER, lead_of, wrap_up

from campaigns.model import (
    Disposition,
    LeadStatus,
    Screened,
)
from dialer.ports import AgentTalk, CallFacts, OpenAttempt, PastCall, Settlement

# --- attempts


async def test_an_open_attempt_is_remembered_with_its_facts(books: Books) -> None:
    campaign_id = await books.leads(2)
    await books.attempt("a-2", lead_id=2, committed_at=NOON + timedelta(seconds=1))
    await books.attempt("a-1", lead_id=1)
    await books.calls.note_facts("a-1", CallFacts(sent_at=NOON))
    a_second_later = NOON + timedelta(seconds=1)
    assert list(await books.calls.open_attempts()) == [
        OpenAttempt("a-1", campaign_id, 1, "+442079460101", "main", NOON, CallFacts(sent_at=NOON), "agent-7"),
        OpenAttempt("a-2", campaign_id, 2, "+442079460102", "main", a_second_later, CallFacts(), "agent-7"),
    ]
    await books.calls.settle("a-1", BUSY)
    assert [attempt.id for attempt in await books.calls.open_attempts()] == ["a-2"]


async def test_a_lead_has_one_open_attempt_at_a_time(books: Books) -> None:
    await books.leads(1)
    await books.attempt("a-1")
    with pytest.raises(ValueError, match="without an outcome"):
        await books.calls.open_attempt(new_attempt("a-2"))
    assert await books.calls.lead_of("a-2") is None
    await books.calls.settle("a-1", BUSY)
    await books.calls.open_attempt(new_attempt("a-2"))


async def test_an_attempts_id_is_used_once_for_ever(books: Books) -> None:
    await books.leads(2)
    await books.attempt("a-1")
    await books.calls.settle("a-1", BUSY)
    with pytest.raises(ValueError, match="used before"):
        await books.calls.open_attempt(new_attempt("a-1", lead_id=2))
    assert (await lead_of(books)).id == 1


async def test_a_refused_attempt_leaves_the_leads_last_moment_alone(books: Books) -> None:
    await books.leads(1)
    await books.attempt("a-1")
    with pytest.raises(ValueError, match="without an outcome"):
        await books.calls.open_attempt(new_attempt("a-2", committed_at=NOON + timedelta(hours=5)))
    assert (await lead_of(books)).last_at == NOON


async def test_an_attempt_needs_its_lead(books: Books) -> None:
    await books.leads(1)
    assert not await books.calls.open_attempt(new_attempt("a-1", lead_id=77))
    assert list(await books.calls.open_attempts()) == []


async def test_twenty_attempts_of_one_lead_at_once_open_one(books: Books) -> None:
    await books.leads(1)
    tries = [books.calls.open_attempt(new_attempt(f"a-{index}")) for index in range(20)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert results.count(True) == 1
    assert sum(isinstance(result, ValueError) for result in results) == 19
    assert len(await books.calls.open_attempts()) == 1


async def test_facts_gather_and_none_leaves_what_is_stored(books: Books) -> None:
    await books.leads(1)
    await books.attempt()
    moments = [NOON + timedelta(milliseconds=step) for step in range(7)]
    pieces = [
        CallFacts(sent_at=moments[0]),
        CallFacts(dialled_at=moments[1], ringing_at=moments[2]),
        CallFacts(answered_at=moments[3], agent_id="agent-9"),
        CallFacts(amd=Screened.NOT_SURE),
        CallFacts(),
        CallFacts(bridged_at=moments[4], ringing_at=moments[3]),
        CallFacts(released_at=moments[5], ended_at=moments[6], hangup_cause=16, tech_cause=200),
    ]
    for piece in pieces:
        await books.calls.note_facts("a-1", piece)
    (attempt,) = await books.calls.open_attempts()
    assert attempt.facts == CallFacts(
        sent_at=moments[0],
        dialled_at=moments[1],
        ringing_at=moments[3],
        answered_at=moments[3],
        bridged_at=moments[4],
        released_at=moments[5],
        ended_at=moments[6],
        agent_id="agent-9",
        hangup_cause=16,
        tech_cause=200,
        amd=Screened.NOT_SURE,
    )


async def test_facts_of_one_attempt_do_not_touch_another_and_an_unknown_id_is_passed_over(
    books: Books,
) -> None:
    await books.leads(2)
    await books.attempt("a-1", lead_id=1)
    await books.attempt("a-2", lead_id=2)
    await books.calls.note_facts("a-2", CallFacts(ended_at=NOON))
    await books.calls.note_facts("a-77", CallFacts(ended_at=NOON))
    first, second = await books.calls.open_attempts()
    assert (first.facts, second.facts) == (CallFacts(), CallFacts(ended_at=NOON))


async def test_settling_stores_outcome_plan_and_count_together_and_once(books: Books) -> None:
    campaign_id = await books.leads(1)
    await books.calls.claim(campaign_id, NOON)
    await books.attempt()
    await books.calls.note_facts("a-1", CallFacts(sent_at=NOON))
    ended = NOON + timedelta(seconds=30)
    settlement = Settlement(Disposition.BUSY, CallFacts(ended_at=ended, hangup_cause=17), LATER)
    assert await books.calls.settle("a-1", settlement)
    lead = await lead_of(books)
    assert (lead.status, lead.due_at, lead.tried) == (
        LeadStatus.WAITING,
        LATER.due_at,
        {Disposition.BUSY: 1},
    )
    (line,) = (await books.campaigns.attempts(campaign_id)).lines
    assert (line.disposition, line.hangup_cause) == (Disposition.BUSY, 17)
    assert not await books.calls.settle("a-1", CONNECTED)
    assert await lead_of(books) == lead
    assert list((await books.campaigns.attempts(campaign_id)).lines) == [line]


async def test_settling_keeps_facts_that_were_noted_before(books: Books) -> None:
    campaign_id = await books.leads(1)
    await books.attempt()
    await books.calls.note_facts("a-1", CallFacts(ringing_at=NOON))
    settlement = replace(BUSY, facts=CallFacts(ended_at=NOON + timedelta(seconds=3)))
    await books.calls.settle("a-1", settlement)
    (line,) = (await books.campaigns.attempts(campaign_id)).lines
    assert line.ring_ms == 3000


async def test_a_lead_that_is_done_says_why(books: Books) -> None:
    await books.leads(1)
    await books.attempt()
    await books.calls.settle("a-1", CONNECTED)
    lead = await lead_of(books)
    assert (lead.status, lead.closed_reason) == (LeadStatus.DONE, "talked")


async def test_an_unknown_attempt_is_not_settled(books: Books) -> None:
    await books.leads(1)
    assert not await books.calls.settle("a-1", BUSY)


async def test_twenty_settlements_at_once_count_once(books: Books) -> None:
    await books.leads(1)
    await books.attempt()
    results = await asyncio.gather(*(books.calls.settle("a-1", BUSY) for _ in range(20)))
    assert results.count(True) == 1
    assert (await lead_of(books)).attempts == 1


async def test_the_lead_and_campaign_of_an_attempt(books: Books) -> None:
    campaign_id = await books.leads(2)
    await books.attempt("a-1", lead_id=2)
    found = await books.calls.lead_of("a-1")
    assert found is not None
    lead, campaign = found
    assert (lead.id, lead.last_at) == (2, NOON)
    assert campaign == await books.campaigns.campaign(campaign_id)
    assert await books.calls.lead_of("a-2") is None


# --- agents


async def test_the_last_wish_of_every_agent_is_kept(books: Books) -> None:
    assert await books.calls.agent_wishes() == {}
    await books.calls.remember_agent("agent-7", "ready", NOON)
    await books.calls.remember_agent("agent-8", "ready", NOON)
    await books.calls.remember_agent("agent-7", "paused:lunch", NOON + timedelta(hours=1))
    assert await books.calls.agent_wishes() == {"agent-7": "paused:lunch", "agent-8": "ready"}


async def test_when_agents_said_they_will_leave_is_kept_until_they_log_out(books: Books) -> None:
    for agent_id in ("agent-7", "agent-8"):
        await books.calls.remember_agent(agent_id, "ready", NOON)
        await books.calls.remember_leave(agent_id, NOON + timedelta(hours=1))
    await books.calls.remember_agent("agent-7", "paused:lunch", NOON)
    await books.calls.remember_leave("agent-8", NOON + timedelta(hours=2))
    assert await books.calls.agent_leaves() == {
        "agent-7": NOON + timedelta(hours=1),
        "agent-8": NOON + timedelta(hours=2),
    }
    await books.calls.remember_agent("agent-7", "offline", NOON)
    await books.calls.remember_leave("agent-8", None)
    assert await books.calls.agent_leaves() == {}


async def test_the_talk_that_an_agent_has_or_wraps_up_is_kept_until_it_is_over(books: Books) -> None:
    for agent_id in ("agent-7", "agent-8"):
        await books.calls.remember_agent(agent_id, "ready", NOON)
    await books.calls.remember_talk("agent-7", AgentTalk("a-1", None))
    await books.calls.remember_talk("agent-8", AgentTalk("in-2", NOON))
    await books.calls.remember_talk("nobody", AgentTalk("a-3", NOON))
    await books.calls.remember_agent("agent-7", "paused:lunch", NOON)
    talks = {"agent-7": AgentTalk("a-1", None), "agent-8": AgentTalk("in-2", NOON)}
    assert await books.calls.agent_talks() == talks
    await books.calls.remember_talk("agent-7", AgentTalk("a-1", NOON + timedelta(seconds=30)))
    await books.calls.remember_talk("agent-8", None)
    assert await books.calls.agent_talks() == {"agent-7": AgentTalk("a-1", NOON + timedelta(seconds=30))}


async def test_a_call_is_found_again_with_what_was_recorded_of_it(books: Books) -> None:
    await books.leads(1)
    await books.attempt()
    past = await books.calls.past_call("a-1")
    assert past is not None
    assert [past.attempt] == list(await books.calls.open_attempts())
    assert (past.disposition, past.outcome) == (None, None)
    await books.calls.settle("a-1", replace(CONNECTED, facts=CallFacts(bridged_at=NOON, ended_at=NOON)))
    await books.calls.record_wrap_up(wrap_up(outcome="satisfied"), None)
    past = await books.calls.past_call("a-1")
    assert past is not None
    assert past.facts == CallFacts(bridged_at=NOON, ended_at=NOON)
    assert (past.disposition, past.outcome) == (Disposition.CONNECTED, "satisfied")
    await books.calls.open_inbound(INBOUND)
    await books.calls.note_facts(INBOUND.id, CallFacts(agent_id="agent-7"))
    assert await books.calls.past_call(INBOUND.id) == PastCall(
        CallFacts(agent_id="agent-7"), None, None, None
    )
    assert await books.calls.past_call("a-77") is None


async def test_moments_given_in_another_zone_are_the_same_moments(books: Books) -> None:
    campaign_id = await books.leads(1)
    there = NOON.astimezone(timezone(timedelta(hours=11)))
    claim = await books.calls.claim(campaign_id, there)
    assert claim is not None
    await books.attempt(committed_at=there)
    (attempt,) = await books.calls.open_attempts()
    assert attempt.committed_at == NOON
