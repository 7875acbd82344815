import wave
from pathlib import Path

import pytest
from flow_texts import EVERY_KIND, changed

from ivr.errors import PromptError
from ivr.flow.library import FlowLibrary
from ivr.flow.load import load_flow
from ivr.ports import Utterance
from ivr.prompts.memory import SilentSpeaker
from ivr.prompts.store import PromptStore
from ivr.prompts.texts import utterance
from ivr.prompts.wav import seconds_of

FLOW = load_flow(EVERY_KIND)
WHO = {"company": "Acme", "callback_number": "+12025550100", "opt_out_number": "+12025550101"}
HELLO = utterance(FLOW, "hello", WHO, "en")


def names_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


class Breaking(SilentSpeaker):
    """Leaves half a file, and says so or not."""

    def __init__(self, fault: PromptError | None) -> None:
        super().__init__()
        self.fault = fault

    async def speak(self, text: str, language: str, target: Path) -> None:
        leave_half(target)
        if self.fault:
            raise self.fault


def leave_half(target: Path) -> None:
    target.write_bytes(b"RIFF half")


def wav(path: Path, seconds: float = 1.0, rate: int = 8000, channels: int = 1, width: int = 2) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(width)
        sound.setframerate(rate)
        sound.writeframes(bytes(int(seconds * rate) * channels * width))
    return path


async def test_every_prompt_is_made_once_and_then_found(tmp_path: Path) -> None:
    speaker = SilentSpeaker()
    store = PromptStore(tmp_path, speaker, seen_as="/prompts/")
    made = await store.render_all([FLOW], WHO, ["en", "es"])
    assert made == len(FLOW.prompts.names()) + 1  # Spanish has one text of its own, the rest falls back
    assert len(speaker.spoken) == made
    assert await store.render_all([FLOW], WHO, ["en", "es"]) == 0
    sound = store.sound(HELLO)
    assert sound.path.startswith("/prompts/")
    assert not sound.path.endswith(".wav")
    file = tmp_path / f"{sound.path.rpartition('/')[2]}.wav"
    assert sound.seconds == seconds_of(file) == pytest.approx(len(HELLO.text) * 0.05, abs=0.001)


async def test_another_run_finds_the_files_of_the_first(tmp_path: Path) -> None:
    await PromptStore(tmp_path, SilentSpeaker()).render_all([FLOW], WHO, ["en"])
    speaker = SilentSpeaker()
    later = PromptStore(tmp_path, speaker)
    assert await later.render_all([FLOW], WHO, ["en"]) == 0
    assert speaker.spoken == []
    assert later.sound(HELLO).seconds > 0


async def test_a_changed_text_company_or_voice_is_a_new_file(tmp_path: Path) -> None:
    store = PromptStore(tmp_path, SilentSpeaker())
    await store.render_all([FLOW], WHO, ["en"])
    assert await store.render_all([FLOW], {"company": "Zenith"}, ["en"]) == 1
    assert await store.render_all([load_flow(changed(("Goodbye.", "Farewell.")))], WHO, ["en"]) == 1
    assert await PromptStore(tmp_path, SilentSpeaker("other")).render_all([FLOW], WHO, ["en"]) == 10


async def test_what_was_not_made_is_not_found_and_never_spoken_on_the_call_path(tmp_path: Path) -> None:
    speaker = SilentSpeaker()
    store = PromptStore(tmp_path, speaker)
    with pytest.raises(PromptError, match=r"every-hello \(en\) was not made ahead"):
        store.sound(HELLO)
    await store.make([HELLO])
    assert store.sound(HELLO)
    with pytest.raises(PromptError, match="was not made ahead"):
        store.sound(Utterance("every-hello", "Hello from Zenith.", "en"))


async def test_a_recorded_file_goes_before_a_spoken_one_in_its_language_only(tmp_path: Path) -> None:
    wav(tmp_path / "recorded" / "en" / "every-hello.wav", seconds=3.5)
    speaker = SilentSpeaker()
    store = PromptStore(tmp_path / "out", speaker, "/prompts", tmp_path / "recorded")
    await store.render_all([FLOW], WHO, ["en", "es"])
    assert store.sound(HELLO).seconds == 3.5
    assert HELLO.text not in speaker.spoken
    assert "Hola de Acme." in speaker.spoken
    played = tmp_path / "out" / f"{store.sound(HELLO).path.rpartition('/')[2]}.wav"
    assert played.read_bytes() == (tmp_path / "recorded/en/every-hello.wav").read_bytes()


async def test_recorded_files_of_another_format_are_all_named(tmp_path: Path) -> None:
    recorded = tmp_path / "recorded"
    wav(recorded / "en" / "a.wav", rate=16000)
    wav(recorded / "en" / "b.wav", channels=2)
    wav(recorded / "en" / "c.wav", seconds=0)
    (recorded / "en" / "d.wav").write_text("RIFF nonsense")
    store = PromptStore(tmp_path / "out", SilentSpeaker(), recorded=recorded)
    with pytest.raises(PromptError) as caught:
        await store.make([])
    for name, problem in (("a", "16000 Hz"), ("b", "2, 16 bit"), ("c", "no sound"), ("d", "not a wav")):
        assert f"{name}.wav" in str(caught.value)
        assert problem in str(caught.value)


async def test_a_speaker_that_fails_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    store = PromptStore(tmp_path, Breaking(PromptError("the voice broke")))
    with pytest.raises(PromptError, match="the voice broke"):
        await store.make([HELLO])
    assert names_in(tmp_path) == []


async def test_a_speaker_that_lies_about_its_success_is_found_out(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match="not a wav file"):
        await PromptStore(tmp_path, Breaking(None)).make([HELLO])
    assert names_in(tmp_path) == []


async def test_a_damaged_file_of_an_earlier_run_is_spoken_anew(tmp_path: Path) -> None:
    first = PromptStore(tmp_path, SilentSpeaker())
    await first.make([HELLO])
    file = tmp_path / names_in(tmp_path)[0]
    file.write_bytes(file.read_bytes()[:30])
    assert await PromptStore(tmp_path, SilentSpeaker()).make([HELLO]) == 1
    assert seconds_of(file) > 0


async def test_messages_are_published_under_the_names_the_dialplan_knows(tmp_path: Path) -> None:
    messages = FlowLibrary.read().messages
    store = PromptStore(tmp_path, SilentSpeaker())
    with pytest.raises(PromptError, match="was not made ahead"):
        store.publish(messages, WHO, "en")
    await store.render_all([messages], WHO, ["en"])
    store.publish(messages, WHO, "en")
    for name in ("info", "away", "vote", "thanks"):
        assert (
            seconds_of(tmp_path / f"{name}.wav") == store.sound(utterance(messages, name, WHO, "en")).seconds
        )
    assert not [name for name in names_in(tmp_path) if name.startswith("part-")]


async def test_missing_variables_are_an_error_before_anything_is_spoken(tmp_path: Path) -> None:
    speaker = SilentSpeaker()
    with pytest.raises(PromptError, match="no value for company"):
        await PromptStore(tmp_path, speaker).render_all([FLOW], {}, ["en"])
    assert speaker.spoken == []


async def test_files_can_be_read_by_the_switch_s_user(tmp_path: Path) -> None:
    recorded = wav(tmp_path / "recorded" / "en" / "every-bye.wav")
    recorded.chmod(0o600)
    store = PromptStore(tmp_path / "out", SilentSpeaker(), recorded=tmp_path / "recorded")
    await store.render_all([FLOW], WHO, ["en"])
    assert {file.stat().st_mode & 0o044 for file in (tmp_path / "out").iterdir()} == {0o044}
