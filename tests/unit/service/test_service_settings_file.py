"""Settings files: which one is read, and as editors and accidents leave them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from service.errors import BadSettings
from service.settings_file import load_settings, parse_settings

NOTHING: Mapping[str, str] = {}


def test_which_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings(None, NOTHING).home == tmp_path  # no file: defaults, here
    for name in ("dialer.toml", "named.toml", "given.toml"):
        (tmp_path / name).write_text(f'[company]\nname = "{name}"')
    assert load_settings(None, NOTHING).company.name == "dialer.toml"
    environment = {"DIALER_SETTINGS": str(tmp_path / "named.toml")}
    assert load_settings(None, environment).company.name == "named.toml"
    assert load_settings(tmp_path / "given.toml", environment).company.name == "given.toml"


@pytest.mark.parametrize("how", ["given", "environment"])
def test_a_named_file_that_is_not_there_is_a_fault(tmp_path: Path, how: str) -> None:
    gone = tmp_path / "gone.toml"
    with pytest.raises(BadSettings, match=r"gone.toml: cannot be read"):
        load_settings(gone if how == "given" else None, {"DIALER_SETTINGS": str(gone)})


def test_a_file_that_is_not_text_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadSettings, match="cannot be read"):
        load_settings(tmp_path / "x.toml", NOTHING)


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


def test_what_is_no_toml_says_where() -> None:
    with pytest.raises(BadSettings, match=r"^file: .*line 2"):
        parse_settings("[company]\nname = Acme", Path("/srv"), NOTHING)
