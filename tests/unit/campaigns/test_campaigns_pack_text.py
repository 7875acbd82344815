"""Reading packs: every fault at once with its place; half a law is no law."""

from pathlib import Path

import pytest
from campaign_cases import windows
from rule_cases import PACKS

from campaigns.errors import InvalidInput
from campaigns.model import Purpose
from campaigns.packs_folder import Choices, book_of, load_packs, rule_book
from campaigns.rules.pack_text import parse_pack

SOUND = """
name = "tiny"
label = "Tiny"
version = 2026-01-01
effective = 2026-01-01
owner = "compliance"
countries = ["US"]
states = ["TX"]
[sources.law]
url = "https://example.com/law"
sure = "law"
says = "everything"
[calendar]
country = "US"
regions = "all"
makeup = false
closed = [{ day = 2026-03-03, name = "Founders' day" }]
workdays = [{ day = 2026-03-08, stands_for = "mon" }]
[marketing.hours]
daily = "09:00-20:00"
sun = "closed"
on_holidays = false
wish = true
waived_by_consent = false
sources = ["law"]
[[marketing.caps]]
count = 3
period = "24 hours"
scope = "number"
counts = ["marketing"]
sources = ["law"]
[[marketing.blocks]]
after = "refusal"
period = "6 months"
scope = "company"
unless_agent = false
sources = ["law"]
[marketing.consent]
automated_only = false
evidence = ["recording", "Form"]
since = 2026-08-11
sources = ["law"]
[marketing.anchor]
field = "expiry"
earliest_days = -40
latest_days = 0
sources = ["law"]
[marketing.ring]
seconds = 15
sources = ["law"]
[marketing.connect]
seconds = 2
clock = "greeting ends"
sources = ["law"]
[[marketing.abandon]]
rate = 0.03
period = "30 days"
per = "campaign"
kind = "legal"
sources = ["law"]
[marketing.message]
contents = ["company"]
sources = ["law"]
[marketing.machine]
allowed = true
errors_count = true
sources = ["law"]
[[marketing.retention]]
what = "recordings"
days = 30
sources = ["law"]
[service]
unbound = "not about it"
sources = ["law"]
[complaint]
like = "service"
"""


def faults_of(text: str) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        parse_pack(text)
    return {fault.place: fault.problem for fault in caught.value.faults}


def test_a_sound_pack_is_read() -> None:
    pack = parse_pack(SOUND)
    rules = pack.purposes[Purpose.MARKETING]
    assert rules.hours is not None
    assert {window.weekday for window in rules.hours.week} == set(range(6))
    assert pack.purposes[Purpose.COMPLAINT] == pack.purposes[Purpose.SERVICE]
    assert pack.version.startswith("2026-01-01+")
    assert parse_pack(SOUND + "# changed").version != pack.version


@pytest.mark.parametrize(
    ("was", "made", "place", "words"),
    [
        ('name = "tiny"', 'name = "Tiny Pack"', "name", "of the form"),
        ("version = 2026-01-01", 'version = "2026-01-01"', "version", "without quotes"),
        ("effective = 2026-01-01", "", "effective", "missing"),
        ('owner = "compliance"', 'owner = ""', "owner", "text"),
        ('countries = ["US"]', 'countries = ["XX"]', "countries", "no country"),
        ('states = ["TX"]', 'states = ["Texas"]', "states", "nobody can tell"),
        ('countries = ["US"]', 'countries = ["GB"]', "states", "nobody can tell"),
        ('owner = "compliance"', 'owner = "x"\nholiday = "US"', "holiday", "no such setting"),
        ('country = "US"', 'country = "Freedonia"', "calendar.country", "no holiday calendar"),
        ('stands_for = "mon"', 'stands_for = "monday"', "calendar.workdays[1].stands_for", "must be one of"),
        ('url = "https://example.com/law"', 'url = "ask me"', "sources.law.url", "of the form"),
        ('url = "https://example.com/law"', 'url = ""', "sources.law.url", "without an address"),
        ('sure = "law"', 'sure = "very"', "sources.law.sure", "must be one of"),
        ('daily = "09:00-20:00"', 'daily = "20:00-09:00"', "marketing.hours.mon", "closes before it opens"),
        ('daily = "09:00-20:00"', 'daily = "9-20"', "marketing.hours.tue", "not a window"),
        ('daily = "09:00-20:00"', 'daily = "closed"', "marketing.hours", "no calling hours"),
        ("on_holidays = false", 'on_holidays = "no"', "marketing.hours.on_holidays", "true or false"),
        ("wish = true", "", "marketing.hours.wish", "missing"),
        ("count = 3", "count = 0", "marketing.caps[1].count", "whole number"),
        ('period = "24 hours"', 'period = "a day"', "marketing.caps[1].period", "not a period"),
        ('period = "24 hours"', 'period = "400 days"', "marketing.caps[1].period", "longer than a year"),
        ('period = "6 months"', 'period = "0 months"', "marketing.blocks[1].period", "no time at all"),
        ('scope = "number"', 'scope = "planet"', "marketing.caps[1].scope", "must be one of"),
        ('counts = ["marketing"]', 'counts = ["fun"]', "marketing.caps[1].counts", "none of"),
        ('after = "refusal"', 'after = "lunch"', "marketing.blocks[1].after", "must be one of"),
        ("since = 2026-08-11", "since = 2026", "marketing.consent.since", "a day"),
        ('evidence = ["recording", "Form"]', "evidence = []", "marketing.consent.evidence", "empty"),
        ("earliest_days = -40", "earliest_days = 4", "marketing.anchor.latest_days", "before"),
        ("seconds = 15", "seconds = 900", "marketing.ring.seconds", "not from"),
        ('clock = "greeting ends"', 'clock = "noon"', "marketing.connect.clock", "must be one of"),
        ("rate = 0.03", "rate = 3", "marketing.abandon[1].rate", "not from"),
        ("rate = 0.03", "rate = 0.0", "marketing.abandon[1].rate", "kind zero"),
        ('contents = ["company"]', 'contents = ["music"]', "marketing.message.contents", "none of"),
        ('[complaint]\nlike = "service"', "[complaint]", "complaint", "holds no rule"),
        ('[complaint]\nlike = "service"', "", "complaint", "missing"),
        ('like = "service"', 'like = "complaint"', "complaint.like", "must be one of"),
        ('unbound = "not about it"', 'unbound = "x"\nforbidden = "y"', "service.unbound", "stands beside"),
        ('unbound = "not about it"\nsources = ["law"]', 'forbidden = "y"', "service.sources", "missing"),
        ('days = 30\nsources = ["law"]', "days = 30", "marketing.retention[1].sources", "missing"),
        ('days = 30\nsources = ["law"]', 'days = 1\nsources = ["x"]', "marketing.retention[1].sources", "no"),
        ("days = 30\n", "days = 30\nmost_days = 29\n", "marketing.retention[1].most_days", "less than days"),
    ],
)  # fmt: skip
def test_every_fault_has_its_place(was: str, made: str, place: str, words: str) -> None:
    assert SOUND.count(was) >= 1
    found = faults_of(SOUND.replace(was, made, 1))
    assert words in found[place], found


