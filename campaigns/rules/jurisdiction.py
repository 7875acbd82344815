"""Where a call goes, in the sense of the law: the country and state of a number and of an address.

Knows numbering plans (through phonenumbers) and area codes. Must not know packs or rules. A number that has
been ported away keeps its old country and state here: the address, where it is known, adds to them.
"""

from functools import lru_cache
from typing import Final, NamedTuple

import phonenumbers

from campaigns.rules.areas import STATE_OF_AREA, STATES
from campaigns.rules.numbering import region_of

ANY_STATE: Final = "*"
"""A number of a country whose state nobody can tell: it may lie in any of them."""


class Place(NamedTuple):
    """One place whose law may bind a call. ``country`` is ISO 3166-1; ``state`` its subdivision or ``*``.

    An empty ``country`` means that nobody knows it. A named tuple, for every verdict looks up what binds one.
    """

    country: str
    state: str = ""


_SINGLE: Final = {
    f"+{code}": Place(regions[0])
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()
    if len(regions) == 1 and regions[0] != "001"
}
"""Country codes that belong to one country only; the others need a look at the number itself."""

_NANP = "+1"
_AREA_DIGITS = len("+1305")


def place_of_number(number: str) -> Place:
    """Return where an E.164 number lies; an empty country when the numbering plan does not tell."""
    if number.startswith(_NANP):
        return _place_in_north_america(number[:_AREA_DIGITS])
    for length in (3, 4, 2):
        place = _SINGLE.get(number[:length])
        if place is not None:
            return place
    return _place(number)


def places_of(number: str, country: str, region: str) -> tuple[Place, ...]:
    """Return every place whose law may bind a call to ``number`` of a customer with this address.

    ``country`` and ``region`` of the address may be empty. The two places may be the same: then it is
    one. An address in the same country tells the state of a number that does not tell its own.
    """
    of_number = place_of_number(number)
    country, region = country.strip().upper(), region.strip().upper()
    if not country:
        if not region:
            return (of_number,)
        country = of_number.country
    region = region.removeprefix(f"{country}-")
    of_address = Place(country, region or (ANY_STATE if country == "US" else ""))
    if of_number == of_address:
        return (of_number,)
    if of_number.country == country:
        if not region:
            return (of_number,)
        if of_number.state in ("", ANY_STATE):
            return (of_address,)
    return (of_number, of_address)


@lru_cache(maxsize=1_024)
def _place_in_north_america(prefix: str) -> Place:
    """Every country of the plan is told by its area codes, so seven digits of any kind stand for the rest."""
    state = STATE_OF_AREA.get(prefix[2:])
    if state is not None:
        return Place("US", state)
    for rest in ("2345678", "5551234"):
        found = _place(prefix + rest)
        if found.country != "US":
            return found
    return Place("US", ANY_STATE)


@lru_cache(maxsize=65_536)
def _place(number: str) -> Place:
    plain = region_of(number) if number[1:].isdecimal() else None
    if plain is not None:
        return Place(plain)
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return Place("")
    region = phonenumbers.region_code_for_number(parsed)
    # A number in no range of the plan (a fictional one) still lies in the country that leads its plan.
    return Place(
        region or phonenumbers.region_code_for_country_code(parsed.country_code or 0).replace("ZZ", "")
    )


def is_state(country: str, state: str) -> bool:
    """Say whether the table of states knows a state; only the United States are in it."""
    return country == "US" and state in STATES
