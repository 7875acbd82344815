"""A pair of real Asterisks as it runs: its trunk, phones, files, and sockets on loopback alone."""

import os
import socket
import stat
from dataclasses import replace

import pytest
from outside_view import bound, originate, refusal, sees, session, sockets, sockets_of, until

import service.pbx.pair
from service import demo
from service.pbx.errors import CommandFailed, NoProgram, PortTaken
from service.pbx.pair import Pair
from service.pbx.ports import LOOPBACK, PortLease, lease_ports
from service.pbx.source import Source
from service.pbx.workdir import workdir

pytestmark = pytest.mark.asterisk


async def test_two_run_at_once_and_both_managers_answer(pair: Pair) -> None:
    assert pair.pbx.pid != pair.network.pid
    for user in (pair.pbx_ami, pair.network_ami):
        async with session(user) as ami:
            assert (await ami.act("Ping"))["Response"] == "Success"
    theirs = pair.network_ami.secret
    assert "Authentication failed" in await refusal(replace(pair.pbx_ami, secret=theirs))


async def test_a_call_leaves_by_the_trunk_and_reaches_the_network(pair: Pair) -> None:
    before = len(pair.records.read_text()) if pair.records.exists() else 0
    await originate(pair, "PJSIP/+12125000001@network", "Wait", "1")
    await until(lambda: pair.records.exists() and "|ended|" in pair.records.read_text()[before:])
    assert "|arrived|+12125000001|" in pair.records.read_text()[before:]


async def test_every_agent_has_a_phone_and_the_stub_a_trunk(pair: Pair) -> None:
    endpoints = await pair.pbx.command("pjsip show endpoints")
    assert [name for name in pair.agents if f"Endpoint:  {name} " not in endpoints] == []
    assert len(pair.agents) == 10
    assert f"sip:127.0.0.1:{pair.stub_port}" in endpoints


async def test_the_dialplan_knows_service_prompts_votes_and_script(pair: Pair) -> None:
    told = await pair.pbx.command("dialplan show globals")
    assert f"DIALER_SVC=agi://127.0.0.1:{pair.agi_port}" in told
    assert f"DIALER_PROMPTS={pair.pbx.inside(pair.prompts)}" in told
    assert f"DIALER_VOTEDIR={pair.pbx.inside(pair.votes)}" in told
    script = pair.pbx.directory / "agi" / "vote.py"
    assert f"OFFLINE={pair.pbx.inside(script)}" in told
    assert os.access(script, os.X_OK)


async def test_the_offline_script_finds_pyst2_beside_it(pair: Pair) -> None:
    path = pair.pbx.inside(pair.pbx.directory / "agi" / "lib")
    code = "import sys; sys.path.insert(0, sys.argv[1]); import asterisk.agi as a; print(a.__file__)"
    assert (await pair.pbx.run(["python3", "-c", code, path])).startswith(path)


async def test_secrets_are_for_the_owner_alone(pair: Pair) -> None:
    generated = sorted((pair.pbx.directory / "etc" / "generated").iterdir())
    assert {file.name for file in generated} >= {"manager.conf", "pjsip.conf", "rtp.conf", "extensions.conf"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in generated} == {0o600}
    assert pair.pbx_ami.secret in (pair.pbx.directory / "etc" / "generated" / "manager.conf").read_text()


async def test_nothing_but_loopback_listens(pair: Pair) -> None:
    tcp = {pair.ports.ami, pair.network_ports.ami}
    udp = {pair.ports.sip, pair.network_ports.sip}
    for table, wanted in (("tcp", tcp), ("udp", udp)):
        ours = [(address, port) for address, port in bound(table) if port in wanted]
        assert {port for _, port in ours} == wanted
        assert {address for address, _ in ours} == {"0100007F"}


async def test_no_socket_of_either_listens_beyond_loopback(pair: Pair) -> None:
    loopback = {"0100007F", "00000000000000000000000001000000"}
    for instance in (pair.pbx, pair.network):
        listening = {
            (table, address)
            for table in ("tcp", "tcp6", "udp", "udp6")
            for address, port, inode in sockets(table)
            if inode in sockets_of(instance.pid) and port
        }
        assert {address for _, address in listening} <= loopback, listening
        assert {table for table, _ in listening} >= {"tcp", "udp"}


async def test_programs_for_prompts_run_beside_asterisk(pair: Pair) -> None:
    spoken, shaped = pair.prompts / "spoken.wav", pair.prompts / "shaped.wav"
    await pair.pbx.run(["espeak-ng", "-w", pair.pbx.inside(spoken), "Good morning"])
    await pair.pbx.run(["sox", pair.pbx.inside(spoken), "-r", "8000", "-c", "1", pair.pbx.inside(shaped)])
    assert shaped.read_bytes()[24:28] == (8000).to_bytes(4, "little")
    with pytest.raises(CommandFailed, match="sox: exit status"):
        await pair.pbx.run(["sox", "/nowhere.wav", "/nowhere-else.wav"])
    with pytest.raises(NoProgram, match="no-such-program is not installed"):
        await pair.pbx.run(["no-such-program"])
    with pytest.raises(CommandFailed, match=r"not done after 0\.2 s"):
        await pair.pbx.run(["python3", "-c", "import time; time.sleep(30)"], timeout_s=0.2)


class Thief:
    """Another program that takes one port of a lease as soon as there is one, before an Asterisk can."""

    def __init__(self, of: str, times: int) -> None:
        self._of, self._left = of, times
        self.has: list[socket.socket] = []

    def lease(self, rtp: int) -> PortLease:
        lease = lease_ports(rtp)
        if self._left:
            self._left -= 1
            kind = socket.SOCK_DGRAM if self._of in ("sip", "stub") else socket.SOCK_STREAM
            self.has.append(socket.socket(socket.AF_INET, kind))
            if kind == socket.SOCK_STREAM:  # connections of the one before may linger on the port
                self.has[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.has[-1].bind((LOOPBACK, getattr(lease.ports, self._of)))
            if kind == socket.SOCK_STREAM:
                self.has[-1].listen()
        return lease


@pytest.mark.parametrize("of", ["ami", "sip"])
async def test_an_asterisk_without_its_port_is_refused_by_name(
    of: str, asterisk_source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    thief = Thief(of, 1)
    monkeypatch.setattr(service.pbx.pair, "lease_ports", thief.lease)
    with workdir() as home:
        with pytest.raises(PortTaken) as refused:
            await service.pbx.pair.pair(asterisk_source, home, start_timeout_s=60, goes_first=False)
        assert not sees(home)
    (taken,) = thief.has
    port = taken.getsockname()[1]
    assert str(refused.value) == f"{of.upper()}: another program has just taken 127.0.0.1:{port}"
    taken.close()


@pytest.mark.parametrize("of", ["ami", "agi", "stub"])
async def test_a_demo_whose_port_is_taken_takes_another(
    of: str, asterisk_source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    thief = Thief(of, 1)
    monkeypatch.setattr(service.pbx.pair, "lease_ports", thief.lease)
    with workdir() as home:
        async with demo.staged(asterisk_source, home, agents=1) as stage:
            (taken,) = thief.has
            assert getattr(stage.pair.ports, of) != taken.getsockname()[1]
            assert stage.service.switch_version
        assert not sees(home)
    taken.close()
