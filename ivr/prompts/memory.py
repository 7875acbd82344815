"""In-memory twins of prompts: sounds without files, and a speaker that writes silence."""

import wave
from collections.abc import Iterable
from pathlib import Path

from ivr.errors import PromptError
from ivr.ports import Sound, Utterance
from ivr.prompts.wav import CHANNELS, RATE_HZ, SAMPLE_BYTES


class MemoryPrompts:
    """Every utterance has a sound of one length, called after its name; those in ``missing`` have none."""

    def __init__(self, seconds: float = 2.0, missing: Iterable[str] = ()) -> None:
        self._seconds = seconds
        self._missing = frozenset(missing)
        self.asked: list[Utterance] = []

    def sound(self, utterance: Utterance) -> Sound:
        """Return a sound whose path is ``<language>/<name>``."""
        self.asked.append(utterance)
        if utterance.name in self._missing:
            raise PromptError(f"prompt {utterance.name} was not made ahead")
        return Sound(f"{utterance.language}/{utterance.name}", self._seconds)


class SilentSpeaker:
    """Writes silence, 0.05 s for each letter, and remembers what it was asked to say."""

    def __init__(self, name: str = "silence") -> None:
        self._name = name
        self.spoken: list[str] = []

    def voice(self, language: str) -> str:
        """Have one voice for each language."""
        return f"{self._name}/{language}"

    async def speak(self, text: str, language: str, target: Path) -> None:
        """Write a silent wav file of our format."""
        self.spoken.append(text)
        with wave.open(str(target), "wb") as sound:
            sound.setnchannels(CHANNELS)
            sound.setsampwidth(SAMPLE_BYTES)
            sound.setframerate(RATE_HZ)
            sound.writeframes(bytes(int(len(text) * 0.05 * RATE_HZ) * SAMPLE_BYTES))
