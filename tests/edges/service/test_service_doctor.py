"""The doctor: each part looked at as it is set up, and for each fault what to do."""

import os
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ivr.flow.library import FlowLibrary
from ivr.prompts.speaker import PROGRAMS
from service import latency
from service.doctor import machine, set_up
from service.doctor.asterisk_sounds import FALLBACKS, TONE, existing_sounds, installed_sounds
from service.doctor.examination import examine
from service.doctor.finding import Finding
from service.doctor.voices import voices as look_for_voices
from service.pbx.data_folder import DOCUMENTATION
from service.pbx.places import PRODUCT_CONF
from service.settings import Settings
from service.settings_file import parse_settings


@pytest.fixture
def port() -> Iterator[int]:
    """A port of loopback that nobody answers on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield probe.getsockname()[1]


@pytest.fixture
def voices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with stand-ins of the programs that speak, first on PATH."""
    folder = tmp_path / "speaks"
    folder.mkdir()
    for name in PROGRAMS:
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def settings(home: Path, port: int, text: str = "") -> Settings:
    """An existing Asterisk that does not run, with its secret."""
    (home / "secret").write_text("shh")
    (home / "secret").chmod(0o600)
    pbx = f'[pbx]\nmanaged = false\nami_secret_file = "secret"\nami_port = {port}\nagi_port = {free_port()}\n'
    pbx += "[http]\nport = 0\n"
    return parse_settings(text + pbx, home, {})


async def found(given: Settings) -> dict[str, Finding]:
    return {one.name: one for one in await examine(given)}


@pytest.mark.usefixtures("voices")
async def test_every_part_is_looked_at_and_every_fault_has_a_remedy(tmp_path: Path, port: int) -> None:
    findings = await found(settings(tmp_path, port))
    assert list(findings) == [
        "asterisk",
        "manager login",
        "agi port",
        "http port",
        "sounds",
        "voices",
        "cache",
        "trunks and phones",
        "sip",
        "callers",
        "database",
        "private files",
        "flows and templates",
        "rule packs",
        "clock",
        "time zones",
        "processor",
        "ready to call",
    ]
    bad = {name for name, one in findings.items() if not one.ok}
    assert bad == {"manager login", "ready to call"}
    assert all(one.remedy for one in findings.values() if not one.ok)
    assert f"127.0.0.1:{port}" in findings["manager login"].detail
    assert "start your Asterisk" in findings["manager login"].remedy
    assert "caller_id" in findings["ready to call"].detail


@pytest.mark.parametrize(
    ("limit", "managed", "says"),
    [
        (10, True, "the service and Asterisk may go before ordinary work"),
        (2, True, "in line with everything else: Asterisk; LimitRTPRIO=10 lets"),
        (0, True, "in line with everything else: the service and Asterisk; LimitRTPRIO=10 lets"),
        (2, False, "the service may go before ordinary work"),
        (1, False, "in line with everything else: the service; LimitRTPRIO=2 lets"),
    ],
)
async def test_who_may_go_before_ordinary_work(
    monkeypatch: pytest.MonkeyPatch, limit: int, managed: bool, says: str
) -> None:
    monkeypatch.setattr(latency, "may_go_first", lambda priority: priority <= limit)
    finding = await machine.processor(managed=managed)
    assert finding.ok
    assert finding.detail.startswith(says)


async def test_a_missing_secret_says_where_it_comes_from(tmp_path: Path) -> None:
    for managed, makes in (("true", "`dialer pbx`"), ("false", "`dialer existing DIR`")):
        findings = await found(parse_settings(f"[pbx]\nmanaged = {managed}\n", tmp_path, {}))
        assert not findings["manager secret"].ok
        assert f"run {makes}, whose first run makes the secret" in findings["manager secret"].remedy
        assert "manager login" not in findings


async def test_a_database_that_cannot_be_had_is_named_without_its_password(tmp_path: Path, port: int) -> None:
    (tmp_path / "folder.db").mkdir()
    given = settings(tmp_path, port, '[database]\nurl = "sqlite:///folder.db"\n')
    assert not (await found(given))["database"].ok


