"""How a text becomes a sound: the command lines, the voices, and what a failing program leaves."""

import wave
from collections.abc import Sequence
from pathlib import Path

import pytest

from ivr.errors import NotInstalled, PromptError
from ivr.flow.library import FlowLibrary
from ivr.prompts.speaker import EspeakSpeaker, Voice


def names_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


class FakePrograms:
    """espeak-ng and sox as far as their command lines go: keeps them, and writes a sound where told."""

    def __init__(self, root: Path, fails: str = "") -> None:
        self.root = root
        self.fails = fails
        self.ran: list[list[str]] = []
        self.words = ""

    def inside(self, path: Path) -> str:
        return "/inside/" + path.name

    async def run(self, argv: Sequence[str]) -> None:
        self.ran.append(list(argv))
        if argv[0] == self.fails:
            raise OSError("no such program")
        if argv[0] == "espeak-ng":
            self.words = (self.root / Path(argv[argv.index("-f") + 1]).name).read_text()
            target, rate = argv[argv.index("-w") + 1], 22050
        else:
            target, rate = argv[argv.index("gain") - 1], int(argv[argv.index("-r") + 1])
        with wave.open(str(self.root / Path(target).name), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(rate)
            sound.writeframes(bytes(rate))


async def test_a_text_goes_by_file_through_espeak_and_sox_in_paths_of_the_switch(tmp_path: Path) -> None:
    programs = FakePrograms(tmp_path)
    speaker = EspeakSpeaker(programs.run, programs.inside)
    await speaker.speak("-v évil; rm $(x)", "es-MX", tmp_path / "a.wav")
    assert programs.words == "-v évil; rm $(x)"
    espeak, sox = programs.ran
    assert espeak[:5] == ["espeak-ng", "-b", "1", "-v", "es"]
    assert espeak[-4:] == ["-f", "/inside/a.txt", "-w", "/inside/a.raw.wav"]
    assert sox[1] == "/inside/a.raw.wav"
    assert "/inside/a.wav" in sox
    assert names_in(tmp_path) == ["a.wav"]


@pytest.mark.parametrize("program", ["espeak-ng", "sox"])
async def test_a_program_that_fails_is_a_prompt_error_and_leaves_no_files(
    tmp_path: Path, program: str
) -> None:
    programs = FakePrograms(tmp_path, fails=program)
    with pytest.raises(PromptError, match=f"{program} failed: no such program"):
        await EspeakSpeaker(programs.run, programs.inside).speak("Hello", "en", tmp_path / "a.wav")
    assert names_in(tmp_path) == []


async def test_a_program_that_is_not_there_is_told_with_what_to_install(tmp_path: Path) -> None:
    async def run(argv: Sequence[str]) -> None:
        raise NotInstalled(f"{argv[0]} is not installed")

    with pytest.raises(PromptError, match=r"espeak-ng is not installed; .* `apt-get install espeak-ng sox`"):
        await EspeakSpeaker(run).speak("Hello", "en", tmp_path / "a.wav")


def test_a_language_without_a_voice_is_an_error() -> None:
    with pytest.raises(PromptError, match="no voice for language 'tlh'"):
        EspeakSpeaker().voice("tlh")


def test_the_voice_names_what_changes_the_sound() -> None:
    voices = {
        EspeakSpeaker().voice("en"),
        EspeakSpeaker().voice("en-GB"),
        EspeakSpeaker().voice("zh-TW"),
        EspeakSpeaker(voices={"en": Voice("en-us", 120)}).voice("en"),
    }
    assert len(voices) == 4


def test_every_language_of_a_shipped_flow_has_a_voice() -> None:
    library = FlowLibrary.read()
    languages = {code for flow in (*library.flows(), library.messages) for code in flow.prompts.texts}
    assert languages >= {"en", "es", "zh"}
    for language in languages:
        assert EspeakSpeaker().voice(language)
