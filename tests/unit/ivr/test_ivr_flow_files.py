"""Flow files as editors and accidents leave them, and folders that are not there."""

import re
import tomllib
from pathlib import Path

import pytest

from ivr.errors import FlowFaults
from ivr.flow.library import SHIPPED, FlowLibrary, check_file


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "hotline.toml"
    file.write_text((SHIPPED / "hotline.toml").read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert check_file(file) == []


def test_nesting_without_end_is_a_fault_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "deep.toml"
    file.write_text("x = " + "[" * 5000 + "]" * 5000, encoding="utf-8")
    assert [fault.place for fault in check_file(file)] == ["file"]


def test_a_folder_of_ones_own_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(FlowFaults, match="no-such-folder: is no directory"):
        FlowLibrary.read(tmp_path / "no-such-folder")


def test_the_shipped_hotline_neither_claims_nor_offers_opening_hours() -> None:
    text = (SHIPPED / "hotline.toml").read_text(encoding="utf-8")
    prompts = tomllib.loads(text)["prompts"]
    assert set(prompts) == {"en", "es", "zh"}
    for language, said in prompts.items():
        assert not re.search("2|open day|every day|todos los días|小时", said["menu"] + said["hours"]), (
            language
        )
        assert "1" in said["hours"], language  # whom to ask
