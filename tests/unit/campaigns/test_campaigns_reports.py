"""Sums of a report: figures by hand, nearest ranks, and who was not reached and why."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import pytest
from campaign_cases import CAMPAIGN, WEDNESDAY_TEN

from campaigns.desk.reports import CampaignReport, sum_up, why_not_reached, with_reasons
from campaigns.lines import AttemptLine, LeadLine
from campaigns.model import Disposition, LeadStatus
from campaigns.reporting import is_reached, page_of, tally_of
from campaigns.spread import Spread, spread

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


def report_of(
    attempts: Sequence[AttemptLine],
    counts: Mapping[LeadStatus, int] = MappingProxyType({}),
    scale: tuple[int, int] | None = None,
) -> CampaignReport:
    """Add up a campaign of these attempts."""
    return sum_up(
        CAMPAIGN,
        WEDNESDAY_TEN,
        tally_of(attempts, counts),
        not_reached=page_of([LEAD_LINE], 0, 9),
        records=page_of(attempts, 0, 2),
        scale=scale,
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
    report = report_of(attempts, counts, (1, 5))
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
    assert (report.records.lines, report.records.total) == (tuple(attempts[:2]), 7)
    assert [line.reason for line in report.not_reached.lines] == [
        "no answer; tried once, will be called again"
    ]


def test_nothing_gives_none_and_not_zero() -> None:
    report = report_of([])
    assert report.abandoned_share is None
    assert report.vote_average is None
    assert report.talk_s_average is None
    assert report.answer_to_agent_ms == Spread(None, None, None)
    assert report.votes == {}
    assert report.leads == dict.fromkeys(LeadStatus, 0)


def test_a_score_outside_the_scale_is_shown_all_the_same() -> None:
    report = report_of([talk(1, 1, 1, 9)], scale=(1, 3))
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


def test_only_a_talk_with_the_customer_himself_reaches_him() -> None:
    assert is_reached(talk(1, 1, 1))
    assert is_reached(talk(1, 1, 1, outcome="satisfied"))
    for nobody in (talk(1, 1, 1, outcome="wrong_person"), talk(1, 1, 1, outcome="machine"), LINE):
        assert not is_reached(nobody)


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


def test_each_line_of_a_page_gets_its_reason() -> None:
    page = page_of([LEAD_LINE, replace(LEAD_LINE, lead_id=2, status=LeadStatus.CLAIMED)], 1, 9)
    told = with_reasons(page)
    assert ([line.reason for line in told.lines], told.total, told.left) == (["being called now"], 2, 0)
