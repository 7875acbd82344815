"""The quick reading of numbers says nothing that phonenumbers would not say."""

import random
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import timezone
from properties import examples

from campaigns.rules import numbering
from campaigns.rules.phone import normalise, zones_of

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
KINDS = range(11)


def by_the_library(text: str, region: str | None) -> tuple[str, tuple[str, ...]] | None:
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if parsed.extension or not phonenumbers.is_possible_number(parsed):
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    zones = timezone.time_zones_for_number(parsed)
    known = numbering.zone_names(zones)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164), known


@st.composite
def written(draw: st.DrawFn) -> tuple[str, str | None]:
    """A number near a real one of any country and kind, written in one of the usual ways."""
    region = draw(st.sampled_from(REGIONS))
    example = phonenumbers.example_number_for_type(region, draw(st.sampled_from(KINDS)))
    example = example or phonenumbers.example_number(region)
    digits = list(str(example.national_number if example else 20255501230))
    for _ in range(draw(st.integers(0, 3))):
        digits[draw(st.integers(0, len(digits) - 1))] = draw(st.sampled_from("0123456789"))
    national = draw(st.sampled_from(["", "", "", "0", "1", "8", "00", "011"])) + "".join(digits)
    national = national[: draw(st.sampled_from([len(national), len(national), len(national) - 1]))]
    home = draw(st.sampled_from([None, region, draw(st.sampled_from(REGIONS))]))
    code = example.country_code if example else 1
    text = f"+{code}{national}" if home is None or draw(st.booleans()) else national
    at = draw(st.integers(1, max(1, len(text) - 1)))
    return text[:at] + draw(st.sampled_from(["", "", " ", "-", "(", ")", ". ", " ("])) + text[at:], home


@examples(250)
@given(written())
def test_what_is_read_quickly_is_what_the_library_reads(case: tuple[str, str | None]) -> None:
    text, region = case
    quick = numbering.read(text, region)
    if quick is not None:
        assert (quick.number, quick.zones) == by_the_library(text, region)


def test_most_numbers_are_read_quickly() -> None:
    rng = random.Random(11)
    missed = []
    for region in REGIONS:
        for kind in (0, 1, 2):
            example = phonenumbers.example_number_for_type(region, kind)
            if example is not None and rng.random() < 0.9:
                text = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
                if numbering.read(text, None) is None:
                    missed.append(text)
    assert len(missed) < 60  # countries whose own prefix may begin a number are left to the library


@pytest.mark.parametrize(
    "text", ["", "+", "++1", "+0", "+999", "12", "abc", "+1 202 555 0123 x5", "+80012345678"]
)
def test_odd_texts_are_left_to_the_library(text: str) -> None:
    quick = numbering.read(text, None)
    assert quick is None or (quick.number, quick.zones) == by_the_library(text, None)


def test_every_zone_of_a_number_bears_the_name_it_has_today() -> None:
    """``Asia/Calcutta`` and its likes are links, which only the oldest tables of zones list."""
    renamed = numbering._RENAMED
    told = {name for names in numbering._ZONES.values() for name in names}
    assert not told & renamed.keys()
    assert set(renamed.values()) <= told
    for old, new in renamed.items():
        at = datetime(2026, 7, 1, 12, tzinfo=UTC)
        assert at.astimezone(ZoneInfo(old)).utcoffset() == at.astimezone(ZoneInfo(new)).utcoffset()


def test_every_country_code_can_be_compiled() -> None:
    for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        assert numbering._plan(str(code)) is not None


@examples(300)
@given(written())
def test_normalising_goes_the_same_way_whether_quick_or_not(case: tuple[str, str | None]) -> None:
    text, region = case
    try:
        number = normalise(text, region)
    except ValueError:
        number = ""
    expected = by_the_library(text, region)
    assert number == (expected[0] if expected else "")
    if number:
        assert zones_of(number) == expected[1]  # type: ignore[index]


@examples(250)
@given(written())
def test_the_country_of_a_number_is_that_of_the_library(case: tuple[str, str | None]) -> None:
    text, _ = case
    number = "+" + "".join(filter(str.isdecimal, text))
    quick = numbering.region_of(number)
    if quick is not None:
        assert quick == phonenumbers.region_code_for_number(phonenumbers.parse(number, None))


@pytest.mark.parametrize(
    ("number", "region"),
    [
        ("+442079460123", "GB"),
        ("+441534123456", "JE"),
        ("+447911712345", "GG"),
        ("+447700900123", None),  # a made-up number: in the plan, of no kind
        ("+390612345678", None),  # a zero in front is for the library
        ("+77172123456", "KZ"),
        ("+79161234567", "RU"),
        ("+80012345678", None),
        ("+999123456", None),
        ("+44", None),
        ("+", None),
    ],
)
def test_whose_number_it_is_follows_from_the_plan_alone(number: str, region: str | None) -> None:
    assert numbering.region_of(number) == region
