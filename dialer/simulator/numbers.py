"""Numbers of the simulated public network: what each digit makes the far end do. Pure.

This is the one place where the table lives. The dialplan of the network acts on it and ``docs/network.md``
shows it; tests hold both to this module. It must not know how a number is dialled.

A number is ``+1 AAA d1 d2 d3 d4 d5 d6 d7``: AAA any area code, so that local time and law of a real
state apply. ``d1`` is never 0 or 1, which no exchange in North America begins with.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from dialer.errors import DialerError
from dialer.simulator.greetings import GREETING_TEXTS, MACHINES, SETTING_TEXTS, WORDS, Greeting, Setting

RING_S: tuple[float, ...] = (0, 0.2, 0.5, 1, 2, 3, 5, 8, 15, 30)
"""Seconds from the call's arrival to its outcome, by ``d2``."""

TALK_S: tuple[float, ...] = (0.5, 1, 2, 3, 4, 5, 8, 12, 20, 40)
"""Seconds the person talks after answering, by ``d3``."""

PRESS_EVERY_S = 1.5
"""Seconds between two presses of a voter, who can not know when the question begins."""

PRESSES = 8
"""How often a voter presses at most."""


class NotSimulated(DialerError, ValueError):
    """This is no number or behaviour of the simulated network; the text says why."""


class Outcome(StrEnum):
    """How the network settles a call; the value is ``d1``."""

    PERSON = "2"
    BUSY = "3"
    RINGS = "4"
    DECLINES = "5"
    UNALLOCATED = "6"
    NETWORK_FAILURE = "7"
    GREETING = "8"
    SIP_STATUS = "9"


class Press(StrEnum):
    """What a person presses; the value is ``d4``. SCORE_1 to SCORE_5 press that key after the talk."""

    NOTHING = "0"
    SCORE_1 = "1"
    SCORE_2 = "2"
    SCORE_3 = "3"
    SCORE_4 = "4"
    SCORE_5 = "5"
    WRONG_THEN_FOUR = "6"
    IN_TALK_ONLY = "7"
    POUND = "8"
    LEAVE_ME_ALONE = "9"


class HangUp(StrEnum):
    """When a person hangs up; the value is ``d5``."""

    NEVER_FIRST = "0"
    AT_ONCE = "1"
    IN_TALK = "2"
    AT_VOTE = "3"
    AFTER_PRESS = "4"
    IMPATIENT = "5"


