"""What must stay and what must go: the longest minimum, the shortest maximum, and which goes first."""

from datetime import timedelta
from typing import Any

import pytest
from campaign_cases import utc
from hypothesis import given
from hypothesis import strategies as st
from retention_cases import bounded
from rule_cases import HOMES, PACKS

from campaigns.model import Purpose
from campaigns.packs_folder import Choices, rule_book
from campaigns.rules.law import After
from campaigns.rules.packs import Binding, RuleBook
from campaigns.rules.periods import parse_period
from campaigns.rules.retention import (
    CallRecord,
    Fate,
    LongestLimits,
    fate_of,
    longest_of,
    may_be_asked,
    must_go,
    must_stay,
    shortest_bound,
)

CALLED = utc("2026-11-21 16:00")


def book(*trades: str) -> RuleBook:
    return rule_book(PACKS, Choices(trades=trades or ("service-centre",)))


def limits(*trades: str) -> LongestLimits:
    return LongestLimits(book(*trades))


def record(home: str = "CN", purpose: Purpose = Purpose.SERVICE, **changes: object) -> CallRecord:
    values: dict[str, object] = {"packs": (), "country": "", "region": "", "called_at": CALLED, **changes}
    return CallRecord(purpose=purpose, number=HOMES[home][0], **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("home", "purpose", "trades", "days"),
    [
        ("CN", Purpose.SERVICE, (), 30),
        ("CN", Purpose.COMPLAINT, (), 30),
        ("CN", Purpose.SERVICE, ("life-insurance",), 1827),
        ("CN", Purpose.SERVICE, ("life-insurance", "service-centre"), 1827),
        ("GB", Purpose.SERVICE, (), None),
        ("GB", Purpose.MARKETING, (), None),  # no length known: the ledger keeps it
        ("US", Purpose.MARKETING, (), None),
    ],
)
def test_the_longest_minimum_counts(
    home: str, purpose: Purpose, trades: tuple[str, ...], days: int | None
) -> None:
    order = must_stay(record(home, purpose), book(*trades))
    assert (order.until - CALLED if order else None) == (None if days is None else timedelta(days=days))


def test_an_order_names_its_pack_and_version() -> None:
    order = must_stay(record(purpose=Purpose.COMPLAINT), book())
    said = f"recordings, both numbers and call time, 30 days (cn-service {PACKS['cn-service'].version})"
    assert str(order) == said


def test_the_address_binds_too() -> None:
    assert must_stay(record("GB", country="CN"), book()) is not None


@pytest.mark.parametrize(
    ("home", "purpose", "after", "days", "pack"),
    [
        ("GB", Purpose.SERVICE, (), 30, "house"),
        ("GB", Purpose.MARKETING, (After.ABANDONED,), 30, "house"),
        ("FR", Purpose.SERVICE, (), 30, "house"),
        ("FR", Purpose.SERVICE, (After.REFUSAL,), 63, "fr"),  # 60 whole days, wherever they are counted
        ("CN", Purpose.SERVICE, (), 30, "house"),
        ("CN", Purpose.SERVICE, (After.REFUSAL, After.MACHINE), 374, "cn"),  # twelve months
    ],
)
def test_how_long_a_limit_may_ask_about_a_call(
    home: str, purpose: Purpose, after: tuple[After, ...], days: int, pack: str
) -> None:
    order = may_be_asked(record(home, purpose, after=frozenset(after)), limits())
    assert order is not None
    assert (order.until, order.pack.name) == (CALLED + timedelta(days=days), pack)


def test_no_limit_asks_about_calls_that_were_never_made_or_that_no_pack_binds() -> None:
    assert may_be_asked(record(called_at=None), limits()) is None
    assert may_be_asked(record(), LongestLimits(RuleBook({}))) is None


def test_what_a_limit_may_ask_about_goes_before_a_maximum() -> None:
    rules = LongestLimits(bounded("ours", 0, 20))
    refused = record("FR", after=frozenset({After.REFUSAL}))
    assert must_go(refused, rules) == CALLED + timedelta(days=63)
    assert must_go(record("FR"), rules) == CALLED + timedelta(days=20), "its cap counts marketing only"