def test_all_faults_come_at_once() -> None:
    broken = (
        SOUND.replace("count = 3", "count = 0").replace("TX", "ZZ").replace('kind = "legal"', 'kind = "x"')
    )
    assert set(faults_of(broken)) == {"states", "marketing.caps[1].count", "marketing.abandon[1].kind"}


def test_hours_that_close_on_holidays_need_a_calendar() -> None:
    head, tail = SOUND.split("[calendar]")
    without = head + "[marketing.hours]" + tail.split("[marketing.hours]")[1]
    assert "no calendar" in faults_of(without)["marketing.hours.on_holidays"]


def test_a_source_nobody_refers_to_is_a_fault() -> None:
    more = '[sources.other]\nurl = "https://example.com"\nsure = "law"\nsays = "x"\n[sources.law]'
    assert "no rule refers" in faults_of(SOUND.replace("[sources.law]", more))["sources.other"]


def test_what_is_no_toml_says_so() -> None:
    assert "not TOML" in faults_of("name = ")["file"]


def test_own_packs_stand_beside_ours(tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(SOUND, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a pack", encoding="utf-8")
    assert set(load_packs(tmp_path)) == {*PACKS, "tiny"}


def test_an_own_carrier_stands_in_for_ours_and_no_law_can_be_replaced(tmp_path: Path) -> None:
    own = SOUND.replace('countries = ["US"]\nstates = ["TX"]', "countries = []")
    (tmp_path / "carrier.toml").write_text(own.replace('"tiny"', '"carrier"', 1), encoding="utf-8")
    assert load_packs(tmp_path)["carrier"].label == "Tiny"
    for name in ("us-federal", "house"):
        (tmp_path / f"{name}.toml").write_text(own.replace('"tiny"', f'"{name}"', 1), encoding="utf-8")
    (tmp_path / "misnamed.toml").write_text(own, encoding="utf-8")
    (tmp_path / "broken.toml").write_text(own.replace("count = 3", "count = 0"), encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        load_packs(tmp_path)
    assert {fault.place for fault in caught.value.faults} == {
        "us-federal.toml: name",
        "house.toml: name",
        "misnamed.toml: name",
        "broken.toml: marketing.caps[1].count",
    }


def test_a_folder_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        load_packs(tmp_path / "gone")


def test_choices_that_name_nothing_are_faults() -> None:
    with pytest.raises(InvalidInput) as caught:
        rule_book(PACKS, Choices(added=("nope",), trades=("piracy",)))
    assert [fault.place for fault in caught.value.faults] == ["packs", "trades"]
    with pytest.raises(InvalidInput, match="there are carrier"):
        book_of(PACKS, ["nope"])
    with pytest.raises(InvalidInput):
        book_of(PACKS, [])


def test_the_house_keeps_its_caps_whatever_hours_the_operator_sets() -> None:
    always = windows(range(7), "00:00-00:00")
    house = rule_book(PACKS, Choices(house_hours=always, house_on_holidays=True)).packs["house"]
    for purpose, rules in house.purposes.items():
        assert rules.hours is not None
        assert (rules.hours.week, rules.hours.on_holidays) == (always, True)
        assert rules.caps == PACKS["house"].purposes[purpose].caps
    assert house.version != PACKS["house"].version
    assert rule_book(PACKS).packs["house"] == PACKS["house"]
