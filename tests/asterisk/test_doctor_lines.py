"""The doctor says of each trunk and phone how the Asterisk itself finds it."""

import re

import pytest
from own_settings import own_settings
from rawami import RawAmi
from scene import until

from dialer.simulator.numbers import Behaviour, Outcome, number_of
from dialer.simulator.sipstub import SipStub
from service.doctor.finding import Finding
from service.doctor.switch import look
from service.pbx.ours import dialplan_globals, our_instance
from service.pbx.ports import lease_ports
from service.pbx.source import Source
from service.pbx.workdir import workdir
from service.serve import site_of
from service.settings import Settings

pytestmark = pytest.mark.asterisk

LINES = """
[[trunks]]
name = "alive"
host = "127.0.0.1"
port = {stub}
inbound = false
qualify_s = 1
[[trunks]]
name = "deaf"
host = "127.0.0.1"
port = {http}
inbound = false
qualify_s = 1
[[trunks]]
name = "account"
host = "127.0.0.1"
port = {stub}
username = "acct"
password_file = "secret"
register = true
inbound = false
[[agents]]
id = "desk"
contact = "sip:desk@127.0.0.1:{stub}"
[[agents]]
id = "off"
password_file = "secret"
"""


class Deaf(SipStub):
    """A provider that leaves OPTIONS unanswered and takes calls, as some do: Asterisk gives it none."""

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not data.startswith(b"OPTIONS "):
            super().datagram_received(data, addr)


async def test_each_trunk_and_phone_is_told_as_asterisk_finds_it(asterisk_source: Source) -> None:
    with workdir() as home, lease_ports(2) as lease:
        ports = lease.ports
        settings = own_settings(ports, home, LINES)
        pbx = home / "pbx"
        told = dialplan_globals(asterisk_source.seen(pbx), f"127.0.0.1:{ports.agi}")
        instance = our_instance(asterisk_source, pbx, site_of(settings, told))
        stub = await SipStub.start(ports.stub)  # answers OPTIONS with 200, REGISTER with 405
        deaf = await Deaf.start(ports.http)

        async def looked() -> dict[str, Finding]:
            return {one.name: one for one in await look(settings)}

        try:
            await instance.start()
            found = await until(looked, _all_asked, "all trunks asked")
            assert found["manager login"].ok
            trunks = found["trunks"]
            assert trunks.detail == (
                "alive answers; deaf does not answer; "
                "account is not asked whether it answers, not registered (Rejected)"
            )
            assert not trunks.ok
            assert "deaf, account" in trunks.remedy
            assert found["phones"].detail == "not found now, off or not registered: off"
            # Before the first OPTIONS has timed out it is shown alike, but would still get calls.
            await until(lambda: instance.command("pjsip show aor deaf"), _out_of_reach, "deaf out of reach")
            assert await _refused_at_once(settings, ports.ami)  # why asking is off unless asked for
            assert deaf.invites == 0
        finally:
            stub.stop()
            deaf.stop()
            await instance.stop()


async def _refused_at_once(settings: Settings, port: int) -> bool:
    """Call a number over the deaf trunk; say whether Asterisk itself refused it."""
    secret = settings.path(settings.pbx.ami_secret_file).read_text()
    async with RawAmi("127.0.0.1", port, "dialer", secret) as ami:
        number = number_of(Behaviour(Outcome.SIP_STATUS, sip_status=486))
        where = {
            "Channel": f"PJSIP/{number}@deaf",
            "Context": "dialer-outbound",
            "Exten": "s",
            "Priority": "1",
        }
        answer = await ami.act("Originate", {**where, "ChannelId": "att-deaf", "Async": "true"})
        assert answer["Response"] == "Success"
        failed = await ami.event(lambda one: one["Event"] == "OriginateResponse", within_s=5)
        return (failed["Response"], failed["Reason"]) == ("Failure", "0")


def _out_of_reach(said: str) -> bool:
    return re.search(r"deaf/sip:\S+\s.*Unavail", said) is not None


def _all_asked(found: dict[str, Finding]) -> bool:
    detail = found["trunks"].detail
    return "deaf does not" in detail and "alive answers" in detail and "Rejected" in detail
