"""The doctor on a real Asterisk that lacks something: each lack is a fault, and its remedy mends it."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from own_settings import own_settings
from scene import until

from service.doctor.finding import Finding
from service.doctor.switch import look
from service.pbx.existing import files_for_existing
from service.pbx.instance import Instance
from service.pbx.ours import dialplan_globals, install_offline
from service.pbx.places import PRODUCT_CONF
from service.pbx.ports import lease_ports
from service.pbx.provision import generated_files
from service.pbx.site import Globals
from service.pbx.source import Source
from service.pbx.workdir import workdir
from service.serve import site_of
from service.settings import Settings

pytestmark = pytest.mark.asterisk

LINES = """\
[[trunks]]
name = "carrier"
host = "127.0.0.1"
port = {stub}
inbound = false
[[agents]]
id = "desk"
contact = "sip:desk@127.0.0.1:{stub}"
"""
THEIRS = """
[{trunk}](!)
type=endpoint
context=from-pstn
direct_media=yes
[{agent}](!)
type=endpoint
context=internal
"""
"""Templates of somebody's own."""

WHOLE = {
    "manager login",
    "manager rights",
    "dialplan",
    "modules",
    "asterisk's files",
    "asterisk's sounds",
    "endpoints",
    "trunks",
    "phones",
    "asterisk's clock",
}


@dataclass(slots=True)
class Patient:
    """An Asterisk whose files a test may change, and the settings it is examined by."""

    instance: Instance
    settings: Settings
    etc: Path

    async def looked(self) -> dict[str, Finding]:
        return {one.name: one for one in await look(self.settings)}

    async def faults(self) -> dict[str, Finding]:
        return {name: one for name, one in (await self.looked()).items() if not one.ok}

    def change(self, file: str, old: str, new: str) -> None:
        path = self.etc / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


@asynccontextmanager
async def laid(source: Source, conf: Path = PRODUCT_CONF) -> AsyncIterator[Patient]:
    """Lay an Asterisk out and start it with our files."""
    with workdir() as home, lease_ports(2) as lease:
        ports = lease.ports
        settings = own_settings(ports, home, LINES)
        pbx = home / "pbx"
        told = dialplan_globals(source.seen(pbx), f"127.0.0.1:{ports.agi}")
        seen_as = {"prompts_seen_as": told.prompts}
        settings = settings.model_copy(update={"pbx": settings.pbx.model_copy(update=seen_as)})
        install_offline(pbx / "agi")
        generated = generated_files(site_of(settings, told))
        instance = Instance(source, pbx, conf, generated, fenced=True)
        await instance.start(60)
        try:
            yield Patient(instance, settings, pbx / "etc")
        finally:
            await instance.stop()


async def test_a_whole_asterisk_has_no_fault_and_each_lack_is_one(asterisk_source: Source) -> None:
    async with laid(asterisk_source) as patient:
        looked = await patient.looked()
        assert set(looked) == WHOLE
        assert [one for one in looked.values() if not one.ok] == []
        await rights_that_lack(patient)
        await a_dialplan_that_lacks(patient)
        await files_that_lack(patient)
        await a_module_that_lacks(patient)


async def rights_that_lack(patient: Patient) -> None:
    lacks = {
        "write=call,originate,system,reporting": {
            "write=call,system,reporting": "may not send Originate",
            "write=call,originate,reporting": "may not send DBDel",
        },
        "read=call,system": {
            "read=system": "hears no events of calls",
            "read=call": "hears nothing of the system",
        },
        "timestampevents=yes": {"timestampevents=no": "do not tell when they were"},
    }
    for right, wrongs in lacks.items():
        for wrong, said in wrongs.items():
            patient.change("manager.conf", right, wrong)
            await patient.instance.command("manager reload")
            (finding,) = (await patient.faults()).values()
            assert said in finding.detail
            assert "read=call,system and write=call,originate,system,reporting" in finding.remedy
            assert "manager reload" in finding.remedy
            patient.change("manager.conf", wrong, right)
            await patient.instance.command("manager reload")
            assert await patient.faults() == {}


async def a_dialplan_that_lacks(patient: Patient) -> None:
    other = patient.settings.pbx.model_copy(update={"agi_port": 4999})
    moved = Patient(patient.instance, patient.settings.model_copy(update={"pbx": other}), patient.etc)
    (finding,) = (await moved.faults()).values()
    assert finding.name == "dialplan"
    assert "by the settings agi://127.0.0.1:4999" in finding.detail
    patient.change("extensions.conf", "[dialer-agent-hold]", "[dialer-agent-held]")
    await patient.instance.command("dialplan reload")
    (finding,) = (await patient.faults()).values()
    assert (finding.name, finding.detail) == ("dialplan", "not in this Asterisk: dialer-agent-hold")
    patient.change("extensions.conf", "[dialer-agent-held]", "[dialer-agent-hold]")
    patient.change("extensions.conf", " same => n,Wait(0.1)", "; same => n,Wait(0.1)")
    await patient.instance.command("dialplan reload")
    (finding,) = (await patient.faults()).values()
    assert finding.detail == "another version's, or changed: dialer-agent-hold"
    patient.change("extensions.conf", "; same => n,Wait(0.1)", " same => n,Wait(0.1)")
    await patient.instance.command("dialplan reload")
    assert await patient.faults() == {}


