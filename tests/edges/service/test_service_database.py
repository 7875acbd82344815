"""What the store says of a database is told with its file and its setting, whoever opens it."""

from pathlib import Path

import pytest
from command_line import typed

from service.app import open_service
from service.clock import SystemClock
from service.database import database_named
from service.serve import switch_of
from service.settings import Database, Settings
from service.settings_file import parse_settings
from store.errors import TooNew, Unavailable


async def test_a_start_on_what_is_no_database_names_file_and_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALER_AMI_SECRET", "shh")
    settings = parse_settings("http.port = 0\n", tmp_path, {})
    file = tmp_path / "var" / "dialer.db"
    file.parent.mkdir()
    file.write_bytes(b"no database, whatever it is" * 100)
    with pytest.raises(Unavailable) as refused:
        await open_service(settings, await switch_of(settings), SystemClock())
    told = str(refused.value)
    assert told.startswith(f"{file} (database.url, or DIALER_DATABASE_URL): ")
    assert "not a database" in told


def test_commands_without_the_service_name_them_too(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("")
    for command in (["explain", "1"], ["ledger", "verify"]):
        said = typed(*command, "--settings", str(tmp_path / "own.toml")).stderr
        assert f"{tmp_path}/var/dialer.db (database.url" in said


def test_an_address_with_a_password_is_not_repeated(tmp_path: Path) -> None:
    settings = Settings(database=Database(url="postgresql://me:hidden@127.0.0.1/x"), home=tmp_path)
    with pytest.raises(TooNew) as refused, database_named(settings):
        raise TooNew("newer")
    assert str(refused.value) == "postgresql (database.url, or DIALER_DATABASE_URL): newer"
