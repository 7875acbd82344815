"""A fault that repeats is told in few lines, with its cause, until it is over."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from structlog.testing import capture_logs

from campaigns.errors import BooksShut
from campaigns.outage import FIRST_GAP_S, LONGEST_GAP_S, Outage

START = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
AWAY = BooksShut("no server")


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.s = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.s)

    def monotonic(self) -> float:
        return self.s


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def outage(hand: Hand) -> Outage:
    return Outage("not stored", hand.now, hand.monotonic)


def test_an_hour_of_failing_each_second_for_three_is_eleven_lines_and_no_traceback(
    hand: Hand, outage: Outage
) -> None:
    with capture_logs() as lines:
        for _ in range(3600):
            for who in "abc":
                outage.failed(who, AWAY)
            hand.s += 1
    assert lines[0] == {"event": "not stored", "log_level": "error", "of": "a", "cause": "no server"}
    assert lines[1] == {
        "event": "not stored", "log_level": "error", "cause": "no server",
        "concerned": 3, "failures": 31, "for_s": FIRST_GAP_S,
    }  # fmt: skip
    ages = [line["for_s"] for line in lines[1:]]
    gaps = [later - sooner for sooner, later in pairwise(ages)]
    assert gaps == sorted(gaps)
    assert gaps[-1] == LONGEST_GAP_S
    assert len(lines) == 11


def test_the_end_is_told_once_it_is_over_for_all(hand: Hand, outage: Outage) -> None:
    with capture_logs() as lines:
        outage.works("a")
        outage.failed("a", AWAY)
        outage.failed("b", AWAY)
        hand.s = 7.0
        outage.works("a")
        assert len(lines) == 1
        outage.works("b")
        outage.works("b")
    assert lines[1:] == [
        {"event": "over: not stored", "log_level": "info", "concerned": 0, "failures": 2, "for_s": 7}
    ]


def test_a_fault_that_nobody_expects_is_told_with_its_way_also_amid_another(outage: Outage) -> None:
    surprise = ValueError("a mistake of ours")
    with capture_logs() as lines:
        outage.failed("a", AWAY)
        outage.failed("a", surprise)
        outage.failed("a", surprise)
    assert [line.get("exc_info") for line in lines] == [None, surprise]


def test_since_when_and_why_is_known_of_each(hand: Hand, outage: Outage) -> None:
    assert outage.trouble("a") is None
    outage.failed("a", AWAY)
    hand.s = 5.0
    outage.failed("a", ValueError())
    found = outage.trouble("a", within_s=2.0)
    assert found is not None
    assert (found.since, found.cause, found.books_shut) == (START, "ValueError", False)
    hand.s = 8.0
    assert outage.trouble("a", within_s=2.0) is None
    assert outage.trouble("a") == found
    assert outage.trouble("b") is None
