"""Spans of a call from its moments."""

from datetime import UTC, datetime, timedelta

import pytest

from dialer.call_facts import answer_to_agent_ms, merged, ring_ms, talk_ms, who_talked
from dialer.ports import CallFacts

START = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)


def after(ms: float) -> datetime:
    return START + timedelta(milliseconds=ms)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (CallFacts(), None),
        (CallFacts(ringing_at=START), None),
        (CallFacts(answered_at=START), None),
        (CallFacts(ringing_at=after(500), answered_at=after(2500), ended_at=after(9000)), 2000),
        (CallFacts(dialled_at=START, ringing_at=after(500), answered_at=after(2500)), 2000),
        (CallFacts(dialled_at=START, answered_at=after(2500)), 2500),
        (CallFacts(dialled_at=START, ended_at=after(7)), 7),
        (CallFacts(ringing_at=START, ended_at=after(1.6)), 2),
    ],
)
def test_ringing_lasts_from_ringing_or_dialling_to_the_answer_or_the_end(
    facts: CallFacts, expected: int | None
) -> None:
    assert ring_ms(facts) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (CallFacts(answered_at=START), None),
        (CallFacts(bridged_at=START), None),
        (CallFacts(answered_at=START, bridged_at=after(2.625)), 2.625),
        (CallFacts(answered_at=START, bridged_at=after(-1)), -1.0),
    ],
)
def test_answer_to_agent_is_measured_and_never_clamped(facts: CallFacts, expected: float | None) -> None:
    assert answer_to_agent_ms(facts) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (CallFacts(released_at=START), None),
        (CallFacts(bridged_at=START), None),
        (CallFacts(bridged_at=START, released_at=after(60_000), ended_at=after(75_000)), 60_000),
        (CallFacts(bridged_at=START, ended_at=after(75_000)), 75_000),
    ],
)
def test_a_talk_ends_when_the_agent_leaves_or_the_call_ends(facts: CallFacts, expected: int | None) -> None:
    assert talk_ms(facts) == expected


def test_the_agent_of_a_talk_is_the_one_who_had_it() -> None:
    assert who_talked(CallFacts(bridged_at=START, agent_id="b"), "a") == "b"
    assert who_talked(CallFacts(bridged_at=START), "a") == "a"
    assert who_talked(CallFacts(answered_at=START), "a") is None


def test_none_leaves_what_is_known() -> None:
    known = CallFacts(sent_at=START, hangup_cause=0)
    news = CallFacts(ended_at=after(5), agent_id="a", sent_at=None)
    assert merged(known, news) == CallFacts(sent_at=START, ended_at=after(5), agent_id="a", hangup_cause=0)
