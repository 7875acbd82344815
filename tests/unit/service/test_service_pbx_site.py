"""What may be written into Asterisk's files, and what is refused with its name."""

from dataclasses import replace

import pytest

from service.pbx.errors import BadSite
from service.pbx.site import AgentPhone, AmiUser, Globals, Site, Trunk, harmful

SITE = Site(
    ami=AmiUser("dialer", "s3cret"),
    dialplan=Globals("agi://127.0.0.1:4573", "/srv/prompts", "", "/srv/votes"),
    sip_port=5060,
    rtp_first=10000,
    rtp_last=10199,
)
CARRIER = Trunk("carrier", "sip.example.net", username="acct", password="pw", register=True)


def faults(**changes: object) -> list[str]:
    with pytest.raises(BadSite) as refused:
        replace(SITE, **changes)  # type: ignore[arg-type]
    return [fault.setting for fault in refused.value.faults]


@pytest.mark.parametrize("sign", ["\n", "\r", "\0", ";", "[", "]", "\\", '"', "$", "|", "\x1b", "\u2028"])
def test_a_secret_that_could_end_its_line_is_refused_and_not_repeated(sign: str) -> None:
    with pytest.raises(BadSite) as refused:
        replace(SITE, ami=AmiUser("dialer", f"begin{sign}end"))
    assert [fault.setting for fault in refused.value.faults] == ["ami.secret"]
    assert "begin" not in str(refused.value)


@pytest.mark.parametrize("sign", ["\n", ";", "[", "#", "=", ">", " ", "/", "@", ",", "é"])
@pytest.mark.parametrize("place", ["name", "host", "username"])
def test_a_trunk_with_a_sign_of_meaning_is_refused_by_name(place: str, sign: str) -> None:
    broken = replace(CARRIER, **{"name": "other", place: f"a{sign}b"})  # type: ignore[arg-type]
    assert faults(trunks=[CARRIER, broken]) == [f"trunks[1].{place}"]


def test_all_faults_come_at_once() -> None:
    found = faults(
        ami=AmiUser("", "", port=0),
        sip_port=70000,
        rtp_first=9,
        trunks=[Trunk("a", "h", register=True, codecs=()), Trunk("a", "h", password="pw", qualify_s=-1)],
        phones=[AgentPhone("dialer-agent"), AgentPhone("p", contact="tel:1", codecs=["mp3"])],
        dialplan=Globals("http://x", "relative", "bad;path", ""),
    )
    assert set(found) == {
        "ami.name",
        "ami.secret",
        "ami.port",
        "sip_port",
        "rtp_first",
        "dialplan.service",
        "dialplan.prompts",
        "dialplan.votes",
        "dialplan.offline",
        "trunks[0].register",
        "trunks[0].codecs",
        "trunks[1].name",
        "trunks[1].password",
        "trunks[1].qualify_s",
        "phones[0].name",
        "phones[0]",
        "phones[1].contact",
        "phones[1].codecs",
    }


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "sip.example.net", "2001:db8::1", "[2001:db8::1]", "localhost", "a"]
)
def test_usual_hosts_are_taken(host: str) -> None:
    assert replace(SITE, trunks=[replace(CARRIER, host=host, sources=["192.0.2.0/24", "host.example"])])


@pytest.mark.parametrize(
    "name", ["dialer-trunk", "dialer-agent", "dialer-agent-aor", "global", "system", "transport-udp"]
)
def test_names_of_our_own_sections_are_refused(name: str) -> None:
    assert faults(trunks=[Trunk(name, "192.0.2.1")]) == ["trunks[0].name"]


def test_a_phone_and_a_trunk_do_not_share_a_name() -> None:
    assert faults(trunks=[CARRIER], phones=[AgentPhone("carrier", password="pw")]) == ["phones[0].name"]


@pytest.mark.parametrize(
    ("value", "safe"), [("plain", True), (" led", False), ("trailed ", False), ("", True)]
)
def test_blanks_at_the_ends_would_be_lost(value: str, safe: bool) -> None:
    assert (harmful(value) is None) == safe


def test_secrets_are_not_shown() -> None:
    shown = repr(replace(SITE, trunks=[CARRIER], phones=[AgentPhone("agent-101", password="hidden")]))
    assert "s3cret" not in shown
    assert "hidden" not in shown
    assert "password" not in shown


@pytest.mark.parametrize(
    ("host", "there"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("localhost", True),
        ("::1", False),  # an Asterisk that speaks IPv6 needs its sockets
        ("192.0.2.10", False),
        ("0.0.0.0", False),
    ],
)
def test_a_site_is_on_loopback_by_its_address(host: str, there: bool) -> None:
    assert replace(SITE, sip_host=host).on_loopback is there


def test_what_loopback_can_not_reach_is_named() -> None:
    near = [Trunk("network", "127.0.0.1"), Trunk("here", "localhost")]
    phones = [AgentPhone("p1", contact="sip:p1@192.0.2.7"), AgentPhone("p2", password="pw")]
    site = replace(SITE, trunks=[*near, CARRIER], phones=phones)
    assert list(site.out_of_reach) == ["carrier", "p1"]
    assert not replace(site, sip_host="192.0.2.10").out_of_reach
    assert not replace(SITE, trunks=near).out_of_reach
