"""Instances of a real Asterisk: killed, restarted, and gone without a trace."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest
from outside_view import mounts, originate, sees, session, sockets_of, until, wait_gone

from service.latency import may_go_first
from service.pbx.errors import CommandFailed, PbxError, StartFailed
from service.pbx.existing import files_for_existing
from service.pbx.installed import Installed, open_installed
from service.pbx.instance import Instance
from service.pbx.launch import PRIORITY
from service.pbx.pair import Pair
from service.pbx.pair import pair as start_pair
from service.pbx.places import PRODUCT_CONF
from service.pbx.ports import CLAIM, lease_ports
from service.pbx.site import AgentPhone, AmiUser, Globals, Site, Trunk
from service.pbx.source import Source, find_source
from service.pbx.tree import Tree
from service.pbx.workdir import workdir

pytestmark = pytest.mark.asterisk

BARE = {
    "modules.conf": "[modules]\nautoload=no\n",
    "logger.conf": "[general]\n[logfiles]\nmessages => notice,warning,error\n",
}

CHILD = """
import asyncio, sys
from pathlib import Path
from service.pbx.instance import Instance
from service.pbx.source import find_source
from service.pbx.workdir import workdir

async def main(conf, runs):
    with workdir(runs) as home:
        instance = Instance(find_source(), home / "pbx", conf, {})
        await instance.start()
        try:
            print(instance.pid, home, flush=True)
            await asyncio.Event().wait()
        finally:
            await instance.stop()

try:
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.fixture
def bare_conf(tmp_path: Path) -> Path:
    conf = tmp_path / "conf"
    conf.mkdir()
    for name, text in BARE.items():
        (conf / name).write_text(text)
    return conf


def claimed() -> set[int]:
    """The first ports of the blocks this process claims now."""
    named = CLAIM.format("").replace("\0", "@")
    rows = [row.split() for row in Path("/proc/net/unix").read_text().splitlines()[1:]]
    claims = {row[6]: row[7] for row in rows if len(row) > 7 and row[7].startswith(named)}
    return {int(claims[inode].removeprefix(named)) for inode in claims.keys() & sockets_of(os.getpid())}


async def test_killed_and_started_again_it_has_its_ports_and_its_database(own_pair: Pair) -> None:
    pbx = own_pair.pbx
    await pbx.command("database put vote att-1 kept")
    database = pbx.directory / "lib" / "astdb.sqlite3"

    def written() -> bool:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            found = connection.execute("select value from astdb where key = '/vote/att-1'").fetchone()
        connection.close()
        return found is not None

    await until(written)
    first = pbx.pid
    await pbx.kill()
    assert not pbx.running
    assert wait_gone(first, 0)
    with pytest.raises(CommandFailed):
        await pbx.command("core show version")
    await pbx.start()
    assert pbx.pid != first
    assert "kept" in await pbx.command("database show vote")
    async with session(own_pair.pbx_ami) as ami:
        assert (await ami.act("Ping"))["Response"] == "Success"
    assert own_pair.network.running


async def test_stop_leaves_no_process_no_mount_and_no_claim(asterisk_source: Source) -> None:
    with workdir() as home:
        running = await start_pair(asterisk_source, home, agents=1)
        pids = {running.pbx.pid, running.network.pid}
        assert set(sees(home)) >= pids
        assert str(home) not in mounts()
        blocks = {running.ports.ami, running.network_ports.ami}
        assert blocks <= claimed()
        await running.stop()
        assert sees(home) == []
        assert not blocks & claimed()  # not asked by a new lease: another process may be quicker
        await running.stop()
        with pytest.raises(PbxError, match="does not run"):
            _ = running.pbx.pid
        again = await start_pair(asterisk_source, home, agents=1)
        await again.stop()
    assert not home.exists()


async def test_stop_ends_what_asterisk_started(asterisk_source: Source, own_pair: Pair) -> None:
    script = own_pair.pbx.directory / "agi" / "endless.py"
    spool = own_pair.pbx.inside(own_pair.pbx.directory / "spool")
    script.write_text(
        "#!/usr/bin/python3\nimport os, signal, time\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        f"open('{spool}/endless', 'w').close()\nwhile True: time.sleep(60)\n"
    )
    script.chmod(0o755)
    inside = own_pair.pbx.inside(script)
    await originate(own_pair, "PJSIP/agent-101", "AGI", inside)
    await until((own_pair.pbx.directory / "spool" / "endless").exists)
    await own_pair.pbx.stop()
    assert sees(own_pair.pbx.directory) == []