OUTCOMES: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.PERSON: "a person answers",
        Outcome.BUSY: "busy (486)",
        Outcome.RINGS: "rings and never answers",
        Outcome.DECLINES: "declines (603)",
        Outcome.UNALLOCATED: "unallocated number (404)",
        Outcome.NETWORK_FAILURE: "network failure (503)",
        Outcome.GREETING: "answers with the greeting d3, of a machine or a person, as d5 says",
        Outcome.SIP_STATUS: "the SIP status d4 d5 d6, sent unchanged by the SIP stub; d7 is the serial",
    }
)
PRESS_TEXTS: Mapping[Press, str] = MappingProxyType(
    {
        Press.NOTHING: "presses nothing",
        Press.SCORE_1: "1",
        Press.SCORE_2: "2",
        Press.SCORE_3: "3",
        Press.SCORE_4: "4",
        Press.SCORE_5: "5",
        Press.WRONG_THEN_FOUR: "first 9, which is no score, then 4",
        Press.IN_TALK_ONLY: "3, once, in the middle of the talk only",
        Press.POUND: "#",
        Press.LEAVE_ME_ALONE: "9, the key of the information message for being left alone",
    }
)
HANG_UP_TEXTS: Mapping[HangUp, str] = MappingProxyType(
    {
        HangUp.NEVER_FIRST: "when the far end does",
        HangUp.AT_ONCE: "0.3 s after answering",
        HangUp.IN_TALK: "in the middle of the talk",
        HangUp.AT_VOTE: "1 s after the talk, without pressing",
        HangUp.AFTER_PRESS: "1 s after pressing (after the 4, where 9 goes first)",
        HangUp.IMPATIENT: "1.5 s after answering: before the information message",
    }
)
PHONE_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "agent-91x": "busy (486)",
        "agent-92x": "rings and never answers",
        "agent-93x": "answers, hangs up 3 s later",
        "agent-xxx": "any other: answers at once and stays until hung up",
    }
)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the far end of one number does. Times in seconds, and only those of ``RING_S`` and ``TALK_S``.

    ``sip_status`` belongs to ``Outcome.SIP_STATUS`` alone, which in turn has neither talk, keys nor
    hang-up, and serials 0 to 9 instead of 0 to 99. ``greeting``, ``setting`` belong to ``Outcome.GREETING``
    alone, which has no talk and no hang-up of its own, and whose machines press no keys.
    """

    outcome: Outcome = Outcome.PERSON
    ring_s: float = 0
    talk_s: float = 0.5
    press: Press = Press.NOTHING
    hang_up: HangUp = HangUp.NEVER_FIRST
    sip_status: int | None = None
    serial: int = 0
    greeting: Greeting = Greeting.TONES
    setting: Setting = Setting.AT_ONCE

    @property
    def is_machine(self) -> bool:
        """Whether an answering machine takes the call."""
        return self.outcome is Outcome.GREETING and self.greeting in MACHINES


@dataclass(frozen=True, slots=True)
class Caller:
    """What a caller to the hotline does: ``menu_key`` 1 s after the answer, talk, then the vote's keys.

    ``menu_key`` is 1 to 9, or 0 for none; it takes the place of the ring time, which a caller has not.
    """

    menu_key: int = 1
    talk_s: float = 0.5
    press: Press = Press.NOTHING
    hang_up: HangUp = HangUp.NEVER_FIRST
    serial: int = 0


def number_of(behaviour: Behaviour, area: str = "202") -> str:
    """Return the E.164 number that behaves so; raises ``NotSimulated`` when no number can."""
    ring = _index(RING_S, behaviour.ring_s, "ring time")
    if behaviour.outcome is Outcome.SIP_STATUS:
        status = behaviour.sip_status
        if status is None or not 300 <= status <= 699:
            raise NotSimulated(f"a SIP status that ends a call is 300 to 699, not {status}")
        tail = f"0{status}{_serial(behaviour.serial, 9)}"
    elif behaviour.sip_status is not None:
        raise NotSimulated(f"outcome {behaviour.outcome.name} sends no SIP status of your choice")
    elif behaviour.outcome is Outcome.GREETING:
        tail = _greeting_tail(behaviour)
    elif (behaviour.greeting, behaviour.setting) != (Greeting.TONES, Setting.AT_ONCE):
        raise NotSimulated(f"outcome {behaviour.outcome.name} has no greeting of your choice")
    else:
        talk = _index(TALK_S, behaviour.talk_s, "talk time")
        tail = f"{talk}{behaviour.press}{behaviour.hang_up}{_serial(behaviour.serial, 99):02d}"
    return f"+1{_area(area)}{behaviour.outcome}{ring}{tail}"


def behaviour_of(number: str) -> Behaviour:
    """Return what a number of the simulated network does; raises ``NotSimulated`` for any other."""
    digits = _digits(number)
    outcome, ring_s = Outcome(digits[0]), RING_S[int(digits[1])]
    if outcome is Outcome.SIP_STATUS:
        status = int(digits[3:6])
        if not 300 <= status <= 699:
            raise NotSimulated(f"{number}: a SIP status that ends a call is 300 to 699, not {status}")
        if digits[2] != "0":
            raise NotSimulated(f"{number}: digit 3 is 0 where a SIP status follows")
        return Behaviour(outcome, ring_s, sip_status=status, serial=int(digits[6]))
    if outcome is Outcome.GREETING:
        return _greeted(number, digits)
    return Behaviour(
        outcome,
        ring_s,
        TALK_S[int(digits[2])],
        Press(digits[3]),
        _hang_up(number, digits[4]),
        serial=int(digits[5:]),
    )


def number_of_caller(caller: Caller, area: str = "202") -> str:
    """Return the number a caller to the hotline calls from; raises ``NotSimulated``."""
    if not 0 <= caller.menu_key <= 9:
        raise NotSimulated(f"a menu key is 0 to 9, not {caller.menu_key}")
    talk = _index(TALK_S, caller.talk_s, "talk time")
    tail = f"{talk}{caller.press}{caller.hang_up}{_serial(caller.serial, 99):02d}"
    return f"+1{_area(area)}{Outcome.PERSON}{caller.menu_key}{tail}"


def caller_of(number: str) -> Caller:
    """Return what a caller with this number does; raises ``NotSimulated``."""
    digits = _digits(number)
    if digits[0] != Outcome.PERSON:
        raise NotSimulated(f"{number}: only a person calls the hotline, so digit 1 is {Outcome.PERSON.value}")
    return Caller(
        int(digits[1]),
        TALK_S[int(digits[2])],
        Press(digits[3]),
        _hang_up(number, digits[4]),
        int(digits[5:]),
    )


def tables() -> str:
    """Return the tables of digits in Markdown, as ``docs/network.md`` shows them."""
    times = [
        f"| {d} | {ring:g} s | {talk:g} s |"
        for d, (ring, talk) in enumerate(zip(RING_S, TALK_S, strict=True))
    ]
    parts = (
        ("| d1 | Outcome |", OUTCOMES.items()),
        ("| d4 | After the talk presses |", PRESS_TEXTS.items()),
        ("| d5 | Hangs up |", HANG_UP_TEXTS.items()),
        ("| d3 after d1 = 8 | Greeting |", GREETING_TEXTS.items()),
        ("| d5 after d1 = 8 | It begins |", SETTING_TEXTS.items()),
        ("| Phone | Behaviour |", PHONE_TEXTS.items()),
    )
    blocks = [
        "\n".join(["| Digit | as d2: time before the outcome | as d3: talk |", "|---|---|---|", *times])
    ]
    for head, rows in parts:
        blocks.append("\n".join([head, "|---|---|", *(f"| {digit} | {text} |" for digit, text in rows)]))
    return "\n\n".join(blocks) + "\n"


def _greeting_tail(behaviour: Behaviour) -> str:
    """Return d3 to d7 of a number that answers with a greeting."""
    if (behaviour.talk_s, behaviour.hang_up) != (TALK_S[0], HangUp.NEVER_FIRST):
        raise NotSimulated("who answers with a greeting talks no further and hangs up last")
    _possible(behaviour)
    return f"{behaviour.greeting}{behaviour.press}{behaviour.setting}{_serial(behaviour.serial, 99):02d}"


def _greeted(number: str, digits: str) -> Behaviour:
    """Return what a number does that answers with a greeting."""
    try:
        greeting, setting = Greeting(digits[2]), Setting(digits[4])
    except ValueError:
        raise NotSimulated(
            f"{number}: after an 8, digit 3 is 0 to {max(Greeting)} and digit 5 is 0 to {max(Setting)}"
        ) from None
    behaviour = Behaviour(
        Outcome.GREETING,
        RING_S[int(digits[1])],
        press=Press(digits[3]),
        serial=int(digits[5:]),
        greeting=greeting,
        setting=setting,
    )
    _possible(behaviour)
    return behaviour


def _possible(behaviour: Behaviour) -> None:
    """Refuse what no greeting can do."""
    if behaviour.greeting not in WORDS and behaviour.setting is not Setting.AT_ONCE:
        raise NotSimulated(f"the greeting {behaviour.greeting.name} is not spoken: it has no setting")
    if behaviour.is_machine and behaviour.press is not Press.NOTHING:
        raise NotSimulated("a machine presses no keys")


def _digits(number: str) -> str:
    if (
        len(number) != 12
        or not number.startswith("+1")
        or not (number[1:].isascii() and number[1:].isdigit())
    ):
        raise NotSimulated(f"{number!r} is not of the form +1 and ten digits")
    if number[5] in "01":
        raise NotSimulated(f"{number}: no exchange begins with {number[5]}")
    _area(number[2:5])
    return number[5:]


def _area(area: str) -> str:
    if len(area) != 3 or not (area.isascii() and area.isdigit()) or area[0] in "01":
        raise NotSimulated(f"{area!r} is not an area code of three digits from 200")
    return area


def _index(times: tuple[float, ...], seconds: float, what: str) -> int:
    if seconds not in times:
        known = ", ".join(f"{each:g}" for each in times)
        raise NotSimulated(f"no digit means a {what} of {seconds:g} s; there are {known}")
    return times.index(seconds)


def _serial(serial: int, last: int) -> int:
    if not 0 <= serial <= last:
        raise NotSimulated(f"serial {serial} is not 0 to {last}")
    return serial


def _hang_up(number: str, digit: str) -> HangUp:
    try:
        return HangUp(digit)
    except ValueError:
        raise NotSimulated(f"{number}: digit 5 is 0 to {max(HangUp)}, not {digit}") from None
