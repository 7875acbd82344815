"""What the doctor says about settings that cannot work: fault and remedy, no traceback and no secret."""

import asyncio
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.doctor.examination import examine
from service.doctor.finding import Finding
from service.doctor.set_up import asterisk, sip
from service.doctor.ways import RESTART, ways_of
from service.errors import CannotStart
from service.existing import write_for_existing
from service.pbx.installed import Installed
from service.serve import instance_of, shared_directories
from service.settings import AgentPart, Database, Pbx, Rules, Settings, TrunkPart
from store.opening import open_store
from store.schema import upgrade


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
    assert (found.ok, found.detail) == (True, "0 trunks, 1 phone can be written")


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


def everything(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


async def test_the_doctor_makes_nothing(tmp_path: Path) -> None:
    settings = existing(tmp_path)
    before = everything(tmp_path)
    found = await findings(settings)
    assert everything(tmp_path) == before
    assert (found["database"].ok, "first start" in found["database"].detail) == (True, True)
    assert (found["sounds"].ok, "first start" in found["sounds"].detail) == (True, True)


async def test_an_older_database_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/dialer.db"
    settings = existing(tmp_path, database=Database(url=url))
    await upgrade(url)
    assert (await findings(settings))["database"].detail == "sqlite, schema up to date, 0 campaigns"
    for version, ok, said in (("0001", True, "of an older version"), ("9999", False, "newer version")):
        with sqlite3.connect(tmp_path / "dialer.db") as connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", [version])
        connection.close()
        found = (await findings(settings))["database"]
        assert (found.ok, said in found.detail) == (ok, True)
    assert "newer one" in found.remedy


async def test_what_other_users_may_read_is_named(tmp_path: Path) -> None:
    settings = existing(tmp_path, database=Database(url=f"sqlite:///{tmp_path}/dialer.db"))
    secret, database = tmp_path / "secret", tmp_path / "dialer.db"
    secret.chmod(0o600)
    assert (await findings(settings))["private files"].ok
    secret.chmod(0o604)
    database.touch()
    database.chmod(0o644)
    found = (await findings(settings))["private files"]
    assert not found.ok
    assert str(secret) in found.detail
    assert f"chmod o= {database} {secret}" in found.remedy


async def test_every_missing_secret_is_told_at_once(tmp_path: Path) -> None:
    trunks = tuple(
        TrunkPart(name=name, host="192.0.2.1", username="4711", password_file=Path(f"no-{name}"))
        for name in ("one", "two")
    )
    agents = (AgentPart(id="101", password_file=Path("no-101")), AgentPart(id="102"))
    settings = existing(tmp_path, trunks=trunks, agents=agents)
    (tmp_path / "secret").unlink()
    found = await findings(settings)
    assert not found["manager secret"].ok
    assert "manager login" not in found
    named = found["trunks and phones"]
    assert not named.ok
    for told in ("no-one", "no-two", "no-101", "agents.1: needs a password"):
        assert told in named.detail
    assert str(tmp_path / "secret") not in named.detail  # told once, above
    assert {"agi port", "sounds"} <= found.keys()


async def test_where_sip_listens_is_told_and_what_it_can_not_reach(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("0123456789abcdef", encoding="utf-8")
    trunk = TrunkPart(name="provider", host="sip.provider.example")

    def looked(host: str | None, *trunks: TrunkPart) -> Finding:
        given = {"ami_secret_file": Path("secret")} | ({} if host is None else {"sip_host": host})
        return sip(Settings(pbx=Pbx.model_validate(given), trunks=trunks, home=tmp_path))

    usual = looked(None)
    assert (usual.ok, "127.0.0.1:5060, this machine only" in usual.detail) == (True, True)
    cut_off = looked(None, trunk)
    assert (cut_off.ok, "provider" in cut_off.detail, "pbx.sip_host" in cut_off.remedy) == (False, True, True)
    assert "every address" in looked("0.0.0.0", trunk).detail
    strange = looked("203.0.113.10", trunk)
    assert (strange.ok, "cannot listen on 203.0.113.10:5060" in strange.detail) == (False, True)
    assert "an address of this machine" in strange.remedy
    settings = Settings(pbx=Pbx(sip_host="203.0.113.10"), trunks=(trunk,), home=tmp_path)
    own = sip(settings, lambda *_: "")
    assert (own.ok, "the network of that address" in own.detail) == (True, True)
    assert "pjsip.conf" in (await findings(existing(tmp_path)))["sip"].detail


async def test_an_asterisk_that_could_not_reach_its_trunks_is_not_started(tmp_path: Path) -> None:
    trunk = TrunkPart(name="provider", host="192.0.2.1")
    with pytest.raises(CannotStart, match=r"sip_host is 127\.0\.0\.1.*out of reach: provider"):
        instance_of(Settings(trunks=(trunk,), home=tmp_path), Installed(Path("/bin/false"), "22.0.0"))
    given = Settings(trunks=(trunk,), pbx=Pbx(sip_host="192.0.2.10"), home=tmp_path)
    instance_of(given, Installed(Path("/bin/false"), "22.0.0"))


async def test_packs_and_trades_that_nobody_knows_are_a_fault(tmp_path: Path) -> None:
    assert (await findings(existing(tmp_path)))["rule packs"].ok
    rules = Rules(packs=("nix",), trades=("foo",))
    found = (await findings(existing(tmp_path, rules=rules)))["rule packs"]
    assert (found.ok, "'nix'" in found.detail, "foo" in found.detail) == (False, True, True)
    assert "rules.packs, rules.trades" in found.remedy


async def test_a_damaged_database_is_put_aside_as_told_and_a_new_one_can_be_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/dialer.db"
    settings = existing(tmp_path, database=Database(url=url))
    (tmp_path / "dialer.db").write_bytes(b"no database, whatever it is" * 100)
    found = (await findings(settings))["database"]
    assert (found.ok, "damaged" in found.remedy) == (False, True)
    (command,) = re.findall(r"`(mv [^`]+)`", found.remedy)
    await asyncio.to_thread(subprocess.run, command.split(), check=True)
    assert (await findings(settings))["database"].ok


async def test_a_full_disk_is_no_damaged_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path}/dialer.db"
    settings = existing(tmp_path, database=Database(url=url))
    real = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: real._replace(free=40_000))
    for there in (False, True):
        if there:
            await upgrade(url)
        found = (await findings(settings))["database"]
        assert (found.ok, "0.0 MB are free in" in found.detail) == (False, True)
        assert "leave it there" in found.remedy
        assert "mv " not in found.remedy


