"""A trunk that its provider refuses goes on asking, and is registered as soon as the provider takes it."""

import pytest
from registrar import Registrar
from scene import until

from service.pbx.instance import Instance
from service.pbx.ours import dialplan_globals, our_instance
from service.pbx.ports import lease_ports
from service.pbx.provision import fresh_secret
from service.pbx.site import AmiUser, Site, Trunk
from service.pbx.source import Source
from service.pbx.workdir import workdir

pytestmark = pytest.mark.asterisk

REFUSALS = {"wrong-password": 401, "closed": 403, "not-up-yet": 501}


async def test_a_refused_registration_is_tried_again_until_it_stands(asterisk_source: Source) -> None:
    with workdir() as home, lease_ports(2) as lease:
        ports = lease.ports
        registrars = [await Registrar.opened(status) for status in REFUSALS.values()]
        trunks = [account(name, one.port) for name, one in zip(REFUSALS, registrars, strict=True)]
        ami = AmiUser("dialer", fresh_secret(), "127.0.0.1", ports.ami)
        told = dialplan_globals(asterisk_source.seen(home), f"127.0.0.1:{ports.agi}")
        site = Site(ami, told, ports.sip, ports.rtp_first, ports.rtp_last, trunks=trunks)
        instance = our_instance(asterisk_source, home, site)
        try:
            await instance.start()
            await until(lambda: standing(instance), lambda said: said == ["Rejected"] * 3, "three refusals")
            for registrar in registrars:
                registrar.refusal = 0
            await until(lambda: standing(instance), lambda said: said == ["Registered"] * 3, "registrations")
        finally:
            for registrar in registrars:
                registrar.stop()
            await instance.stop()


def account(name: str, port: int) -> Trunk:
    """An account as the settings make one, in more of a hurry."""
    hurry = {"retry_s": 1, "refused_retry_s": 1}
    return Trunk(name, "127.0.0.1", port, "acct", "pw", register=True, inbound=False, **hurry)


async def standing(instance: Instance) -> list[str]:
    """Return Asterisk's word for each registration."""
    said = await instance.command("pjsip show registrations")
    return [line.split()[2] for line in said.splitlines() if "-registration/" in line]
