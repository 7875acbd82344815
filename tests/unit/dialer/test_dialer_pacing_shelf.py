"""Stored memories: the most special entry speaks for customers, the campaign's for agents."""

from dataclasses import replace

import pytest

from dialer.pacing.answer_rate import AnswerRate
from dialer.pacing.memory import Memory
from dialer.pacing.price import Price
from dialer.pacing.shelf import TRUSTED_CALLS, hour_of, kept, names_of, started

FRESH = Memory.fresh()


def memory(rate: float, price: float) -> Memory:
    return replace(FRESH, answer_rate=AnswerRate.believed(rate, 500.0), price=Price(price))


def test_an_empty_shelf_gives_what_there_is_otherwise() -> None:
    assert started({}, "spring", "north", 9, FRESH) is FRESH


def test_the_hour_of_a_list_is_preferred_then_the_list_then_the_campaign() -> None:
    shelf = kept({}, memory(0.5, -3.0), "spring", "south", 18)
    shelf = kept(shelf, memory(0.1, -4.0), "spring", "north", 9)
    shelf = kept(shelf, memory(0.2, -5.0), "spring", "north", 10)
    nine, noon, other = (
        started(shelf, "spring", name, hour, FRESH)
        for name, hour in (("north", 9), ("north", 12), ("east", 9))
    )
    assert nine.rate == pytest.approx(0.1, abs=0.01)
    assert noon.rate == pytest.approx(0.2, abs=0.01)
    assert other.rate == pytest.approx(0.2, abs=0.01)
    assert {nine.price, noon.price, other.price} == {Price(-5.0)}
    assert started(shelf, "autumn", "north", 9, FRESH) is FRESH


def test_a_stored_rate_is_believed_but_not_for_ever() -> None:
    shelf = kept({}, memory(0.1, -4.0), "spring", "north", 9)
    assert started(shelf, "spring", "north", 9, FRESH).answer_rate.calls == pytest.approx(TRUSTED_CALLS)


def test_an_entry_s_name_tells_its_hour() -> None:
    assert [hour_of(name) for name in names_of("1", "2+3", 9)] == [9, None, None]
    assert [hour_of(name) for name in ("1/2/24", "1/2/noon", "1/2/3/4")] == [None, None, None]