async def test_broken_flows_and_templates_are_named(tmp_path: Path, port: int) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "bad.toml").write_text('name = "bad"')
    finding = (await found(settings(tmp_path, port, 'flows = "flows"\n')))["flows and templates"]
    assert not finding.ok
    assert "bad.toml" in finding.detail


async def test_a_complete_company_is_ready_to_call(tmp_path: Path, port: int) -> None:
    text = """
    [company]
    name = "Acme"
    caller_id = "+12025550100"
    callback_number = "+12025550101"
    [[trunks]]
    name = "main"
    host = "sip.example"
    [[agents]]
    id = "a1"
    """
    finding = (await found(settings(tmp_path, port, text)))["ready to call"]
    assert (finding.ok, finding.detail) == (True, "1 trunk, 1 agent")


@pytest.mark.parametrize(
    ("region", "trunk", "ok", "told"),
    [
        ("", "", False, "for want of a country: main"),
        ("", "inbound = false", True, "calls come in by 0 trunks"),
        ("", 'country_code = "1"', True, "calls come in by 1 trunk"),
        ("US", "", True, "calls come in by 1 trunk"),
        ("US", 'number_format = "digits"', True, "until caller_id_format is set: main"),
        ("US", 'number_format = "digits"\ncaller_id_format = "digits"', True, "calls come in by 1 trunk"),
    ],
)
def test_whether_callers_can_be_read_is_told(
    tmp_path: Path, port: int, region: str, trunk: str, ok: bool, told: str
) -> None:
    text = f'[company]\nregion = "{region}"\n[[trunks]]\nname = "main"\nhost = "sip.example"\n{trunk}\n'
    finding = set_up.callers(settings(tmp_path, port, text))
    assert (finding.ok, bool(finding.remedy)) == (ok, not ok)
    assert told in finding.detail


