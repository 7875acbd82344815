"""The report in a terminal: every figure and name that the API gave, and nothing where there is nothing."""

import io
from typing import Any

import pytest
from rich.console import Console

from service.report_screen import report_tables

REPORT: dict[str, Any] = {
    "campaign": {"name": "Revisit [November]"},
    "attempts": 12,
    "dispositions": {"connected": 5, "hung_up_early": 2, "busy": 0},
    "abandoned_share": 0.0286,
    "answer_to_agent_ms": {"p50": 2.61, "p99": 9.7, "max": 15.04},
    "talk_s_average": 61.25,
    "vote_average": 4.333,
    "votes": {"5": 2, "10": 1, "1": 0},
    "not_reached_total": 2,
    "not_reached": [
        {
            "customer_ref": "C-1",
            "customer_name": "Ana [b]Morales[/]\x1b[2J\u202e",
            "attempts": 3,
            "reason": "busy, 3 times; not tried again",
            "due_at": None,
            "status": "done",
        },
        {
            "customer_ref": "C-2",
            "customer_name": "Ben Carter",
            "attempts": 1,
            "reason": "no answer",
            "due_at": "2026-11-19T14:00:00Z",
            "status": "waiting",
        },
    ],
}
NOTHING = {
    **REPORT,
    "attempts": 0,
    "dispositions": {},
    "abandoned_share": None,
    "answer_to_agent_ms": {"p50": None, "p99": None, "max": None},
    "talk_s_average": None,
    "vote_average": None,
    "votes": {},
    "not_reached": [],
}


def printed(report: dict[str, Any]) -> str:
    paper = Console(file=io.StringIO(), width=160)
    for table in report_tables(report):
        paper.print(table)
    return paper.file.getvalue()  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize(
    "words",
    [
        "12 attempts",
        "hung up early",
        "2.9%",
        "p50 2.6 ms, worst 15.0 ms",
        "61.2 s",
        "average 4.33",
        "Ana [b]Morales[/]",
        "busy, 3 times; not tried again",
        "2026-11-19 14:00",
    ],
)
def test_every_figure_is_shown(words: str) -> None:
    assert words in printed(REPORT)


def test_what_did_not_happen_is_not_shown() -> None:
    text = printed(NOTHING)
    assert "Not reached" not in text
    assert "answer to agent" not in text
    assert "busy" not in printed(REPORT).split("Not reached")[0]


def test_scores_are_in_the_order_of_numbers() -> None:
    votes = printed(REPORT).split("Votes by key")[1].split("Not reached")[0]
    lines = [line for line in votes.splitlines() if line[:1] in "│|" and any(c.isdigit() for c in line)]
    assert [line.split()[1] for line in lines] == ["1", "5", "10"]
    assert votes.count("■") == 3


def test_a_name_with_brackets_is_shown_as_it_is() -> None:
    assert "Revisit [November]" in printed(REPORT)


def test_what_a_list_holds_neither_formats_nor_moves_the_terminal() -> None:
    text = printed(REPORT)
    assert r"Ana [b]Morales[/]\x1b[2J\u202e" in text
    assert "\x1b" not in text


def test_a_long_list_says_how_much_of_it_is_there() -> None:
    assert "the first 2 of 90000, all with --json" in printed({**REPORT, "not_reached_total": 90000})
