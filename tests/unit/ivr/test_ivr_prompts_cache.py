"""Spoken sounds are kept for other directories and processes; a broken cache is done without."""

import asyncio
from pathlib import Path

import pytest

from ivr.ports import Utterance
from ivr.prompts.memory import SilentSpeaker
from ivr.prompts.store import PromptStore
from ivr.prompts.wav import seconds_of

HELLO = Utterance("x-hello", "Hello there.", "en")


def store(folder: Path, cache: Path, speaker: SilentSpeaker) -> PromptStore:
    return PromptStore(folder, speaker, cache=cache)


async def test_what_was_spoken_once_is_not_spoken_for_another_directory(tmp_path: Path) -> None:
    first, second = SilentSpeaker(), SilentSpeaker()
    assert await store(tmp_path / "one", tmp_path / "cache", first).make([HELLO]) == 1
    later = store(tmp_path / "two", tmp_path / "cache", second)
    assert await later.make([HELLO]) == 0
    assert (first.spoken, second.spoken) == ([HELLO.text], [])
    name = f"{later.sound(HELLO).path.rpartition('/')[2]}.wav"
    assert (tmp_path / "two" / name).read_bytes() == (tmp_path / "one" / name).read_bytes()


async def test_another_voice_is_another_sound(tmp_path: Path) -> None:
    await store(tmp_path / "one", tmp_path / "cache", SilentSpeaker()).make([HELLO])
    other = SilentSpeaker("other")
    assert await store(tmp_path / "two", tmp_path / "cache", other).make([HELLO]) == 1


@pytest.mark.parametrize("damage", [b"", b"RIFF half"])
async def test_a_damaged_file_of_the_cache_is_spoken_and_kept_anew(tmp_path: Path, damage: bytes) -> None:
    await store(tmp_path / "one", tmp_path / "cache", SilentSpeaker()).make([HELLO])
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_bytes(damage)
    speaker = SilentSpeaker()
    assert await store(tmp_path / "two", tmp_path / "cache", speaker).make([HELLO]) == 1
    assert seconds_of(kept) > 0


async def test_a_cache_that_cannot_be_written_costs_no_sound(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file, not a folder")
    made = store(tmp_path / "one", tmp_path / "cache", SilentSpeaker())
    assert await made.make([HELLO]) == 1
    assert made.sound(HELLO).seconds > 0


async def test_many_processes_at_once_leave_whole_files_and_nothing_else(tmp_path: Path) -> None:
    stores = [store(tmp_path / str(n), tmp_path / "cache", SilentSpeaker()) for n in range(8)]
    wanted = [Utterance("x", f"Sentence {n}.", "en") for n in range(5)]
    await asyncio.gather(*(each.make(wanted) for each in stores))
    for folder in [tmp_path / "cache", *(tmp_path / str(n) for n in range(8))]:
        files = list(folder.iterdir())
        assert len(files) == 5
        assert all(seconds_of(file) > 0 for file in files)