async def test_ours_goes_first_and_neither_the_network_nor_a_script_does(asterisk_source: Source) -> None:
    with workdir() as home:
        both = await start_pair(asterisk_source, home, agents=1)
        try:
            script = both.pbx.directory / "agi" / "policy.py"
            spool = both.pbx.inside(both.pbx.directory / "spool")
            script.write_text(
                "#!/usr/bin/python3\nimport os\n"
                f"with open('{spool}/half', 'w') as out:\n"
                "    print(os.sched_getscheduler(0), file=out)\n"
                f"os.rename('{spool}/half', '{spool}/policy')\n"
            )
            script.chmod(0o755)
            await originate(both, "PJSIP/agent-101", "AGI", both.pbx.inside(script))
            told = both.pbx.directory / "spool" / "policy"
            await until(told.exists)
            assert int(told.read_text()) == os.SCHED_OTHER
            assert os.sched_getscheduler(both.network.pid) == os.SCHED_OTHER
            ours = os.sched_getscheduler(both.pbx.pid)
            assert ours == (os.SCHED_RR if may_go_first(PRIORITY) else os.SCHED_OTHER)
        finally:
            await both.stop()


async def test_a_start_that_fails_shows_the_log_and_leaves_nothing(
    asterisk_source: Source, bare_conf: Path, tmp_path: Path
) -> None:
    instance = Instance(asterisk_source, tmp_path / "pbx", bare_conf, {})
    # With the optional one Asterisk forgets that it wanted to end.
    for module, rest in (("no_such_module.so", ""), ("nor_this.so", "load=an_optional_one.so\n")):
        (bare_conf / "modules.conf").write_text(f"[modules]\nautoload=no\nrequire={module}\n{rest}")
        with pytest.raises(StartFailed, match="cannot open shared object") as refused:
            await instance.start()
        lacking, _, log = str(refused.value).partition("\n")
        assert f"cannot load what calls need: {module}; " in lacking
        assert "`make menuselect`" in lacking
        assert not instance.running
    assert "no_such_module" not in log  # of the start before
    assert sees(tmp_path / "pbx") == []


async def test_a_start_that_takes_too_long_leaves_nothing(
    asterisk_source: Source, bare_conf: Path, tmp_path: Path
) -> None:
    instance = Instance(asterisk_source, tmp_path / "pbx", bare_conf, {})
    with pytest.raises(StartFailed, match="not ready after"):
        await instance.start(timeout_s=0.001)
    assert sees(tmp_path / "pbx") == []


async def test_one_that_cannot_start_takes_the_other_of_a_pair_along(
    asterisk_source: Source, tmp_path: Path
) -> None:
    with pytest.raises(StartFailed):
        await start_pair(asterisk_source, tmp_path / "pair", start_timeout_s=0.001)
    await until(lambda: not sees(tmp_path / "pair"))  # what was killed is seen until the system has buried it


async def test_a_bind_is_shown_and_the_tree_stays_as_it_is(
    asterisk_source: Source, bare_conf: Path, tmp_path: Path
) -> None:
    shown = tmp_path / "shown"
    shown.mkdir()
    (shown / "word").write_text("here")
    instance = Instance(asterisk_source, tmp_path / "pbx", bare_conf, {}, {shown: "/srv/shown/deep"})
    assert await instance.run(["cat", instance.inside(shown / "word")]) == "here"
    if isinstance(asterisk_source, Tree):
        assert not (asterisk_source.root / "srv" / "shown").exists()
    with pytest.raises(ValueError, match="Asterisk sees only"):
        instance.inside(tmp_path / "elsewhere")


