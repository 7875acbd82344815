"""The sounds of an installation: made ahead of time, looked up in a call.

All files lie in one directory that the switch sees under its own name. A recorded file
(``<recorded>/<language>/<flow>-<prompt>.wav``) goes before a spoken one; spoken ones are kept by a hash
over text, language and voice, so a changed text is a new file and an unchanged one is spoken once.
"""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from ivr.errors import PromptError
from ivr.flow.model import Flow, Messages
from ivr.ports import Sound, Utterance
from ivr.prompts.speaker import Speaker
from ivr.prompts.texts import utterances
from ivr.prompts.wav import seconds_of


class PromptStore:
    """Makes sounds with a speaker and finds them again.

    ``directory`` is where files are written, ``seen_as`` how the switch calls that directory,
    ``recorded`` where recorded files are found, if there are any. ``cache`` keeps spoken files for other
    directories, and other processes at the same time; one that cannot be written is done without.
    """

    def __init__(
        self,
        directory: Path,
        speaker: Speaker,
        seen_as: str | None = None,
        recorded: Path | None = None,
        cache: Path | None = None,
    ) -> None:
        self._directory = directory
        self._speaker = speaker
        self._seen_as = (seen_as or str(directory)).rstrip("/")
        self._recorded_from = recorded
        self._cache = cache
        self._recorded: dict[tuple[str, str], Sound] = {}
        self._spoken: dict[str, Sound] = {}

    def sound(self, utterance: Utterance) -> Sound:
        """Return the sound of an utterance; raises ``PromptError`` when it was not made. No I/O."""
        recorded = self._recorded.get((utterance.language, utterance.name))
        if recorded is not None:
            return recorded
        try:
            return self._spoken[self._key(utterance)]
        except KeyError:
            raise PromptError(
                f"prompt {utterance.name} ({utterance.language}) was not made ahead: {utterance.text!r}"
            ) from None

    async def render_all(
        self, sources: Iterable[Flow | Messages], variables: Mapping[str, str], languages: Iterable[str]
    ) -> int:
        """Make every sound that these flows and messages can need; return how many were new.

        Raises ``PromptError`` when a variable has no value, a language no voice or a recorded file is
        wrong. A second call with the same arguments speaks nothing.
        """
        spoken_in = tuple(languages)
        wanted = [
            said
            for source in sources
            for language in spoken_in
            for _, said in utterances(source, variables, language)
        ]
        return await self.make(wanted)

    async def make(self, wanted: Iterable[Utterance]) -> int:
        """Make the sounds of these utterances; return how many were new. Errors as ``render_all``."""
        self._directory.mkdir(parents=True, exist_ok=True)
        self._take_recorded()
        made = 0
        for utterance in wanted:
            key = self._key(utterance)
            if (utterance.language, utterance.name) in self._recorded or key in self._spoken:
                continue
            target = self._directory / f"{key}.wav"
            if not _is_sound(target) and not self._from_cache(target):
                await self._speak(utterance, target)
                self._to_cache(target)
                made += 1
            self._spoken[key] = self._sound(target)
        return made

    def publish(self, messages: Messages, variables: Mapping[str, str], language: str) -> None:
        """Put each message also under its own name (``info.wav``), where the dialplan looks by itself.

        They must have been made before; raises ``PromptError`` otherwise.
        """
        for name, said in utterances(messages, variables, language):
            file = self._directory / f"{self.sound(said).path.rpartition('/')[2]}.wav"
            _copy(file, self._directory / f"{name}.wav")

    def _from_cache(self, target: Path) -> bool:
        """Take a sound that was spoken before; false when there is none that can be played."""
        if self._cache is None or not _is_sound(self._cache / target.name):
            return False
        _copy(self._cache / target.name, target)
        return True

    def _to_cache(self, target: Path) -> None:
        if self._cache is None:
            return
        with contextlib.suppress(OSError):  # no room, no right: the sound itself is made
            self._cache.mkdir(parents=True, exist_ok=True)
            _copy(target, self._cache / target.name)

    async def _speak(self, utterance: Utterance, target: Path) -> None:
        """Speak into a file of another name first: a reader sees the whole sound or none."""
        part = target.with_name(f"part-{os.getpid()}-{target.name}")
        try:
            await self._speaker.speak(utterance.text, utterance.language, part)
            seconds_of(part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)

    def _take_recorded(self) -> None:
        """Copy recorded files to where the switch can play them; all wrong ones are named at once."""
        if self._recorded_from is None:
            return
        wrong: list[str] = []
        for source in sorted(self._recorded_from.glob("*/*.wav")):
            try:
                seconds_of(source)
            except PromptError as fault:
                wrong.append(str(fault))
                continue
            name = f"rec-{hashlib.sha256(source.read_bytes()).hexdigest()[:24]}.wav"
            target = self._directory / name
            if not target.exists():
                _copy(source, target)
            self._recorded[source.parent.name, source.stem] = self._sound(target)
        if wrong:
            raise PromptError("; ".join(wrong))

    def _sound(self, file: Path) -> Sound:
        return Sound(f"{self._seen_as}/{file.stem}", seconds_of(file))

    def _key(self, utterance: Utterance) -> str:
        voice = self._speaker.voice(utterance.language)
        content = "\0".join((utterance.text, utterance.language, voice))
        return hashlib.sha256(content.encode()).hexdigest()[:24]


def _copy(source: Path, target: Path) -> None:
    """Copy under another name first: a reader sees the whole file or none."""
    part = target.with_name(f"part-{os.getpid()}-{target.name}")
    try:
        shutil.copyfile(source, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _is_sound(file: Path) -> bool:
    """Say whether a file of an earlier run can be used; a damaged one is spoken anew."""
    try:
        seconds_of(file)
    except PromptError:
        return False
    return True
