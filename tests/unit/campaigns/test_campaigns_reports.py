"""Sums of a report: figures by hand, nearest ranks, and who was not reached and why."""

from dataclasses import replace

import pytest
from campaign_cases import CAMPAIGN, WEDNESDAY_TEN

from campaigns.desk.report_pages import not_reached_page, records_page
from campaigns.desk.reports import not_reached, sum_up, why_not_reached
from campaigns.desk.spread import Spread, spread
from campaigns.errors import InvalidInput
from campaigns.model import Disposition, LeadStatus
from campaigns.ports import AttemptLine, LeadLine

D = Disposition
LINE = AttemptLine(
    attempt_id="a",
    lead_id=1,
    customer_id=1,
    customer_ref="C-1",
    customer_name="Ann Lee",
    number="+12025550123",
    started_at=WEDNESDAY_TEN,
    disposition=D.NO_ANSWER,
    agent_id=None,
    ring_ms=None,
    answer_to_agent_ms=None,
    talk_ms=None,
    hangup_cause=None,
    tech_cause=None,
    vote=None,
    outcome=None,
    note=None,
)
LEAD_LINE = LeadLine(
    lead_id=1,
    customer_ref="C-1",
    customer_name="Ann Lee",
    number="+12025550123",
    status=LeadStatus.WAITING,
    attempts=1,
    last_disposition=D.NO_ANSWER,
    due_at=WEDNESDAY_TEN,
    reason="no answer",
)


def talk(
    lead_id: int, ms: float, talk_ms: int, vote: int | None = None, outcome: str | None = None
) -> AttemptLine:
    return replace(
        LINE,
        lead_id=lead_id,
        disposition=D.CONNECTED,
        answer_to_agent_ms=ms,
        talk_ms=talk_ms,
        vote=vote,
        outcome=outcome,
    )


def test_figures_add_up() -> None:
    attempts = [
        talk(1, 3.0, 60_000, 5, "satisfied"),
        talk(2, 5.0, 30_000, 4, "satisfied"),
        talk(3, 4.0, 30_000, None, "callback"),
        replace(LINE, lead_id=4, disposition=D.ABANDONED),
        replace(LINE, lead_id=5, disposition=D.HUNG_UP_EARLY),
        replace(LINE, lead_id=6),
        replace(LINE, lead_id=7, disposition=None),
    ]
    counts = {LeadStatus.DONE: 3, LeadStatus.WAITING: 3, LeadStatus.HELD: 0, LeadStatus.CLAIMED: 1}
    report = sum_up(CAMPAIGN, WEDNESDAY_TEN, counts=counts, leads=[], attempts=attempts, scale=(1, 5))
    assert (report.attempts, report.open_attempts, report.answered) == (7, 1, 5)
    assert report.abandoned_share == pytest.approx(0.2)
    assert report.votes == {1: 0, 2: 0, 3: 0, 4: 1, 5: 1}
    assert report.vote_average == pytest.approx(4.5)
    assert report.outcomes == {"satisfied": 2, "callback": 1}
    assert report.answer_to_agent_ms == Spread(4.0, 5.0, 5.0)
    assert report.talk_s_average == pytest.approx(40)
    assert report.leads == {**counts, LeadStatus.REFUSED: 0}
    assert {key: n for key, n in report.dispositions.items() if n} == {
        D.CONNECTED: 3, D.ABANDONED: 1, D.HUNG_UP_EARLY: 1, D.NO_ANSWER: 1,
    }  # fmt: skip
    assert set(report.dispositions) == set(Disposition)
    assert report.records == tuple(attempts)


def test_nothing_gives_none_and_not_zero() -> None:
    report = sum_up(CAMPAIGN, WEDNESDAY_TEN, counts={}, leads=[], attempts=[])
    assert report.abandoned_share is None
    assert report.vote_average is None
    assert report.talk_s_average is None
    assert report.answer_to_agent_ms == Spread(None, None, None)
    assert report.votes == {}
    assert report.leads == dict.fromkeys(LeadStatus, 0)


