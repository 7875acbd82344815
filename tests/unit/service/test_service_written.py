"""The rule book of the settings: what an operator may choose, and that the demo runs at any hour by it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from plain_cases import plain_campaign

from campaigns.errors import InvalidInput
from campaigns.model import Campaign, Customer, CustomerClass, Lead, LeadStatus, Purpose
from campaigns.rules import phone
from campaigns.rules.eligibility import verdict
from campaigns.rules.evidence import Evidence
from campaigns.templates import load_templates, parse_hours
from ivr.flow.library import FlowLibrary
from service.demo_list import sample_list
from service.demo_settings import ALWAYS, demo_settings
from service.settings_file import parse_settings
from service.written import rules_of

MESSAGES = FlowLibrary.read().messages


def settings(text: str, home: Path = Path("/srv")) -> Any:
    return parse_settings(f"[rules]\n{text}", home, {})


def revisit(number: str) -> tuple[Lead, Customer, Evidence, Campaign]:
    """Return a call of the demo's campaign to one of its customers."""
    template = load_templates()["revisit"]
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    campaign = plain_campaign(
        id=1, name="Revisit demo", template=template.name, purpose=template.purpose, flow=template.flow,
        hours=parse_hours(ALWAYS), max_attempts=4, created_at=long_ago,
    )  # fmt: skip
    customer = Customer(1, "", "", "", "en", CustomerClass.ORDINARY, phone.zones_of(number), (number,))
    return Lead(1, 1, 1, number, LeadStatus.CLAIMED, long_ago, {}), customer, Evidence(), campaign


def test_the_demo_may_call_its_customers_at_any_hour_of_any_day() -> None:
    made: Any = SimpleNamespace(agents=())
    book = rules_of(demo_settings(made, Path("/srv")), MESSAGES)
    numbers = {line.split(",")[3] for line in sample_list(date(2026, 3, 1)).splitlines()[1:]}
    assert len(numbers) > 20
    begin = datetime(2026, 12, 20, tzinfo=UTC)  # a Sunday, with Christmas in the week after it
    for number in numbers:
        call = revisit(number)
        for hour in range(0, 8 * 24, 3):
            found = verdict(*call, begin + timedelta(hours=hour), book)
            assert found.allowed, (number, found)
        assert "us-federal" in found.pack  # the law was asked, and has no word on service calls
        assert "house" in found.pack


def test_without_settings_the_house_keeps_its_hours() -> None:
    book = rules_of(settings(""), MESSAGES)
    sunday = datetime(2026, 3, 1, 17, 0, tzinfo=UTC)
    found = verdict(*revisit("+12025551234"), sunday, book)
    assert (found.allowed, found.pack) == (False, "house")


def test_an_operator_opens_the_house_on_sundays() -> None:
    book = rules_of(settings('house_hours = { sun = "12:00-18:00" }'), MESSAGES)
    call, noon = revisit("+12025551234"), datetime(2026, 3, 1, 17, 0, tzinfo=UTC)
    assert verdict(*call, noon, book).allowed
    assert not verdict(*call, noon + timedelta(days=1), book).allowed  # no other day is open then
    assert not verdict(*call, datetime(2027, 7, 4, 17, 0, tzinfo=UTC), book).allowed  # a holiday, a Sunday
    holidays_too = rules_of(
        settings('house_hours = { sun = "12:00-18:00" }\nhouse_on_holidays = true'), MESSAGES
    )
    assert verdict(*call, datetime(2027, 7, 4, 17, 0, tzinfo=UTC), holidays_too).allowed


def test_added_packs_and_trades_come_from_the_settings() -> None:
    book = rules_of(settings('packs = ["carrier"]\ntrades = ["life-insurance"]'), MESSAGES)
    names = book.binding(Purpose.MARKETING, "+8613800138000", "", "", ()).names
    assert names == "cn-life-insurance, cn, carrier, house"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('packs = ["carier"]', "packs: there is no rule pack 'carier'"),
        ('trades = ["piracy"]', "trades: no rule pack is for 'piracy'; there are life-insurance"),
        ('packs_dir = "gone"', "cannot be read"),
    ],
)
def test_faulty_choices_stop_the_start(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        rules_of(settings(text, tmp_path), MESSAGES)


def test_a_broken_pack_of_the_operators_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "mine.toml").write_text('name = "mine"\n', encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        rules_of(settings('packs_dir = "own"', tmp_path), MESSAGES)
    places = {fault.place for fault in caught.value.faults}
    assert {"mine.toml: label", "mine.toml: marketing", "mine.toml: sources"} <= places


def test_broken_house_hours_are_a_fault_of_the_settings() -> None:
    from service.errors import BadSettings

    with pytest.raises(BadSettings) as caught:
        settings('house_hours = { sun = "18:00-12:00" }')
    (fault,) = caught.value.faults
    assert fault.place == "rules.house_hours"
    assert "closes before it opens" in fault.problem