async def test_who_locks_the_database_is_named(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/dialer.db"
    settings = existing(tmp_path, database=Database(url=url))
    await upgrade(url)
    assert (await findings(settings))["database"].ok
    hold = (
        "import sqlite3, sys; held = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "held.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.read()"
    )
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", hold, str(tmp_path / "dialer.db"), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    try:
        await holder.stdout.readline()
        found = (await findings(settings))["database"]
    finally:
        await holder.communicate(b"")
    assert (found.ok, f"({holder.pid}) for more than 3 s" in found.detail) == (False, True)
    assert (await findings(settings))["database"].ok


async def test_the_clock_is_held_to_the_last_event_in_the_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/dialer.db"
    settings = existing(tmp_path, database=Database(url=url))
    store = await open_store(url)  # its ledger begins with an entry of now
    await store.close()
    assert (await findings(settings))["clock"].ok
    late = datetime.now(UTC) + timedelta(days=1)
    with sqlite3.connect(tmp_path / "dialer.db") as connection:
        ((body,),) = connection.execute("SELECT body FROM ledger").fetchall()
        told = json.loads(body) | {"at": late.isoformat()}
        connection.execute("DROP TRIGGER IF EXISTS ledger_no_update")
        connection.execute("UPDATE ledger SET body = ?", [json.dumps(told)])
    connection.close()
    found = (await findings(settings))["clock"]
    assert (found.ok, "before the last event in the database" in found.detail) == (False, True)


async def test_votes_open_to_all_are_closed_without_shutting_asterisk_out(tmp_path: Path) -> None:
    settings = existing(tmp_path)
    write_for_existing(settings, tmp_path / "out")
    (tmp_path / "secret").chmod(0o600)
    assert (await findings(settings))["private files"].ok  # as `dialer existing` makes it
    votes = shared_directories(settings)[1]
    assert votes.stat().st_mode & 0o7777 == 0o2770
    votes.chmod(0o755)
    found = (await findings(settings))["private files"]
    assert not found.ok
    assert "chmod o=" not in found.remedy
    assert f"chmod 2770 {votes} after chgrp asterisk" in found.remedy


async def test_a_cache_that_cannot_be_made_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DIALER_CACHE", str(tmp_path / "file" / "cache"))
    found = (await findings(existing(tmp_path)))["cache"]
    assert (found.ok, "DIALER_CACHE" in found.remedy) == (False, True)
    monkeypatch.setenv("DIALER_CACHE", str(tmp_path / "cache"))
    assert (await findings(existing(tmp_path)))["cache"].ok
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("root", "programs", "ok", "said"),
    [
        (True, ["mmdebstrap"], True, "the first start unpacks Debian's"),
        (True, ["apt-get"], True, "the first start unpacks Debian's"),
        (True, [], False, "without apt no way"),
        (False, ["mmdebstrap"], False, "this is not root"),
    ],
)
async def test_what_would_be_unpacked_is_told_and_nothing_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: bool, programs: list[str], ok: bool, said: str
) -> None:
    (tmp_path / "bin").mkdir()
    for program in programs:
        (tmp_path / "bin" / program).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / "bin" / program).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr("service.pbx.installed.SBIN", str(tmp_path / "bin"))
    monkeypatch.setenv("DIALER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)
    found = await asterisk(Settings(home=tmp_path))
    assert (found.ok, said in found.detail) == (ok, True)
    assert "passed over" not in found.detail
    (tmp_path / "bin" / "asterisk").write_text("#!/bin/sh\necho Asterisk 16.28.0\n")
    (tmp_path / "bin" / "asterisk").chmod(0o755)
    old = await asterisk(Settings(home=tmp_path))
    passed_over = f"passed over {tmp_path}/bin/asterisk: Asterisk 16.28.0 is too old, 18 or newer is needed"
    assert (old.ok, passed_over in old.detail, said in old.detail) == (ok, True, True)
    assert old.remedy == found.remedy
    if not root:
        assert found.remedy.startswith("run it as root, install an Asterisk of version 18")
    assert not (tmp_path / "cache").exists()


def test_remedies_are_those_of_the_asterisk_at_hand(tmp_path: Path) -> None:
    managed = ways_of(Settings(home=tmp_path))
    assert "`dialer pbx`" in managed.start + managed.secret + managed.renew("manager.conf", "manager reload")
    theirs = Settings(pbx=Pbx(managed=False, ami_port=5039), home=tmp_path)
    existing_one = ways_of(theirs)
    assert not existing_one.files_are_ours
    assert "port=5039" in existing_one.start
    assert "dialer pbx" not in existing_one.start
    assert "DIR/dialer-manager.conf" in existing_one.renew("manager.conf", "manager reload")
    anew = existing_one.renew("pjsip.conf", RESTART)
    assert anew.index("every agent log out") < anew.index("core restart when convenient")
    (theirs.path(theirs.pbx.directory) / "etc" / "generated").mkdir(parents=True)
    container = ways_of(theirs)
    assert container.files_are_ours
    assert "docker compose restart asterisk" in container.renew("manager.conf", "manager reload")