def test_records_of_one_kind_are_looked_up_once_and_of_no_other_kind_mixed_up() -> None:
    shared = limits()
    refused, abandoned = frozenset({After.REFUSAL}), frozenset({After.ABANDONED})
    records = [
        record(home, purpose, after=after, called_at=CALLED + timedelta(days=days), **changes)
        for days in (0, 3)
        for home in ("CN", "FR", "GB")
        for purpose in Purpose
        for after in (frozenset(), refused, abandoned)
        for changes in ({}, {"country": "FR"}, {"country": "US", "region": "FL"}, {"packs": ("carrier",)})
    ]
    assert [may_be_asked(one, shared) for one in records] == [may_be_asked(one, limits()) for one in records]


def test_a_later_call_of_the_same_kind_asks_no_rule_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    binding = RuleBook.binding

    def watched(self: RuleBook, *place: Any) -> Binding:
        asked.append(place)
        return binding(self, *place)

    shared = limits()
    may_be_asked(record(), shared)
    monkeypatch.setattr(RuleBook, "binding", watched)
    later = may_be_asked(record(called_at=CALLED + timedelta(days=3)), shared)
    assert later is not None
    assert (later.until, asked) == (CALLED + timedelta(days=33), [])


@pytest.mark.parametrize(
    ("home", "after", "days", "fate", "until"),
    [
        ("CN", (), 29, Fate.KEEP, 30),
        ("CN", (After.REFUSAL,), 29, Fate.KEEP, 374),  # a limit looks back longer than the order lasts
        ("CN", (After.REFUSAL,), 30, Fate.BARE, 374),
        ("CN", (After.REFUSAL,), 374, Fate.GO, None),
        ("GB", (), 29, Fate.BARE, 30),
        ("GB", (), 30, Fate.GO, None),
    ],
)
def test_what_becomes_of_a_record(
    home: str, after: tuple[After, ...], days: int, fate: Fate, until: int | None
) -> None:
    found, order = fate_of(record(home, after=frozenset(after)), limits(), CALLED + timedelta(days=days))
    assert found is fate
    assert (order.until - CALLED if order else None) == (None if until is None else timedelta(days=until))


@given(
    text=st.sampled_from(
        ["15 minutes", "24 hours", "30 days", "same day", "60 whole days", "1 month", "12 months"]
    ),
    minute=st.integers(0, 4 * 366 * 1_440),
    zones=st.lists(st.sampled_from(["Pacific/Kiritimati", "Pacific/Niue", "Europe/Paris"]), min_size=1),
)
def test_no_period_is_longer_than_it_is_said_to_be_at_most(text: str, minute: int, zones: list[str]) -> None:
    period, began = parse_period(text), utc("2024-01-01 00:00") + timedelta(minutes=minute)
    assert period.ends(began, tuple(zones)) <= began + period.at_most


def test_nothing_is_kept_of_who_was_never_called() -> None:
    assert must_stay(record(called_at=None), book()) is None
    assert must_go(record(called_at=None), LongestLimits(bounded("ours", 0, 20))) is None


def test_a_pack_that_is_gone_does_not_hide_what_the_others_order() -> None:
    assert must_stay(record(packs=("gone",)), book()) == must_stay(record(), book())


def test_where_no_pack_binds_any_more_none_orders() -> None:
    nowhere = CallRecord(Purpose.SERVICE, (), "erased", "", "", CALLED)
    assert must_stay(nowhere, book()) is None
    assert must_go(nowhere, LongestLimits(bounded("ours", 0, 20))) is None


def test_a_maximum_ends_but_not_before_the_minimum() -> None:
    assert must_go(record("GB"), limits()) is None
    assert must_go(record("GB"), LongestLimits(bounded("ours", 0, 20))) == CALLED + timedelta(days=20)
    assert must_go(record("GB"), LongestLimits(bounded("ours", 10, 20))) == CALLED + timedelta(days=20)
    assert must_go(record("CN"), LongestLimits(bounded("ours", 0, 20))) == CALLED + timedelta(days=30)


def test_the_shortest_maximum_of_a_book() -> None:
    assert shortest_bound(book()) is None
    assert shortest_bound(bounded("ours", 0, 20)) == timedelta(days=20)
    assert shortest_bound(bounded("ours", 0, None)) is None


def test_the_longest_of_several_records() -> None:
    later = record(called_at=CALLED + timedelta(days=3))
    order = longest_of([record("GB"), record(), later], book())
    assert order is not None
    assert order.until == CALLED + timedelta(days=33)
    assert longest_of([record("GB")], book()) is None
