"""What is private is closed from its first byte, and what an earlier version left open is closed."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from campaigns.private_files import make_private, make_private_file, open_to_world, private_writer


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """The mask that most machines have: what is made with no mode of its own is open to all."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_made_is_for_the_owner_alone(tmp_path: Path) -> None:
    make_private(tmp_path / "parent" / "lists")
    make_private_file(tmp_path / "store.db")
    with private_writer(tmp_path / "rejects.csv") as file:
        file.write(b"row")
    assert mode(tmp_path / "parent" / "lists") == 0o700
    assert mode(tmp_path / "store.db") == mode(tmp_path / "rejects.csv") == 0o600
    assert mode(tmp_path / "parent") == 0o755  # not ours to decide


def test_what_was_open_to_the_world_is_closed_and_keeps_its_content(tmp_path: Path) -> None:
    old, folder = tmp_path / "old.db", tmp_path / "old"
    old.write_text("customers")
    folder.mkdir()
    assert open_to_world(old)
    make_private_file(old)
    make_private(folder)
    assert (mode(old), mode(folder), old.read_text()) == (0o600, 0o700, "customers")
    assert not open_to_world(old)


def test_a_group_that_somebody_let_in_stays_in(tmp_path: Path) -> None:
    shared = tmp_path / "shared.db"
    shared.touch()
    shared.chmod(0o640)
    make_private_file(shared)
    assert mode(shared) == 0o640
    assert not open_to_world(shared)
    assert not open_to_world(tmp_path / "nowhere")


def test_a_file_where_a_directory_is_wanted_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "lists").touch()
    with pytest.raises(FileExistsError):
        make_private(tmp_path / "lists")
