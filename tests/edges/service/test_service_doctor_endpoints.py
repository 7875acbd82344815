"""Trunks and phones held to our templates: what differs is told, as Asterisk writes it and as we do."""

from collections.abc import Mapping
from pathlib import Path

from service.doctor.endpoints import PHONE, TRUNK, differences, endpoint_finding, template
from service.doctor.ways import RESTART, ways_of
from service.settings import AgentPart, Pbx, Settings, TrunkPart

AS_TOLD: Mapping[str, Mapping[str, str]] = {
    TRUNK: {
        "context": "dialer-hotline",
        "directmedia": "false",
        "dtmfmode": "rfc4733",
        "rtpsymmetric": "true",
        "rewritecontact": "false",
        "forcerport": "true",
        "sendpai": "true",
        "trustidinbound": "false",
        "identifyby": "ip",
        "allowtransfer": "false",
        "timers": "no",
        "rtptimeout": "60",
        "allow": "(g722)",
    },
    PHONE: {
        "context": "dialer-agent-phone",
        "directmedia": "no",
        "dtmfmode": "rfc4733",
        "rtpsymmetric": "yes",
        "rewritecontact": "true",
        "forcerport": "true",
        "identifyby": "username,auth_username",
        "allowtransfer": "false",
        "timers": "no",
        "rtptimeouthold": "0",
    },
}
"""Both templates as an Asterisk 22 tells an endpoint of theirs."""


class Told:
    """An Asterisk that has these endpoints."""

    def __init__(self, **endpoints: Mapping[str, str]) -> None:
        self._endpoints = endpoints

    async def endpoint(self, name: str) -> Mapping[str, str]:
        return self._endpoints.get(name, {})


def of_settings(managed: bool = False) -> Settings:
    agents = (AgentPart(id="desk"), AgentPart(id="own", phone="PJSIP/theirs"))
    trunks = (TrunkPart(name="north", host="192.0.2.1"),)
    return Settings(pbx=Pbx(managed=managed), trunks=trunks, agents=agents, home=Path("/srv"))


def test_every_line_of_a_template_is_looked_at() -> None:
    for kind, told in AS_TOLD.items():
        wanted = template(kind)
        assert {key.replace("_", "") for key in wanted} == set(told) - {"allow"}
        assert list(differences(wanted, told)) == []
        for key, value in wanted.items():
            other = {**told, key.replace("_", ""): "other"}
            assert list(differences(wanted, other)) == [f"{key}=other (ours: {value})"]


async def test_what_an_endpoint_inherited_from_others_is_a_fault() -> None:
    settings = of_settings()
    ways = ways_of(settings)
    whole = Told(north=AS_TOLD[TRUNK], desk=AS_TOLD[PHONE], own={"context": "theirs"})
    assert (await endpoint_finding(whole, settings, ways)).ok
    assert (await endpoint_finding(Told(), settings, ways)).ok  # that they are missing is told elsewhere
    taken = {**AS_TOLD[TRUNK], "context": "from-pstn", "sendpai": "false"}
    finding = await endpoint_finding(Told(north=taken, desk=AS_TOLD[PHONE]), settings, ways)
    assert not finding.ok
    assert finding.detail == "north has context=from-pstn (ours: dialer-hotline), send_pai=false (ours: yes)"
    assert "or under [dialer-trunk]," in finding.remedy
    assert finding.remedy.endswith(ways.renew("pjsip.conf", RESTART))
    ours = of_settings(managed=True)
    finding = await endpoint_finding(Told(north=taken), ours, ways_of(ours))
    assert finding.remedy == ways_of(ours).renew("pjsip.conf", RESTART)
