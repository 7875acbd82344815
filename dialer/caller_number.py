"""What number a caller's telephone company showed: E.164, or why nobody can tell.

The one place that reads a caller ID. Customers' files, do-not-call lists and records know E.164 only, and
providers show callers in any form. Pure: texts in, a number or a reason out. Must not know calls, books or
the switch.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from campaigns.rules.phone import NUMBERING, normalise

WITHHELD: Final = frozenset(
    {
        "anonymous",
        "asterisk",
        "blocked",
        "outofarea",
        "private",
        "restricted",
        "unavailable",
        "unknown",
        "withheld",
    }
)
"""What stands in place of a number that was kept back or never came, without signs and in small letters."""

_URI = re.compile(r'(?:"[^"]*"\s*|[^<"]*)?<?(?:sips?|tel):([^@;>]*)[^>]*>?', re.IGNORECASE)
_SIGNS: Final = str.maketrans("", "", " ().-/\N{NO-BREAK SPACE}")
_NUMBER = re.compile(r"\+?[0-9]+")
_LONGEST_SHOWN: Final = 64
_LEAST_DIGITS: Final = 6
"""Fewer digits without a plus are an extension or a service, whatever country has numbers as short."""
_FIGURE_DIGITS: Final = 11
"""From this length on a number without any prefix may be an international one that lost its plus."""

Reading = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class CallerNumber:
    """Who calls. ``number`` is E.164, or empty; then ``why`` says why in plain words, without any number.

    ``shown`` is the caller ID as it came, cut to what fits one line; ``may_be`` are the numbers of different
    people that it may be, where it may be more than one.
    """

    shown: str
    number: str = ""
    why: str = ""
    may_be: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallerForm:
    """In what form a trunk shows callers: a word of ``dialer.trunks.NUMBER_FORMATS``.

    ``region`` is the ISO country of numbers without a country code; None where nobody said. ``said`` is
    whether anybody said that callers have this form: it wins over other readings then. Else it is only how
    the trunk wants numbers, and one reading among others.
    """

    caller_format: str = "e164"
    region: str | None = None
    said: bool = True


@dataclass(frozen=True, slots=True)
class CallerForms:
    """The form of every trunk by its name, and that of calls which came another way."""

    by_trunk: Mapping[str, CallerForm]
    otherwise: CallerForm

    @property
    def fingerprint(self) -> str:
        """Tells forms in which the same texts may be read as other numbers from these."""
        said = (NUMBERING, sorted(self.by_trunk.items()), self.otherwise)
        return hashlib.sha256(repr(said).encode()).hexdigest()[:16]

    def read(self, shown: str, channel: str = "") -> CallerNumber:
        """Read the caller ID of a channel; without one, of a call that nobody knows the trunk of."""
        return read_caller(shown, self.by_trunk.get(trunk_of_channel(channel), self.otherwise))

    def read_any(self, shown: str) -> CallerNumber:
        """Read a caller ID of which nobody knows any more by which trunk it came: all of them must agree."""
        read = [read_caller(shown, form) for form in {*self.by_trunk.values(), self.otherwise}]
        numbers = sorted({number for one in read for number in (one.number, *one.may_be) if number})
        if len(numbers) > 1:
            return _ambiguous(read[0], numbers)
        return next((one for one in read if one.number), read[0])


def trunk_of_channel(channel: str) -> str:
    """Return the trunk that a channel came in by: ``main`` of ``PJSIP/main-0000001f``; empty for others."""
    technology, _, rest = channel.partition("/")
    return rest.rpartition("-")[0] if technology == "PJSIP" else ""


def read_caller(shown: str, form: CallerForm) -> CallerNumber:
    """Read a caller ID as a trunk shows it, with or without what stands round it in a SIP header.

    A form that was said for callers goes first. What is not in it is read in every form that fits; where
    those disagree nobody knows whose number it is, and none is better than a stranger's.
    """
    text = _plain(shown)
    caller = CallerNumber(_printable(shown))
    if not text:
        return replace(caller, why="no number was shown")
    if text.translate(_SIGNS).casefold() in WITHHELD:
        return replace(caller, why="the number is withheld")
    digits = text.translate(_SIGNS)
    if _NUMBER.fullmatch(digits) is None or not digits.isascii():
        return replace(caller, why="no telephone number")
    if not digits.startswith("+") and len(digits) < _LEAST_DIGITS:
        return replace(caller, why="too short for a telephone number of the public network")
    if digits.startswith("+"):
        plain = _normal(digits, None)
        found: Sequence[str] = [plain] if plain else []
    else:
        found = _readings(digits, form)
    if not found:
        return replace(caller, why=_why_not(digits, form))
    if len(found) > 1:
        return _ambiguous(caller, found)
    return replace(caller, number=found[0])


def _ambiguous(caller: CallerNumber, numbers: Sequence[str]) -> CallerNumber:
    why = "may be more than one number: set the trunk's caller_id_format"
    return CallerNumber(caller.shown, why=why, may_be=tuple(numbers))


def _plain(shown: str) -> str:
    """Return the number out of a header's name, brackets, scheme, host and parameters."""
    text = shown.strip()
    match = _URI.fullmatch(text)
    return (match[1] if match else text).strip()


def _printable(shown: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in shown.strip())[:_LONGEST_SHOWN]


def _readings(digits: str, form: CallerForm) -> Sequence[str]:
    """Return what digits without a plus may mean: in the form that was said for callers, else in all."""
    in_form: dict[str, Reading] = {
        "digits": lambda text: _normal(f"+{text}", None),
        "00": _after_zeros,
        "national": lambda text: None if form.region is None else _normal(text, form.region),
    }
    own = in_form[form.caller_format](digits) if form.caller_format in in_form else None
    if own is not None and form.said:
        return [own]
    readings = [own, in_form["national"](digits), _after_zeros(digits)]
    # Without an own country a long figure may be a good number of two countries.
    if form.region is not None and len(digits) >= _FIGURE_DIGITS and not digits.startswith("0"):
        readings.append(in_form["digits"](digits))
    return list(dict.fromkeys(number for number in readings if number))


def _after_zeros(digits: str) -> str | None:
    return _normal(f"+{digits[2:]}", None) if digits.startswith("00") else None


def _normal(text: str, region: str | None) -> str | None:
    try:
        return normalise(text, region)
    except ValueError:
        return None


def _why_not(digits: str, form: CallerForm) -> str:
    """Say why digits are no number, in the words of the reading that fits them best."""
    try:
        normalise(digits, form.region)
    except ValueError as fault:
        return str(fault)
    return "not a telephone number"
