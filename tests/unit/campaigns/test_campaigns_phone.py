"""Numbers in any spelling become E.164 or a clear refusal; zones come from the numbering plan."""

import pytest

from campaigns.rules import phone


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("+1 202-555-0123", None, "+12025550123"),
        ("(202) 555-0123", "US", "+12025550123"),
        ("12025550123", "US", "+12025550123"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("+44 (0)20 7946 0018", None, "+442079460018"),
        ("+442079460018", "US", "+442079460018"),
        ("011 44 20 7946 0018", "US", "+442079460018"),
        ("\uff0b\uff11 202 555 0123", None, "+12025550123"),  # full-width, as typed in China
        ("01 99 00 12 34", "FR", "+33199001234"),
        ("  +12025550123\n", None, "+12025550123"),
    ],
)
def test_a_number_becomes_e164(text: str, region: str | None, number: str) -> None:
    assert phone.normalise(text, region) == number


@pytest.mark.parametrize(
    ("text", "region", "problem"),
    [
        ("", None, "no number"),
        ("   ", "US", "no number"),
        ("202 555 0123", None, "country code"),
        ("12345", "US", "wrong length|no such range"),
        ("+1 202 555", None, "wrong length"),
        ("+1 555 555 0123", None, "no such range"),
        ("+999 123 4567", None, "unknown country code"),
        ("not a number", "US", "not a telephone number"),
        ("+1 202 555 0123 ext. 9", None, "extension"),
        ("+" + "1" * 80, None, "too long"),
        ("+1\x00", None, "not a telephone number"),
    ],
)
def test_what_is_no_number_is_refused_in_plain_words(text: str, region: str | None, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        phone.normalise(text, region)


@pytest.mark.parametrize(
    ("number", "zones"),
    [
        ("+12025550123", ("America/New_York",)),
        ("+442079460018", ("Europe/London",)),
        ("+8613800138000", ("Asia/Shanghai",)),
        ("+911123456789", ("Asia/Kolkata",)),
        ("+34600123456", ("Atlantic/Canary", "Europe/Madrid")),
        ("+441632960123", ()),  # reserved for fiction: nobody knows where it is
        ("nonsense", ()),
    ],
)
def test_zones_of_a_number(number: str, zones: tuple[str, ...]) -> None:
    assert phone.zones_of(number) == zones


def test_a_toll_free_number_may_be_anywhere() -> None:
    zones = phone.zones_of("+18005550123")
    assert len(zones) > 30
    assert {"America/New_York", "Pacific/Honolulu"} <= set(zones)


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("+12025550123", True),
        ("+123456789012345", True),
        ("+1234567890123456", False),
        ("12025550123", False),
        ("+02025550123", False),
        ("+1 2025550123", False),
        ("+\u0661\u0662\u0663", False),
        ("+", False),
        ("", False),
    ],
)
def test_the_form_of_e164(text: str, sound: bool) -> None:
    assert phone.is_e164(text) is sound
