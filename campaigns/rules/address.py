"""Where a customer lives, as far as rules ask: a country and, where states make their own law, a state.

Knows the codes of ISO 3166 in use and common words for them. Must not know streets, lists or customers.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from phonenumbers import SUPPORTED_REGIONS

_COUNTRY_WORDS: Final[Mapping[str, str]] = {
    "usa": "US", "u.s.": "US", "united states": "US", "united states of america": "US",
    "uk": "GB", "united kingdom": "GB", "great britain": "GB", "england": "GB", "scotland": "GB",
    "wales": "GB",
    "spain": "ES", "españa": "ES", "france": "FR", "india": "IN", "china": "CN", "中国": "CN", "中國": "CN",
    "germany": "DE", "deutschland": "DE", "italy": "IT", "italia": "IT", "portugal": "PT", "mexico": "MX",
    "méxico": "MX", "canada": "CA", "ireland": "IE",
}  # fmt: skip
_US_STATES: Final[Mapping[str, str]] = {
    "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA", "colorado": "CO",
    "connecticut": "CT", "delaware": "DE", "district of columbia": "DC", "florida": "FL", "georgia": "GA",
    "hawaii": "HI", "idaho": "ID", "illinois": "IL", "indiana": "IN", "iowa": "IA", "kansas": "KS",
    "kentucky": "KY", "louisiana": "LA", "maine": "ME", "maryland": "MD", "massachusetts": "MA",
    "michigan": "MI", "minnesota": "MN", "mississippi": "MS", "missouri": "MO", "montana": "MT",
    "nebraska": "NE", "nevada": "NV", "new hampshire": "NH", "new jersey": "NJ", "new mexico": "NM",
    "new york": "NY", "north carolina": "NC", "north dakota": "ND", "ohio": "OH", "oklahoma": "OK",
    "oregon": "OR", "pennsylvania": "PA", "rhode island": "RI", "south carolina": "SC", "south dakota": "SD",
    "tennessee": "TN", "texas": "TX", "utah": "UT", "vermont": "VT", "virginia": "VA", "washington": "WA",
    "west virginia": "WV", "wisconsin": "WI", "wyoming": "WY", "puerto rico": "PR",
}  # fmt: skip
_US_CODES: Final = frozenset(_US_STATES.values())


@lru_cache(maxsize=1_024)
def country_code(text: str) -> str:
    """Return the two letters of a country; raises ``ValueError`` for a word nobody knows."""
    found = text.upper() if len(text) == 2 else _COUNTRY_WORDS.get(text.casefold(), "")
    found = _COUNTRY_WORDS.get(found.casefold(), found)
    if found not in SUPPORTED_REGIONS:
        raise ValueError(f"{text[:40]!r} is not a country code like ES")
    return found


@lru_cache(maxsize=4_096)
def state_code(text: str, country: str = "") -> str:
    """Return a state's code without its country (``FL`` for ``US-FL``, ``fl`` or ``Florida``).

    Of the United States every state is known by name, and one that is not known raises ``ValueError``: a
    state's own law would else be passed over. Elsewhere a text that is no code gives "".
    """
    word = text.casefold()
    if country in ("", "US") and word in _US_STATES:
        return _US_STATES[word]
    code = text.upper().rpartition("-")[2] if "-" in text else text.upper()
    is_code = 1 <= len(code) <= 3 and code.isascii() and code.isalnum()
    if country == "US" and code not in _US_CODES:
        raise ValueError(f"{text[:40]!r} is not a state like FL")
    return code if is_code else ""
