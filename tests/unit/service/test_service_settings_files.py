"""Settings files as editors and accidents leave them."""

from pathlib import Path

import pytest

from service.errors import BadSettings
from service.settings import load_settings


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "dialer.toml"
    file.write_text('[company]\nname = "Northside"\n', encoding="utf-8-sig")
    assert load_settings(file).company.name == "Northside"


def test_nesting_without_end_is_a_fault_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "dialer.toml"
    file.write_text("x = " + "[" * 5000 + "]" * 5000, encoding="utf-8")
    with pytest.raises(BadSettings) as refusal:
        load_settings(file)
    assert [fault.place for fault in refusal.value.faults] == ["file"]
