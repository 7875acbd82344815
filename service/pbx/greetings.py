"""Makes the greetings of the simulated network: spoken once on this machine, laid where its dialplan looks.

Knows a pair and the speech programs beside Asterisk. What is said, and by whom, is ``dialer.simulator``'s.
"""

import array
import asyncio
import wave
from pathlib import Path

from dialer.simulator.greetings import RATE_HZ, VOICES, WORDS, Greeting, Setting, amid_noise, file_name
from ivr.ports import Utterance
from ivr.prompts.speaker import Voice
from ivr.prompts.store import PromptStore
from service.pbx.pair import GREETINGS, Pair
from service.pbx.places import spoken_dir
from service.pbx.speech import speaker_beside


async def make_greetings(pair: Pair) -> None:
    """Make every greeting in every voice, plain and amid noise. Raises ``PromptError``.

    Takes some seconds when nothing was spoken on this machine before, else well under one.
    """
    folder = pair.network.directory / GREETINGS
    voices = {str(place): Voice(name) for place, name in enumerate(VOICES)}
    store = PromptStore(folder / "spoken", speaker_beside(pair.network, voices), cache=spoken_dir())
    said = {
        (greeting, place): Utterance(f"greeting-{greeting.name.lower()}-{place}", words, str(place))
        for greeting, words in WORDS.items()
        for place in range(len(VOICES))
    }
    await store.make(said.values())
    for (greeting, place), utterance in said.items():
        await asyncio.to_thread(_lay, folder, greeting, place, Path(store.sound(utterance).path))


def _lay(folder: Path, greeting: Greeting, place: int, spoken: Path) -> None:
    """Write one greeting plain and amid noise."""
    with wave.open(f"{spoken}.wav") as file:
        voice = array.array("h", file.readframes(file.getnframes()))
    noisy = amid_noise(voice, seed=place)
    for setting, samples in ((Setting.AT_ONCE, voice), (Setting.NOISE, noisy)):
        with wave.open(str(folder / f"{file_name(greeting, setting, place)}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes(samples.tobytes())
