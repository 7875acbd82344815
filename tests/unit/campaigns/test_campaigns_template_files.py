"""Template files as editors and accidents leave them, and folders that are not there."""

from importlib.resources import files
from pathlib import Path

import pytest

from campaigns.errors import InvalidInput
from campaigns.templates import load_templates, parse_template

REVISIT = files("campaigns").joinpath("templates", "revisit.toml").read_text(encoding="utf-8")


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "revisit.toml").write_text(REVISIT, encoding="utf-8-sig")
    assert load_templates(tmp_path)["revisit"] == parse_template(REVISIT)


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput) as refusal:
        load_templates(tmp_path)
    assert [fault.place for fault in refusal.value.faults] == ["own.toml"]


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is no directory"):
        load_templates(tmp_path / "no-such-folder")


def test_nesting_without_end_is_a_fault_of_the_file() -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse_template("x = " + "[" * 5000 + "]" * 5000)
    assert [fault.place for fault in refusal.value.faults] == ["file"]
