"""What people and machines of the simulated network say when they answer, and how it comes down the line.

The words, voices and lags behind the digits of ``numbers``. Pure: must not know files, programs, a dialplan.
They are there for answering machine detection, which hears nothing but when there is sound and for how long:
a synthetic voice serves, a tone does not.
"""

import array
import random
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Greeting(StrEnum):
    """Who answers and what is said; the value is ``d3`` of a number that answers with a greeting."""

    TONES = "0"
    VOICE_MAIL = "1"
    SHORT_VOICE_MAIL = "2"
    HELLO = "3"
    NAME = "4"
    COMPANY = "5"
    YES = "6"
    NOTHING = "7"


class Setting(StrEnum):
    """How the greeting comes down the line; the value is ``d5``."""

    AT_ONCE = "0"
    PAUSE = "1"
    LONG_PAUSE = "2"
    NOISE = "3"


MACHINES: Final = frozenset({Greeting.TONES, Greeting.VOICE_MAIL, Greeting.SHORT_VOICE_MAIL})
"""Greetings of machines: a beep follows. All others are people."""

WORDS: Final[Mapping[Greeting, str]] = MappingProxyType(
    {
        Greeting.VOICE_MAIL: "Hello. You have reached the voice mail of Maria Lopez. I cannot take your call "
        "at the moment. Please leave your name and number after the tone.",
        Greeting.SHORT_VOICE_MAIL: "Please leave a message after the tone.",
        Greeting.HELLO: "Hello?",
        Greeting.NAME: "Hello, Maria Lopez speaking.",
        Greeting.COMPANY: "Good morning, Northside Motors, this is Jane speaking. How can I help you?",
        Greeting.YES: "Yes?",
    }
)
"""The greetings that are spoken."""

GREETING_TEXTS: Final[Mapping[Greeting, str]] = MappingProxyType(
    {
        Greeting.TONES: "machine: 8 s of tones, a beep, gone 20 s after answering",
        **{
            each: f"{'machine' if each in MACHINES else 'person'}: \u201c{words}\u201d"
            + (", a beep" if each in MACHINES else "")
            for each, words in WORDS.items()
        },
        Greeting.NOTHING: "person: says nothing",
    }
)

LAG_S: Final[Mapping[Setting, float]] = MappingProxyType(
    {Setting.AT_ONCE: 0.2, Setting.PAUSE: 0.8, Setting.LONG_PAUSE: 1.5, Setting.NOISE: 0.2}
)
"""Seconds of silence, or of noise alone, between the answer and the first word."""

SETTING_TEXTS: Final[Mapping[Setting, str]] = MappingProxyType(
    {
        Setting.AT_ONCE: "0.2 s after answering",
        Setting.PAUSE: "0.8 s after answering",
        Setting.LONG_PAUSE: "1.5 s after answering",
        Setting.NOISE: "0.2 s after answering, amid the noise of a street that goes on for 3 s",
    }
)

VOICES: Final = ("en-us", "en-gb+f3", "en-us+f4", "en-gb+m3")
"""Voices of espeak-ng; the number's serial picks one (serial modulo 4)."""

RATE_HZ: Final = 8000
NOISE_LEVEL: Final = 400.0
"""Standard deviation of the noise, of 32768: some 20 dB below the voice, loud enough to be taken for one."""

NOISE_AFTER_S: Final = 3.0


def voice_of(serial: int) -> str:
    """Return the voice of the number with this serial."""
    return VOICES[serial % len(VOICES)]


def file_name(greeting: Greeting, setting: Setting, serial: int) -> str:
    """Return the name, without extension, of the sound that a number plays."""
    noise = "noise" if setting is Setting.NOISE else "plain"
    return f"{greeting.value}-{noise}-{serial % len(VOICES)}"


def amid_noise(voice: "array.array[int]", seed: int) -> "array.array[int]":
    """Return a voice (16 bits, ``RATE_HZ``) with the noise around it: its lag before, some seconds after.

    The noise is pinkish (each sample leans on the one before); the same seed gives the same samples.
    """
    source = random.Random(seed)  # noqa: S311 - noise, not a secret
    before = int(LAG_S[Setting.NOISE] * RATE_HZ)
    length = before + len(voice) + int(NOISE_AFTER_S * RATE_HZ)
    mixed, level = array.array("h"), 0.0
    lean = 0.8
    fresh = NOISE_LEVEL * (1 - lean * lean) ** 0.5
    for place in range(length):
        level = lean * level + source.gauss(0.0, fresh)
        spoken = voice[place - before] if before <= place < before + len(voice) else 0
        mixed.append(max(-32768, min(32767, round(level + spoken))))
    return mixed