@pytest.mark.parametrize("name", ["EARLIEST", "LATEST"])
async def test_a_clock_outside_its_time_is_a_fault(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert (await machine.clock(None)).ok
    year = {"EARLIEST": 9000, "LATEST": 2025}[name]
    monkeypatch.setattr(machine, name, getattr(machine, name).replace(year=year))
    finding = await machine.clock(None)
    assert (finding.ok, "synchronisation" in finding.remedy) == (False, True)


async def test_a_clock_before_the_last_stored_event_is_a_fault() -> None:
    now = datetime.now(UTC)
    assert (await machine.clock(now + timedelta(seconds=30))).ok  # a small correction
    finding = await machine.clock(now + timedelta(hours=3))
    assert (finding.ok, "before the last event in the database" in finding.detail) == (False, True)


@pytest.mark.parametrize(
    ("kept", "said"), [(True, "kept by time"), (False, "kept by nothing"), (None, "is not known here")]
)
async def test_whether_anything_keeps_the_clock_right_is_told(kept: bool | None, said: str) -> None:
    finding = await machine.clock(None, lambda: kept)
    assert (finding.ok, said in finding.detail) == (True, True)


async def test_a_sound_folder_that_cannot_be_written_is_a_fault(tmp_path: Path, port: int) -> None:
    (tmp_path / "sounds").write_text("a file, not a folder")
    given = parse_settings(
        f'[pbx]\nmanaged = false\nami_secret_file = "secret"\nami_port = {port}\nprompts = "sounds"\n',
        tmp_path,
        {"x": "y"},
    )
    (tmp_path / "secret").write_text("shh")
    finding = (await found(given))["sounds"]
    assert not finding.ok
    assert "sounds" in finding.detail


async def test_without_the_programs_that_speak_every_prompt_must_be_recorded(
    tmp_path: Path, port: int, voices: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(voices))
    given = settings(tmp_path, port, 'recorded = "said"\n')
    assert (await look_for_voices(given)).ok
    (voices / "sox").unlink()
    silent = await look_for_voices(given)
    assert not silent.ok
    assert silent.detail.startswith("not installed: sox; not recorded: en/")
    assert "`apt-get install espeak-ng sox`" in silent.remedy
    flows = FlowLibrary.read()
    for source in (*flows.flows(), flows.messages):
        for prompt in source.prompts.names():
            file = tmp_path / "said" / "en" / f"{source.name}-{prompt}.wav"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
    assert await look_for_voices(given) == Finding("voices", True, "every prompt is recorded")
    file.unlink()
    assert f"not recorded: en/{file.name}" in (await look_for_voices(given)).detail


async def test_an_asterisk_that_is_run_has_the_programs_that_speak_where_it_looks(
    tmp_path: Path, voices: Path, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = parse_settings(f'[pbx]\nasterisk = "{built}/sbin/asterisk"\n', tmp_path, {})
    assert (await look_for_voices(given)).ok
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("service.pbx.launch._PATH", "")
    assert (await look_for_voices(given)).detail.startswith("not installed: espeak-ng, sox; ")
    (built / "sbin/asterisk").unlink()
    assert not (await look_for_voices(given)).ok


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """What a build from source installs below its prefix when no sounds could be fetched."""
    prefix = tmp_path / "opt"
    for folder in ("sbin", "var/lib/asterisk/sounds", "var/lib/asterisk/moh"):
        (prefix / folder).mkdir(parents=True)
    documentation = prefix / "var/lib/asterisk" / DOCUMENTATION
    documentation.parent.mkdir()
    documentation.touch()
    (prefix / "sbin/asterisk").write_text("#!/bin/sh\necho Asterisk 22.10.1\n")
    (prefix / "sbin/asterisk").chmod(0o755)
    return prefix


async def test_an_asterisk_without_sounds_of_its_own_is_told(tmp_path: Path, built: Path) -> None:
    given = parse_settings(f'[pbx]\nasterisk = "{built}/sbin/asterisk"\n', tmp_path, {})
    data = built / "var/lib/asterisk"
    bare = await installed_sounds(given)
    assert not bare.ok
    for said in ("no sound beep", "no sound vm-press, vm-goodbye, tt-allbusy, tt-somethingwrong", "no music"):
        assert said in bare.detail
    for said in ("CORE-SOUNDS-EN-GSM", f"{data}/sounds/en", f"{data}/moh"):
        assert said in bare.remedy
    (data / "sounds/en").mkdir()
    for name in ("beep", "vm-press", "vm-goodbye", "tt-allbusy"):
        (data / f"sounds/en/{name}.gsm").touch()
    (data / "moh/waltz.wav").touch()
    bare = await installed_sounds(given)
    assert "no sound tt-somethingwrong in" in bare.detail
    (data / "sounds/tt-somethingwrong.wav").touch()
    assert (await installed_sounds(given)).ok


def test_the_sounds_that_are_looked_for_are_those_of_our_dialplan() -> None:
    dialplan = (PRODUCT_CONF / "extensions.conf").read_text()
    assert set(re.findall(r"\b((?:vm|tt)-[a-z]+)\b", dialplan)) == set(FALLBACKS)
    assert f"xfersound={TONE}" in (PRODUCT_CONF / "features.conf").read_text()


class ToldBy:
    """An existing Asterisk with its data in a folder and a tone of its own."""

    def __init__(self, data: Path, tone: str) -> None:
        self.data, self.tone = data, tone

    async def variable(self, name: str) -> str:
        assert name == "ASTDATADIR"
        return str(self.data)

    async def lines_of(self, file: str, section: str = "", kind: str = "") -> list[str] | None:
        assert (file, section) == ("features.conf", "general")
        return [f"xfersound={self.tone}"]


async def test_the_sounds_of_an_existing_asterisk_are_looked_at_where_they_can_be_seen(
    tmp_path: Path, built: Path
) -> None:
    data = built / "var/lib/asterisk"
    for name in FALLBACKS:
        (data / f"sounds/{name}.gsm").touch()
    bare = await existing_sounds(ToldBy(data, "own-tone"))
    assert bare.detail == f"agents hear no tone when a customer joins: no sound own-tone in {data}"
    (data / "sounds/own-tone.wav").touch()
    assert (await existing_sounds(ToldBy(data, "own-tone"))).ok
    away = await existing_sounds(ToldBy(tmp_path / "elsewhere", "beep"))
    assert (away.ok, "cannot be seen from here" in away.detail) == (True, True)