async def files_that_lack(patient: Patient) -> None:
    """Asterisk tells what its files say now; whether it was restarted since is the remedy's last word."""
    names = ("amd.conf", "pjsip.conf", "asterisk.conf", "features.conf")
    whole = {name: (patient.etc / name).read_text() for name in names}
    (patient.etc / "amd.conf").unlink()
    for file, line in (
        ("pjsip.conf", "timer_b=8000"),
        ("pjsip.conf", "endpoint_identifier_order=username,auth_username,ip,anonymous"),
        ("asterisk.conf", "transmit_silence = yes"),
        ("features.conf", "xfersound=beep"),
    ):
        patient.change(file, line, f";{line}")
    (finding,) = (await patient.faults()).values()
    assert finding.name == "asterisk's files"
    for said in ("timer_b", "endpoint_identifier_order", "transmit_silence", "xfersound", "amd.conf"):
        assert said in finding.detail
        assert said in finding.remedy
    assert "timer_t1" not in finding.detail
    assert "transport" not in finding.detail
    for name, text in whole.items():
        (patient.etc / name).write_text(text)
    patient.change("generated/pjsip.conf", "type = transport", "type = none")
    (finding,) = (await patient.faults()).values()
    assert "no transport" in finding.detail
    assert "a section of type=transport, protocol=udp" in finding.remedy
    patient.change("generated/pjsip.conf", "type = none", "type = transport")
    assert await patient.faults() == {}


async def a_module_that_lacks(patient: Patient) -> None:
    await patient.instance.command("module unload app_amd.so")
    (finding,) = (await patient.faults()).values()
    assert (finding.name, finding.detail) == ("modules", "not loaded: app_amd.so")
    assert '`asterisk -rx "module load app_amd.so"`' in finding.remedy
    assert "`make menuselect`" in finding.remedy
    await patient.instance.command("module load app_amd.so")
    assert await patient.faults() == {}


@pytest.fixture
def bare_conf(tmp_path: Path) -> Path:
    """Somebody's own Asterisk: up, with the manager we need and nothing else of ours.

    It has templates, contexts and globals of its own under the names that come to mind first.
    """
    conf = tmp_path / "conf"
    shutil.copytree(PRODUCT_CONF, conf)
    names = ("outbound", "hotline", "talk", "after", "info", "ended")
    contexts = "".join(f"[{name}]\nexten => s,1,Hangup()\nexten => _X.,1,Hangup()\n" for name in names)
    (conf / "extensions.conf").write_text(f"[general]\n[globals]\nSVC=theirs\nPROMPTS=theirs\n{contexts}")
    own = (conf / "pjsip.conf").read_text().split("; A trunk to the public network")[0]
    transport = own.replace(
        "[global]", "[own-udp]\ntype=transport\nprotocol=udp\nbind=127.0.0.1:0\n\n[global]", 1
    )
    (conf / "pjsip.conf").write_text(transport + THEIRS.format(trunk="trunk", agent="agent"))
    return conf


async def test_an_asterisk_without_our_files_is_mended_by_what_the_doctor_says(
    asterisk_source: Source, bare_conf: Path
) -> None:
    async with laid(asterisk_source, bare_conf) as patient:
        faults = await patient.faults()
        assert set(faults) == {"dialplan", "trunks", "phones"}
        assert "outbound" in faults["dialplan"].detail
        assert faults["trunks"].detail == "carrier is not in this Asterisk"
        assert faults["phones"].detail == "not in this Asterisk: desk"
        for finding, file in (("dialplan", "extensions.conf"), ("trunks", "pjsip.conf")):
            assert f"include DIR/dialer-{file} as DIR/README says" in faults[finding].remedy
        told = patient.settings.pbx
        listens = f"agi://{told.agi_host}:{told.agi_port}"
        votes = patient.instance.inside(patient.instance.directory / "votes")
        site = site_of(patient.settings, Globals(listens, told.prompts_seen_as, "", votes))
        included = patient.instance.directory / "dialer"
        included.mkdir()
        for name, text in files_for_existing(included, Path(told.prompts_seen_as), site).items():
            (included / name).write_text(text)
        seen = patient.instance.inside(patient.instance.directory / "dialer")
        for file in ("extensions.conf", "pjsip.conf"):
            with (patient.etc / file).open("a") as own:
                own.write(f"\n#include {seen}/dialer-{file}\n")
        await patient.instance.command("dialplan reload")
        await patient.instance.command("module reload res_pjsip.so")
        await until(patient.faults, lambda left: left == {}, "mended")
        await templates_that_take_ours_over(patient)


async def templates_that_take_ours_over(patient: Patient) -> None:
    whole = (patient.etc / "pjsip.conf").read_text()
    taken = whole.replace("[trunk](!)", "[dialer-trunk](!)").replace("[agent](!)", "[dialer-agent](!)")
    (patient.etc / "pjsip.conf").write_text(taken)
    await patient.instance.command("module reload res_pjsip.so")
    (finding,) = (await until(patient.faults, lambda faults: faults != {}, "taken over")).values()
    assert finding.name == "endpoints"
    for said in ("carrier has context=from-pstn (ours: dialer-hotline)", "direct_media=true (ours: no)"):
        assert said in finding.detail
    assert "; desk has context=internal (ours: dialer-agent-phone)" in finding.detail
    assert "rename what your own pjsip.conf has under these names" in finding.remedy
    assert "[dialer-agent], [dialer-trunk]" in finding.remedy
    (patient.etc / "pjsip.conf").write_text(whole)
    await patient.instance.command("module reload res_pjsip.so")
    await until(patient.faults, lambda left: left == {}, "given back")
