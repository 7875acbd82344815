"""Our PBX and the simulated public network, two Asterisks on loopback: for the demo and for tests.

Ours has a trunk ``network`` to the other by IP, a trunk ``stub`` to a SIP stub's port, and agents' phones
that the other answers. Must not know what is tried with them.
"""

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from service.pbx.errors import PbxError, PortTaken
from service.pbx.instance import Instance
from service.pbx.listening import listens
from service.pbx.ours import dialplan_globals, our_instance
from service.pbx.places import NETWORK_CONF
from service.pbx.ports import LOOPBACK, PortLease, Ports, lease_ports
from service.pbx.provision import (
    fresh_secret,
    render_manager,
    render_network_globals,
    render_peer,
    render_rtp,
)
from service.pbx.site import AgentPhone, AmiUser, Site, Trunk
from service.pbx.source import Source

NETWORK_TRUNK = "network"
STUB_TRUNK = "stub"
HOTLINE = "+18005550100"  # the number by which the network's callers reach our hotline
GREETINGS = "greetings"  # the directory of what its people say, below the network's own
_FIRST_AGENT = 101
_MOST_AGENTS = 899  # agent-101 to agent-999


@dataclass(frozen=True, slots=True)
class Pair:
    """Both Asterisks, running, and how to reach them. ``stop`` ends both and gives their ports back."""

    pbx: Instance
    network: Instance
    pbx_ami: AmiUser
    network_ami: AmiUser
    ports: Ports
    network_ports: Ports
    agents: tuple[str, ...]
    leases: tuple[PortLease, ...]

    @property
    def agi_port(self) -> int:
        """Where the dialplan looks for the service, on 127.0.0.1."""
        return self.ports.agi

    @property
    def stub_port(self) -> int:
        """The UDP port that trunk ``stub``, and numbers with a SIP status, lead to."""
        return self.ports.stub

    @property
    def prompts(self) -> Path:
        """The directory of our prompts on this machine; ``pbx.inside`` says how Asterisk sees it."""
        return self.pbx.directory / "prompts"

    @property
    def votes(self) -> Path:
        """The directory where the offline script leaves its files, on this machine."""
        return self.pbx.directory / "votes"

    @property
    def records(self) -> Path:
        """The file of the network's own records, on this machine; made with the first call."""
        return self.network.directory / "log" / "records"

    async def stop(self) -> None:
        """End both, and all they started. Safe to call twice."""
        try:
            await asyncio.gather(self.pbx.stop(), self.network.stop())
        finally:
            for lease in self.leases:
                lease.release()


async def pair(
    source: Source,
    workdir: Path,
    *,
    agents: int = 10,
    rtp_ports: int = 400,
    network_globals: Mapping[str, str] | None = None,
    start_timeout_s: float = 20.0,
    goes_first: bool = True,
) -> Pair:
    """Lay out and start both Asterisks below ``workdir``; return when both have booted.

    ``agents`` phones, ``agent-101`` onwards; ``rtp_ports`` UDP ports for media on each side, two a call.
    ``network_globals`` are added to the network's dialplan globals (``RECORD``). Ours ``goes_first``, before
    the network too, where that is allowed. Raises ``StartFailed`` (``PortTaken`` where a program has taken a
    port just now), ``NoPorts``, ``BadSite``; then nothing is left running.
    """
    if not 0 <= agents <= _MOST_AGENTS:
        raise PbxError(f"{agents} agents: the simulated network has phones for 0 to {_MOST_AGENTS}")
    leases: list[PortLease] = []
    try:
        leases.append(lease_ports(rtp_ports))
        leases.append(lease_ports(rtp_ports))
        both = leases[0], leases[1]
        made = _lay_out(source, workdir, agents, both, network_globals or {}, goes_first)
    except BaseException:
        for lease in leases:
            lease.release()
        raise
    try:
        async with asyncio.TaskGroup() as starting:
            starting.create_task(made.pbx.start(start_timeout_s), name="start pbx")
            starting.create_task(made.network.start(start_timeout_s), name="start network")
        _require_own_ports(made)
    except BaseExceptionGroup as failures:
        await made.stop()
        raise failures.exceptions[0] from None
    except BaseException:
        await made.stop()
        raise
    return made


def _require_own_ports(made: Pair) -> None:
    """Refuse an Asterisk that came up without a port: whoever has it would be taken for ours."""
    for instance, ports in ((made.pbx, made.ports), (made.network, made.network_ports)):
        wanted = (("AMI", socket.SOCK_STREAM, ports.ami), ("SIP", socket.SOCK_DGRAM, ports.sip))
        for name, kind, port in wanted:
            if not listens(instance.pid, kind, port):
                raise PortTaken(f"{name}: another program has just taken {LOOPBACK}:{port}")


def _lay_out(
    source: Source,
    workdir: Path,
    agents: int,
    leases: tuple[PortLease, PortLease],
    network_globals: Mapping[str, str],
    goes_first: bool,
) -> Pair:
    ours, theirs = leases[0].ports, leases[1].ports
    names = tuple(f"agent-{number}" for number in range(_FIRST_AGENT, _FIRST_AGENT + agents))
    pbx_ami = AmiUser("dialer", fresh_secret(), LOOPBACK, ours.ami)
    network_ami = AmiUser("network", fresh_secret(), LOOPBACK, theirs.ami)
    pbx_home, network_home = workdir.absolute() / "pbx", workdir.absolute() / "network"
    site = Site(
        ami=pbx_ami,
        dialplan=dialplan_globals(source.seen(pbx_home), f"{LOOPBACK}:{ours.agi}"),
        sip_port=ours.sip,
        rtp_first=ours.rtp_first,
        rtp_last=ours.rtp_last,
        trunks=(
            Trunk(NETWORK_TRUNK, LOOPBACK, theirs.sip, follow_redirects=True),
            Trunk(STUB_TRUNK, LOOPBACK, ours.stub, inbound=False),
        ),
        phones=tuple(AgentPhone(name, contact=f"sip:{name}@{LOOPBACK}:{theirs.sip}") for name in names),
    )
    globals_there = {
        "RECORDS": f"{source.seen(network_home)}/log/records",
        "STUB": f"{LOOPBACK}:{ours.stub}",
        "HOTLINE": HOTLINE,
        "GREETINGS": f"{source.seen(network_home)}/{GREETINGS}",
        **network_globals,
    }
    network_files = {
        "manager.conf": render_manager(network_ami, template="public"),
        "pjsip.conf": render_peer("pbx", LOOPBACK, theirs.sip, ours.sip),
        "rtp.conf": render_rtp(theirs.rtp_first, theirs.rtp_last),
        "extensions.conf": render_network_globals(globals_there),
    }
    pbx = our_instance(source, pbx_home, site, goes_first=goes_first)
    network = Instance(source, network_home, NETWORK_CONF, network_files, fenced=True)
    return Pair(pbx, network, pbx_ami, network_ami, ours, theirs, names, leases)
