"""Trunks: which one takes a number, in what form, and how much each may carry.

Knows names, number forms and limits; the registration and addresses of a trunk are the switch's business.
"""

import re
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from re import Pattern
from typing import Final

from dialer.caller_number import CallerForm
from dialer.pacing.even_rate import rate_window_s
from dialer.ports import Clock

NUMBER_FORMATS: Final = ("e164", "digits", "00", "national")
"""How a trunk wants a number: ``+34…``, ``34…``, ``0034…``, or without the country code."""


@dataclass(frozen=True, slots=True)
class Trunk:
    """One trunk. ``channels`` bounds calls at once, ``calls_per_second`` originates.

    ``only`` is a pattern that an E.164 number must match for this trunk to take it; None takes all.
    ``country_code`` is what the ``national`` format cuts off, with ``national_prefix`` put before; a number
    of another country has ``international_prefix`` before it instead. Caller IDs, ours and those of callers,
    have ``caller_id_format``; empty: ``number_format``. ``region`` is the ISO country whose national numbers
    callers are shown with.
    """

    name: str
    channels: int
    calls_per_second: float
    number_format: str = "e164"
    country_code: str = ""
    national_prefix: str = ""
    only: Pattern[str] | None = None
    international_prefix: str = "+"
    caller_id_format: str = ""
    region: str | None = None

    def __post_init__(self) -> None:
        for form in (self.number_format, self.caller_id_format or self.number_format):
            if form not in NUMBER_FORMATS:
                raise ValueError(f"trunk {self.name}: number format {form!r} is not one of {NUMBER_FORMATS}")

    @property
    def caller_form(self) -> CallerForm:
        """In what form callers are shown."""
        form = self.caller_id_format or self.number_format
        return CallerForm(form, self.region, said=bool(self.caller_id_format))

    def takes(self, number: str) -> bool:
        """Say whether this trunk carries this E.164 number."""
        return self.only is None or self.only.search(number) is not None

    def dialled(self, number: str) -> str:
        """Return an E.164 number in the form this trunk wants."""
        return self._written(number, self.number_format)

    def shown(self, number: str) -> str:
        """Return a caller ID of ours, in E.164, in the form this trunk wants; empty stays empty."""
        return number and self._written(number, self.caller_id_format or self.number_format)

    def _written(self, number: str, form: str) -> str:
        digits = number.removeprefix("+")
        match form:
            case "digits":
                return digits
            case "00":
                return "00" + digits
            case "national" if self.country_code and digits.startswith(self.country_code):
                return self.national_prefix + digits[len(self.country_code) :]
            case "national":
                return self.international_prefix + digits
            case _:
                return number


class TrunkBoard:
    """What each trunk carries now. The first trunk in the settings that has room takes the call."""

    def __init__(self, trunks: Sequence[Trunk], clock: Clock) -> None:
        self._trunks = tuple(trunks)
        self._clock = clock
        self._in_use: Counter[str] = Counter()
        self._sent: dict[str, deque[float]] = {trunk.name: deque() for trunk in trunks}

    @property
    def channels_free(self) -> int:
        """How many channels all trunks together have left, whatever numbers they carry."""
        return sum(max(0, trunk.channels - self._in_use[trunk.name]) for trunk in self._trunks)

    def take(self, number: str) -> Trunk | None:
        """Take a channel for a number; None when every trunk that carries it is full or at its rate."""
        for trunk in self._trunks:
            if trunk.takes(number) and self._has_room(trunk):
                self._in_use[trunk.name] += 1
                self._sent[trunk.name].append(self._clock.monotonic())
                return trunk
        return None

    def adopt(self, name: str) -> None:
        """Count a call that was placed before this process knew of it."""
        self._in_use[name] += 1

    def give_back(self, name: str) -> None:
        """Free a channel; more than were taken are ignored."""
        self._in_use[name] = max(0, self._in_use[name] - 1)

    def carries(self, number: str) -> bool:
        """Say whether any trunk carries this number, full or not."""
        return any(trunk.takes(number) for trunk in self._trunks)

    def _has_room(self, trunk: Trunk) -> bool:
        sent = self._sent[trunk.name]
        since = self._clock.monotonic() - rate_window_s(trunk.calls_per_second)
        while sent and sent[0] <= since:
            sent.popleft()
        return self._in_use[trunk.name] < trunk.channels and len(sent) < max(1, int(trunk.calls_per_second))


def pattern(text: str) -> Pattern[str] | None:
    """Compile a trunk's number pattern; an empty text takes all. Raises ``ValueError`` when it is none."""
    try:
        return re.compile(text) if text else None
    except re.error as fault:
        raise ValueError(f"{text!r} is not a pattern: {fault}") from fault
