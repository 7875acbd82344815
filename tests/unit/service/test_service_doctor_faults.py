"""What the doctor says about settings that cannot work: fault and remedy, no traceback and no secret."""

import socket
from pathlib import Path

from service.doctor import Finding, examine
from service.settings import AgentPart, Database, Pbx, Settings, TrunkPart


async def findings(settings: Settings) -> dict[str, Finding]:
    return {finding.name: finding for finding in await examine(settings)}


def existing(home: Path, **changes: object) -> Settings:
    """Settings for an Asterisk of one's own that is not there: its manager port refuses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (home / "secret").write_text("0123456789abcdef", encoding="utf-8")
    pbx = Pbx(managed=False, ami_port=port, ami_secret_file=Path("secret"))
    return Settings(pbx=pbx, home=home).model_copy(update=changes)


async def test_a_database_that_cannot_be_made_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    database = Database(url=f"sqlite:///{tmp_path}/file/dialer.db")
    found = (await findings(existing(tmp_path, database=database)))["database"]
    assert (found.ok, str(tmp_path / "file") in found.detail, found.remedy != "") == (False, True, True)


async def test_the_databases_password_is_not_shown(tmp_path: Path) -> None:
    database = Database(url="postgresql+nodriver://user:hidden@127.0.0.1/x")
    found = (await findings(existing(tmp_path, database=database)))["database"]
    assert not found.ok
    assert "hidden" not in found.detail + found.remedy


async def test_a_missing_password_of_a_trunk_or_a_phone_is_found(tmp_path: Path) -> None:
    trunk = TrunkPart(
        name="provider", host="192.0.2.1", username="4711", password_file=Path("no-such-password")
    )
    found = (await findings(existing(tmp_path, trunks=(trunk,))))["trunks and phones"]
    assert (found.ok, "no-such-password" in found.detail) == (False, True)
    agent = AgentPart(id="101", contact="sip:101@192.0.2.1")
    found = (await findings(existing(tmp_path, agents=(agent,))))["trunks and phones"]
    assert (found.ok, found.detail) == (True, "0 trunks, 1 phones can be written")


async def test_files_that_are_not_text_are_named(tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "own.toml").write_bytes(b"\xff\xfe")
    found = (await findings(existing(tmp_path, templates=templates)))["flows and templates"]
    assert (found.ok, "own.toml" in found.detail) == (False, True)


async def test_a_named_asterisk_that_is_none_is_not_answered_with_an_installation(tmp_path: Path) -> None:
    settings = Settings(pbx=Pbx(asterisk=Path("/bin/false")), home=tmp_path)
    assert (await findings(settings))[
        "asterisk"
    ].remedy == "correct pbx.asterisk, or leave it out to have one found"
