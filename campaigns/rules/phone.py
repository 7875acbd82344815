"""Telephone numbers: written anyhow in a list, E.164 here; and the time zones a number may lie in.

Knows the numbering plans (through phonenumbers). Must not know lists, customers or calls.
"""

from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import timezone

from campaigns.rules import numbering

NUMBERING: Final = phonenumbers.__version__
"""The edition of the numbering plans: by another one the same text may be another number."""

_E164_DIGITS = 15  # ITU-T E.164: at most fifteen digits after the plus
_LONGEST_TEXT = 64
_TELLING_DIGITS = 5  # fewer are in many a figure that is no number
_NO_COUNTRY = "001"  # a code that belongs to no country, such as 800
_MOST_COUNTRIES = "00"
"""The international prefix that the ITU recommends, where a plan names none that is plain."""


def normalise(text: str, region: str | None = None) -> str:
    """Return ``text`` as E.164 (``+14155550132``).

    ``region`` is the ISO country whose habits apply to numbers without ``+``; without one those are
    refused. Raises ``ValueError`` with a reason in plain language. A number with an extension is
    refused: a dialer that drops it would ring somebody else.
    """
    written = text.strip()
    if not written:
        raise ValueError("no number")
    if len(written) > _LONGEST_TEXT:
        raise ValueError("not a telephone number: too long")
    if (plain := numbering.read(written, region)) is not None:
        return plain.number
    if region is None and not written.startswith(("+", "\N{FULLWIDTH PLUS SIGN}")):
        raise ValueError("number without a country code: write it as +<country><number>")
    try:
        parsed = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException as fault:
        raise ValueError(_plain(fault)) from fault
    if parsed.extension:
        raise ValueError("a number with an extension cannot be dialled")
    if not phonenumbers.is_possible_number(parsed):
        raise ValueError("not a telephone number: wrong length for its country")
    if not phonenumbers.is_valid_number(parsed):
        raise ValueError("not a telephone number: no such range in its country's numbering plan")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def national(number: str) -> str:
    """Return the digits by which a country knows an E.164 number; all where those are few or nobody knows.

    Lists write a number with its country's code or without, with a leading zero or without: all hold these.
    """
    try:
        digits = phonenumbers.national_significant_number(phonenumbers.parse(number, None))
    except phonenumbers.NumberParseException:
        digits = ""
    return digits if len(digits) >= _TELLING_DIGITS else number.removeprefix("+")


def may_show(text: str, number: str) -> bool:
    """Say whether a text may be an E.164 number written in some country's habit, or have it somewhere."""
    digits = "".join(sign for sign in text if sign.isdecimal())
    return national(number) in digits


def is_e164(text: str) -> bool:
    """Say whether ``text`` has the form of E.164: a plus, no leading zero, 2 to 15 digits."""
    digits = text[1:]
    return (
        text.startswith("+")
        and 2 <= len(digits) <= _E164_DIGITS
        and digits.isascii()
        and digits.isdigit()
        and digits[0] != "0"
    )


@lru_cache(maxsize=65_536)
def zones_of(number: str) -> tuple[str, ...]:
    """Return every IANA zone an E.164 number may lie in, sorted; empty when nobody knows.

    A toll-free or mobile number may have dozens. A ported mobile keeps its old area code, so a zone
    given in the list is always better than this one.
    """
    if (plain := numbering.read(number, None)) is not None:
        return plain.zones
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return ()
    return numbering.zone_names(timezone.time_zones_for_number(parsed))


def home_region(country_code: str, region: str | None) -> str | None:
    """Return the ISO country whose national numbers have this country code; ``region`` where it has it too.

    Several countries share one code (1: North America), and then the biggest stands for them. Without a code
    it is ``region``; None for a code that no country has.
    """
    if not country_code or (region and phonenumbers.country_code_for_region(region) == int(country_code)):
        return region
    found = phonenumbers.region_code_for_country_code(int(country_code))
    return None if found in (phonenumbers.UNKNOWN_REGION, _NO_COUNTRY) else found


def international_prefix(country_code: str) -> str:
    """Return what people with this country code dial before a number abroad: 00, 011 and so on."""
    region = home_region(country_code, None)
    metadata = None if region is None else phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    if metadata is None:
        return _MOST_COUNTRIES
    for prefix in (metadata.international_prefix, metadata.preferred_international_prefix):
        if prefix and prefix.isdigit():
            return str(prefix)
    return _MOST_COUNTRIES


def _plain(fault: phonenumbers.NumberParseException) -> str:
    match fault.error_type:
        case phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            return "not a telephone number: unknown country code"
        case phonenumbers.NumberParseException.TOO_LONG:
            return "not a telephone number: too long"
        case phonenumbers.NumberParseException.NOT_A_NUMBER:
            return "not a telephone number"
        case _:
            return "not a telephone number: too short"
