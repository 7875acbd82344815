"""Telephone numbers, quickly: what the numbering plans say about a number written in a plain way.

Knows the plans of phonenumbers, compiled once per country calling code. Must not know lists or customers.
phonenumbers itself spends some thirty microseconds on a number, because it considers every way in which
people write one. A list of a million rows has nearly all of them written as ``+34 612 345 678`` or
``612345678``: for those the answer follows from the plan's patterns alone. Whatever is not certain here is
not answered here; then ``campaigns.rules.phone`` asks the library. A property test holds the two equal.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberType
from phonenumbers.phonenumberutil import is_number_type_geographical
from phonenumbers.tzdata import TIMEZONE_DATA, TIMEZONE_LONGEST_PREFIX

_INTERNATIONAL = re.compile(r"\+[0-9 ().-]*[0-9]")
_NATIONAL = re.compile(r"\(?[0-9][0-9 ().-]*[0-9]")
_SIGNS: Final = str.maketrans("", "", " ().-")
_UNKNOWN_ZONE: Final = "Etc/Unknown"
_NO_COUNTRY: Final = "001"
_NOT_GEOGRAPHIC: Final = (
    "premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail",
)  # fmt: skip

Match = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class PlainNumber:
    """A valid number in E.164, and every zone it may lie in, sorted; no zones when nobody knows."""

    number: str
    zones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Region:
    """The plan of one region; ``leading`` decides alone whose number it is, where a plan has it.

    The lengths that the library looks at first follow from the patterns, so the patterns are enough.
    """

    name: str
    leading: Match | None
    general: Match
    elsewhere: Match | None
    fixed: Match | None
    mobile: Match | None
    mobile_is_placed: bool

    def place(self, digits: str) -> bool | None:
        """Say whether a number is bound to a place; None when the region has no such number."""
        if self.general(digits) is None:
            return None
        if self.elsewhere is not None and self.elsewhere(digits) is not None:
            return False
        if self.fixed is not None and self.fixed(digits) is not None:
            return True
        if self.mobile is not None and self.mobile(digits) is not None:
            return self.mobile_is_placed
        return None


@dataclass(frozen=True, slots=True)
class _Plan:
    """The plans behind one country calling code, in the order in which the library asks them."""

    code: str
    lengths: frozenset[int]
    trunk_prefix: Match | None
    regions: Sequence[_Region]
    anywhere: tuple[str, ...]

    def read(self, digits: str) -> PlainNumber | None:
        if len(digits) not in self.lengths or digits[0] == "0":
            return None
        if self.trunk_prefix is not None and self.trunk_prefix(digits) is not None:
            return None
        placed = self._place(digits)
        if placed is None:
            return None
        number = self.code + digits
        return PlainNumber("+" + number, _zones(number) if placed else self.anywhere)

    def region(self, digits: str) -> str | None:
        """Return whose number this is, by the order in which the library asks; None where it is not plain."""
        if len(digits) not in self.lengths or digits[0] == "0":
            return None
        if self.trunk_prefix is not None and self.trunk_prefix(digits) is not None:
            return None
        for region in self.regions:
            if region.leading is not None:
                if region.leading(digits) is not None:
                    return region.name
            elif region.place(digits) is not None:
                return region.name
        return None

    def _place(self, digits: str) -> bool | None:
        for region in self.regions:
            if region.leading is not None:
                if region.leading(digits) is not None:
                    return region.place(digits)
            elif (placed := region.place(digits)) is not None:
                return placed
        return None


@dataclass(frozen=True, slots=True)
class _Home:
    """How people of one country write their own numbers."""

    plan: _Plan
    abroad: Match | None

    def read(self, digits: str) -> PlainNumber | None:
        if digits.startswith(self.plan.code) or (self.abroad is not None and self.abroad(digits) is not None):
            return None
        return self.plan.read(digits)


def read(text: str, region: str | None) -> PlainNumber | None:
    """Return what a plainly written number is; None says that somebody else must look at it.

    ``region`` is the ISO country of numbers without ``+``.
    """
    if _INTERNATIONAL.fullmatch(text) is not None:
        digits = text[1:].translate(_SIGNS)
        for length in (1, 2, 3):
            plan = _plan(digits[:length])
            if plan is not None:
                return plan.read(digits[length:]) if len(digits) > length else None
        return None
    if region is None or _NATIONAL.fullmatch(text) is None:
        return None
    home = _home(region)
    return None if home is None else home.read(text.translate(_SIGNS))


def region_of(number: str) -> str | None:
    """Return the ISO country of an E.164 number; None means that somebody else must look at it."""
    for length in (1, 2, 3):
        plan = _plan(number[1 : 1 + length])
        if plan is not None:
            region = plan.region(number[1 + length :]) if len(number) > 1 + length else None
            return None if region == _NO_COUNTRY else region
    return None


@cache
def _plan(code: str) -> _Plan | None:
    regions = COUNTRY_CODE_TO_REGION_CODE.get(int(code or 0))
    if not regions or code.startswith("0"):
        return None
    number = int(code)
    main = PhoneMetadata.metadata_for_region_or_calling_code(number, regions[0])
    if main is None:
        return None
    assert main.general_desc is not None
    mobile_is_placed = is_number_type_geographical(PhoneNumberType.MOBILE, number)
    return _Plan(
        code=code,
        lengths=frozenset(main.general_desc.possible_length),
        trunk_prefix=_starting(main.national_prefix_for_parsing),
        regions=tuple(
            _region(name, metadata, mobile_is_placed)
            for name in regions
            if (metadata := PhoneMetadata.metadata_for_region_or_calling_code(number, name)) is not None
        ),
        anywhere=_zones(code),
    )


@cache
def _home(region: str) -> _Home | None:
    metadata = PhoneMetadata.metadata_for_region(region.upper(), None)
    plan = None if metadata is None else _plan(str(metadata.country_code))
    if metadata is None or plan is None:
        return None
    if COUNTRY_CODE_TO_REGION_CODE[int(plan.code)][0] != region.upper():
        return None  # a region that shares its code with a bigger one has rules of its own
    return _Home(plan, _starting(metadata.international_prefix))


def _region(name: str, metadata: Any, mobile_is_placed: bool) -> _Region:
    same = metadata.same_mobile_and_fixed_line_pattern
    general = _whole(metadata.general_desc)
    assert general is not None
    return _Region(
        name=name,
        leading=_starting(metadata.leading_digits),
        general=general,
        elsewhere=_whole(*(getattr(metadata, name) for name in _NOT_GEOGRAPHIC)),
        fixed=_whole(metadata.fixed_line),
        mobile=None if same else _whole(metadata.mobile),
        mobile_is_placed=mobile_is_placed,
    )


def _whole(*descs: Any) -> Match | None:
    """Return what says whether a whole number is of one of these kinds."""
    patterns = [desc.national_number_pattern for desc in descs if desc is not None]
    patterns = [f"(?:{pattern})" for pattern in patterns if pattern]
    return re.compile("|".join(patterns)).fullmatch if patterns else None


def _starting(pattern: str | None) -> Match | None:
    return re.compile(pattern).match if pattern else None


def _zones(digits: str) -> tuple[str, ...]:
    """Return the zones of the longest prefix that has any."""
    for length in range(min(TIMEZONE_LONGEST_PREFIX, len(digits)), 0, -1):
        found = _ZONES.get(digits[:length])
        if found is not None:
            return found
    return ()


_RENAMED: Final[Mapping[str, str]] = {
    "Africa/Asmera": "Africa/Asmara",
    "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
    "America/Godthab": "America/Nuuk",
    "Asia/Calcutta": "Asia/Kolkata",
    "Asia/Choibalsan": "Asia/Ulaanbaatar",
    "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Rangoon": "Asia/Yangon",
    "Atlantic/Faeroe": "Atlantic/Faroe",
    "Pacific/Enderbury": "Pacific/Kanton",
    "Pacific/Ponape": "Pacific/Pohnpei",
    "Pacific/Truk": "Pacific/Chuuk",
}
"""Names that ``phonenumbers`` still gives to zones which IANA has renamed since."""


def zone_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return the zones of ``phonenumbers`` by the names they have today, sorted, without its unknown one."""
    return tuple(sorted({_RENAMED.get(name, name) for name in names if name != _UNKNOWN_ZONE}))


_ZONES: Final[Mapping[str, tuple[str, ...]]] = {
    prefix: zone_names(zones) for prefix, zones in TIMEZONE_DATA.items()
}