def test_a_score_outside_the_scale_is_shown_all_the_same() -> None:
    report = sum_up(CAMPAIGN, WEDNESDAY_TEN, counts={}, leads=[], attempts=[talk(1, 1, 1, 9)], scale=(1, 3))
    assert report.votes == {1: 0, 2: 0, 3: 0, 9: 1}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([7.0], Spread(7.0, 7.0, 7.0)),
        ([1.0, 2.0], Spread(1.0, 2.0, 2.0)),
        ([float(n) for n in range(100, 0, -1)], Spread(50.0, 99.0, 100.0)),
        ([float(n) for n in range(1, 102)], Spread(51.0, 100.0, 101.0)),
    ],
)
def test_nearest_ranks(values: list[float], expected: Spread) -> None:
    assert spread(values) == expected


def test_who_was_not_reached_is_named() -> None:
    leads = [replace(LEAD_LINE, lead_id=n) for n in range(1, 6)]
    attempts = [
        talk(1, 1, 1, outcome="satisfied"),
        replace(LINE, lead_id=2),
        talk(3, 1, 1, outcome="wrong_person"),
        replace(LINE, lead_id=4, disposition=D.MACHINE),
        replace(LINE, lead_id=4),
        talk(4, 1, 1),  # reached in the end
    ]
    assert [line.lead_id for line in not_reached(leads, attempts)] == [2, 3, 5]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "no answer; tried once, will be called again"),
        ({"attempts": 3, "reason": ""}, "no answer; tried 3 times, will be called again"),
        ({"attempts": 0, "last_disposition": None, "reason": ""}, "not called yet"),
        (
            {"attempts": 0, "last_disposition": None, "reason": "outside the calling hours"},
            "outside the calling hours",
        ),
        ({"status": LeadStatus.CLAIMED}, "being called now"),
        ({"status": LeadStatus.DONE, "reason": "all 4 attempts are used up"}, "all 4 attempts are used up"),
        ({"status": LeadStatus.DONE, "reason": ""}, "no answer"),
        (
            {"status": LeadStatus.DONE, "reason": "", "last_disposition": None, "attempts": 0},
            "closed without a call",
        ),
    ],
)
def test_the_reason_is_in_plain_words(changes, words: str) -> None:  # type: ignore[no-untyped-def]
    assert why_not_reached(replace(LEAD_LINE, **changes)) == words


def test_pages_of_a_report_put_together_are_the_report() -> None:
    leads = [replace(LEAD_LINE, lead_id=lead_id) for lead_id in (2, 3, 5, 8, 9)]
    attempts = [replace(LINE, attempt_id=f"a-{number}") for number in range(7, 0, -1)]
    report = sum_up(CAMPAIGN, WEDNESDAY_TEN, counts={}, leads=leads, attempts=attempts)
    seen, after = [], 0
    while (page := not_reached_page(report, after, 2)).lines:
        seen += page.lines
        after = page.lines[-1].lead_id
        assert (page.total, page.left) == (5, 5 - len(seen))
    assert [lead.lead_id for lead in seen] == [2, 3, 5, 8, 9]
    assert [one.lead_id for one in not_reached_page(report, 4, 9).lines] == [
        5,
        8,
        9,
    ]  # 4 was reached meanwhile
    first = records_page(report, "", 3)
    assert ([one.attempt_id for one in first.lines], first.total, first.left) == (["a-7", "a-6", "a-5"], 7, 4)
    rest = records_page(report, "a-5", 100)
    assert ([one.attempt_id for one in rest.lines], rest.left) == (["a-4", "a-3", "a-2", "a-1"], 0)
    with pytest.raises(InvalidInput, match="no attempt of this campaign"):
        records_page(report, "a-99", 1)
