"""Turns text into a sound file by a speech program. Slow (tens of milliseconds): never on the call path.

Knows voices and programs. Must not know flows, prompts' names or where finished sounds lie.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ivr.errors import NotInstalled, PromptError
from ivr.prompts.wav import RATE_HZ, seconds_of

Run = Callable[[Sequence[str]], Awaitable[object]]
"""Runs a program to its end; raises when it fails. What it returns is not looked at."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice of espeak-ng and its speed. Below espeak's own 175 words a minute suits a telephone."""

    name: str
    words_per_minute: int = 150


VOICES: Mapping[str, Voice] = {
    "ar": Voice("ar"),
    "de": Voice("de"),
    "en": Voice("en-us"),
    "en-GB": Voice("en-gb"),
    "es": Voice("es"),
    "fr": Voice("fr"),
    "hi": Voice("hi"),
    "it": Voice("it"),
    "ko": Voice("ko"),
    "nl": Voice("nl"),
    "pl": Voice("pl"),
    "pt": Voice("pt"),
    "pt-BR": Voice("pt-br"),
    "ru": Voice("ru"),
    "sv": Voice("sv"),
    "tr": Voice("tr"),
    "vi": Voice("vi"),
    "yue": Voice("yue", 230),
    "zh": Voice("cmn", 230),  # it counts each syllable as a word
}
"""The voice for each language of prompts."""

PROGRAM_S = 30.0

PROGRAMS = ("espeak-ng", "sox")
"""What speaks, and what brings it to our format."""

HOW_TO_HAVE_THEM = (
    f"prompts that are not recorded are spoken by {' and '.join(PROGRAMS)}: install both "
    f"(Debian: `apt-get install {' '.join(PROGRAMS)}`)"
)
"""What to do where one of them is missing."""


class Speaker(Protocol):
    """A voice, or a set of them."""

    def voice(self, language: str) -> str:
        """Name the voice for a language, so that another voice gives another file.

        Raises ``PromptError`` when there is none.
        """

    async def speak(self, text: str, language: str, target: Path) -> None:
        """Write ``text`` as a wav file of our format; raises ``PromptError`` when that fails."""


async def run_program(argv: Sequence[str]) -> None:
    """Run a program found on PATH; raises ``NotInstalled``, or ``PromptError`` with the end of its stderr."""
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
    except FileNotFoundError:
        raise NotInstalled(f"{argv[0]} is not installed") from None
    except OSError as fault:
        raise PromptError(f"cannot run {argv[0]}: {fault}") from fault
    try:
        _, complaint = await asyncio.wait_for(process.communicate(), PROGRAM_S)
    except TimeoutError:
        raise PromptError(f"{argv[0]} did not end in {PROGRAM_S:g} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        text = complaint.decode(errors="replace").strip()[-300:]
        raise PromptError(f"{argv[0]} ended with {process.returncode}: {text}")


class EspeakSpeaker:
    """Speaks with espeak-ng and brings the result to our format with sox.

    ``run`` runs a program where the switch lives (in its tree, or here) and raises ``NotInstalled`` where
    there is none of that name, ``inside`` says how a path of ours is called there.
    """

    def __init__(
        self,
        run: Run = run_program,
        inside: Callable[[Path], str] = str,
        voices: Mapping[str, Voice] = VOICES,
    ) -> None:
        self._run = run
        self._inside = inside
        self._voices = voices

    def voice(self, language: str) -> str:
        """Name the voice and its speed; raises ``PromptError`` when espeak-ng has none for the language."""
        voice = self._voice(language)
        return f"espeak-ng/{voice.name}/{voice.words_per_minute}"

    async def speak(self, text: str, language: str, target: Path) -> None:
        """Write ``text`` as a wav file; raises ``PromptError`` when a program fails or writes nonsense."""
        voice = self._voice(language)
        words, raw = target.with_suffix(".txt"), target.with_suffix(".raw.wav")
        try:
            # By file: a text may begin with a dash, and no text belongs into a command line.
            words.write_text(text, encoding="utf-8")
            await self._program(
                "espeak-ng", "-b", "1", "-v", voice.name, "-s", str(voice.words_per_minute),
                "-f", self._inside(words), "-w", self._inside(raw),
            )  # fmt: skip
            await self._program(
                "sox", self._inside(raw), "-r", str(RATE_HZ), "-c", "1", "-b", "16", "-e", "signed-integer",
                self._inside(target), "gain", "-n", "-3",
            )  # fmt: skip
            seconds_of(target)
        finally:
            words.unlink(missing_ok=True)
            raw.unlink(missing_ok=True)

    def _voice(self, language: str) -> Voice:
        for candidate in (language, language.partition("-")[0]):
            if candidate in self._voices:
                return self._voices[candidate]
        raise PromptError(f"no voice for language {language!r}; there are {', '.join(sorted(self._voices))}")

    async def _program(self, *argv: str) -> None:
        try:
            await self._run(argv)
        except NotInstalled as fault:
            raise PromptError(f"{fault}; {HOW_TO_HAVE_THEM}") from None
        except PromptError:
            raise
        except Exception as fault:  # whatever runs programs for us has errors of its own
            raise PromptError(f"{argv[0]} failed: {fault}") from fault
