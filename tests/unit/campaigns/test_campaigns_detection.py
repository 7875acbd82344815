"""The report's part on detection: machines are no live answers, and its waits stand apart."""

from dataclasses import replace

from test_campaigns_reports import LINE, report_of

from campaigns.desk.detection import screens_of
from campaigns.lines import AttemptLine
from campaigns.model import Disposition, Screened
from campaigns.reporting import grouped
from campaigns.spread import Spread


def line(amd: Screened | None, disposition: Disposition, **changes: object) -> AttemptLine:
    return replace(LINE, amd=amd, disposition=disposition, **changes)  # type: ignore[arg-type]


TALK = {"talk_ms": 9000, "answer_to_agent_ms": 1004.0}
NO_TALK = {"talk_ms": None, "answer_to_agent_ms": None, "outcome": None}
LINES = [
    line(None, Disposition.CONNECTED, talk_ms=9000, answer_to_agent_ms=4.0),
    line(Screened.HUMAN, Disposition.CONNECTED, **TALK, outcome="satisfied"),
    line(Screened.NOT_SURE, Disposition.MACHINE, **TALK, outcome="machine"),
    line(Screened.NOT_SURE, Disposition.ABANDONED, **NO_TALK),
    line(Screened.MACHINE, Disposition.MACHINE, **NO_TALK),
    line(Screened.CHECKED, Disposition.MACHINE, **NO_TALK),  # no agent was there in time
    line(Screened.CHECKED, Disposition.MACHINE, **TALK, outcome="machine"),
    line(Screened.CHECKED, Disposition.CONNECTED, **TALK, outcome="refused"),
    line(Screened.CHECKED, Disposition.CONNECTED, **{**TALK, "outcome": None}),  # nothing recorded
]


def test_verdicts_are_counted_and_only_records_of_agents_judge_them() -> None:
    found = screens_of(grouped(LINES))
    assert (found.human, found.not_sure, found.passed_machines) == (1, 2, 1)
    assert (found.machine, found.checked, found.judged, found.persons) == (2, 3, 2, 1)
    assert found.total == 8


def test_the_report_keeps_machines_out_and_screened_waits_apart() -> None:
    report = report_of(LINES)
    assert report.answered == 5
    assert report.abandoned_share == 1 / 5
    assert report.answer_to_agent_ms == Spread(4.0, 4.0, 4.0)
    detection = report.detection
    assert detection is not None
    assert detection.answer_to_agent_ms == Spread(1004.0, 1004.0, 1004.0)
    assert detection.errors is not None
    assert detection.errors.people.likely == 1.0
    assert detection.abandoned_share == 2 / 6


def test_without_detection_the_report_says_nothing_of_it() -> None:
    assert report_of(LINES[:1]).detection is None