async def test_an_existing_asterisk_takes_our_files_in(
    asterisk_source: Source, tmp_path: Path, bare_conf: Path
) -> None:
    """Somebody's own configuration, with the lines that our README asks for."""
    home = tmp_path / "pbx"
    site = Site(
        AmiUser("dialer", "s3cret"),
        Globals("agi://127.0.0.1:4573", "/srv/prompts", "", "/srv/votes"),
        sip_port=5060,
        rtp_first=10000,
        rtp_last=10199,
        trunks=[Trunk("carrier", "192.0.2.1", username="acct", password="pw")],
        phones=[AgentPhone("agent-101", password="secret")],
    )
    included = home / "etc" / "dialer"
    included.mkdir(parents=True)
    for name, text in files_for_existing(included, Path("/srv/prompts"), site).items():
        (included / name).write_text(text)
    with lease_ports(2) as lease:
        theirs = {
            "extensions.conf": "[general]\n[globals]\nTHEIRS=kept\n[theirs]\nexten => s,1,Hangup()\n",
            "manager.conf": f"[general]\nenabled=yes\nbindaddr=127.0.0.1\nport={lease.ports.ami}\n",
            "pjsip.conf": "[udp]\ntype=transport\nprotocol=udp\n"
            f"bind=127.0.0.1:{lease.ports.sip}\n[theirs]\ntype=endpoint\n",
            "modules.conf": (PRODUCT_CONF / "modules.conf").read_text(),
        }
        for name, text in theirs.items():
            ours = f"#include dialer/dialer-{name}\n" if name != "modules.conf" else ""
            (bare_conf / name).write_text(text + ours)
        instance = Instance(asterisk_source, home, bare_conf, {})
        await instance.start()
        try:
            told = await instance.command("dialplan show globals")
            assert "THEIRS=kept" in told
            assert "DIALER_SVC=agi://127.0.0.1:4573" in told
            for context in ("theirs", "dialer-outbound", "dialer-talk", "dialer-hotline", "dialer-ended"):
                assert f"[ Context '{context}' created by" in await instance.command(
                    "dialplan show " + context
                )
            endpoints = await instance.command("pjsip show endpoints")
            for name in ("theirs", "carrier", "agent-101"):
                assert f"Endpoint:  {name} " in endpoints or f"Endpoint:  {name}/" in endpoints
            async with session(replace(site.ami, port=lease.ports.ami)) as ami:
                assert (await ami.act("Ping"))["Response"] == "Success"
        finally:
            await instance.stop()


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT])
def test_asterisk_ends_with_its_parent(
    ending: signal.Signals, asterisk_source: Source, bare_conf: Path, tmp_path: Path
) -> None:
    runs = tmp_path / "runs"
    command = [sys.executable, "-c", CHILD, str(bare_conf), str(runs)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid, home = parent.stdout.readline().split()
        assert "asterisk" in Path(f"/proc/{pid}/comm").read_text()
        parent.send_signal(ending)
        assert parent.wait(10) == (-9 if ending == signal.SIGKILL else 130)
    assert wait_gone(int(pid))
    # After SIGKILL nobody could tidy up: the next one does.
    assert Path(home).exists() == (ending == signal.SIGKILL)
    with workdir(runs):
        assert not Path(home).exists()


def test_the_second_time_asterisk_is_there_in_seconds(asterisk_source: Source) -> None:
    began = time.monotonic()
    assert find_source() == asterisk_source
    assert time.monotonic() - began < 5


async def test_an_installed_asterisk_runs_as_a_private_instance(
    asterisk_source: Source, bare_conf: Path, tmp_path: Path
) -> None:
    """The tree's program, made to look like one of this machine that sees the machine's paths."""
    if not isinstance(asterisk_source, Tree):
        assert asterisk_source.version
        return
    binary = tmp_path / "bin" / "asterisk"
    binary.parent.mkdir()
    tree, home, data = asterisk_source.root, tmp_path / "pbx", tmp_path / "share" / "asterisk"
    home.mkdir()
    data.parent.mkdir()
    debian = tree / "usr" / "share" / "asterisk"
    data.symlink_to(debian)  # as a build of one's own has them; where Debian has them it sees nothing
    within = (
        f"mount -t tmpfs tmpfs {tree}/tmp && mkdir -p {tree}{home} && mount --bind {home} {tree}{home} && "
        f"mkdir -p {tree}{data} && mount --bind {debian} {tree}{data} && mount -t tmpfs tmpfs {debian} && "
        f'mount -t proc proc {tree}/proc && mount --rbind /dev {tree}/dev && exec chroot {tree} asterisk "$@"'
    )
    unshare = shutil.which("unshare")
    binary.write_text(f"#!/bin/sh\nexec {unshare} -m sh -c '{within}' sh \"$@\"\n")
    binary.chmod(0o755)
    source = open_installed(binary)
    assert source == Installed(binary, asterisk_source.version, PurePosixPath(data))
    instance = Instance(source, home, bare_conf, {})
    await instance.start()
    try:
        assert instance.inside(home / "prompts") == str(home / "prompts")
        assert f"{home}/etc" in await instance.command("core show settings")
        assert await instance.run(["echo", "spoken"]) == "spoken\n"
    finally:
        await instance.stop()
    assert sees(home) == []
