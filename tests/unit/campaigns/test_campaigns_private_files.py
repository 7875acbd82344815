"""What is private is closed from its first byte, and what an earlier version left open is closed."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from campaigns.private_files import (
    make_private,
    make_private_file,
    open_to_world,
    private_replacement,
    private_writer,
)


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


def test_a_replacement_takes_the_place_of_what_a_link_names(tmp_path: Path) -> None:
    (tmp_path / "shares").mkdir()
    real, link = tmp_path / "shares" / "leads.csv", tmp_path / "leads.csv"
    real.write_text("earlier")
    link.symlink_to(real)
    with private_replacement(link) as file:
        file.write(b"new")
        assert real.read_text() == "earlier"
    assert (real.read_text(), mode(real), link.is_symlink()) == ("new", 0o600, True)


def test_a_replacement_that_fails_changes_nothing(tmp_path: Path) -> None:
    kept = tmp_path / "leads.csv"
    kept.write_text("earlier")
    with pytest.raises(TypeError), private_replacement(kept) as file:
        file.writelines([b"half", None])  # type: ignore[list-item]
    assert (kept.read_text(), list(tmp_path.iterdir())) == ("earlier", [kept])
