"""What a PBX is set up for: its address, AMI user, trunks, agents' phones, dialplan globals.

Typed, frozen, and checked before a byte is written: a value that could end a line, a section or a comment of
Asterisk's files is refused with the setting's name. Knows no files and no processes.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from service.pbx.errors import BadSite, SiteFault

CODECS = frozenset({"ulaw", "alaw", "g722", "gsm", "opus"})
# Section names that the product's own files use.
RESERVED = frozenset(
    {
        "global",
        "system",
        "general",
        "transport-udp",
        "dialer-trunk",
        "dialer-agent",
        "dialer-agent-aor",
        "dialer-service",
    }
)
EVERY_ADDRESS = frozenset({"0.0.0.0", "::", "[::]"})  # noqa: S104 - compared, not bound

NAME_FORM = "up to 40 letters, digits, '_', '.' and '-'"
"""What a section of Asterisk's files may be named, in words."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|\[?[0-9A-Fa-f:]{2,45}\]?")
_CONTACT = re.compile(r"sips?:[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9.:\[\]-]{1,253}")
_PATH = re.compile(r"/[A-Za-z0-9_./+@-]{0,250}")
_AGI = re.compile(r"agi://[A-Za-z0-9.:\[\]-]{1,253}")
# What ends a value (line ends, the comment sign), opens a section, escapes, or is replaced by the dialplan.
_MEANT = {"\n": "a line end", "\r": "a line end", "\0": "NUL", ";": "';'", "[": "'['", "]": "']'"}
_MEANT |= {"\\": "a backslash", '"': "a double quote", "$": "'$'", "|": "'|'"}


@dataclass(frozen=True, slots=True)
class Trunk:
    """A way to the public network.

    By IP without ``username``; with it we answer challenges, and with ``register`` we sign on at the far
    end. ``sources`` are addresses that calls come from, default ``host``. ``channels`` and
    ``calls_per_second`` are ceilings for the dialer; 0 means none of its own. ``follow_redirects`` lets the
    far end send a call elsewhere by a 302: only where it is trusted to choose whom we call. A registration
    that got no answer, or a busy one, is tried again after ``retry_s``; one that was refused, by a wrong
    password or for whatever other reason, after ``refused_retry_s``: each for ever.
    """

    name: str
    host: str
    port: int = 5060
    username: str = ""
    password: str = field(default="", repr=False)
    register: bool = False
    inbound: bool = True
    follow_redirects: bool = False
    sources: Sequence[str] = ()
    codecs: Sequence[str] = ("ulaw", "alaw")
    from_domain: str = ""
    qualify_s: int = 0
    retry_s: int = 30
    refused_retry_s: int = 120


@dataclass(frozen=True, slots=True)
class AgentPhone:
    """An agent's SIP phone: it registers with ``password``, or is found at a fixed ``contact``."""

    name: str
    password: str = field(default="", repr=False)
    contact: str = ""
    codecs: Sequence[str] = ("ulaw", "alaw")


@dataclass(frozen=True, slots=True)
class AmiUser:
    """The service's login at the manager interface."""

    name: str
    secret: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 5038


@dataclass(frozen=True, slots=True)
class Globals:
    """What the dialplan is told. Paths are as Asterisk sees them; ``offline`` may be empty."""

    service: str
    prompts: str
    offline: str
    votes: str


@dataclass(frozen=True, slots=True)
class Site:
    """All that makes one PBX of ours; a faulty one can not be built. Raises ``BadSite`` with every fault.

    ``sip_host`` is the address that SIP and media are bound to. ``external_host`` is what the far end is
    told when there is address translation between, ``local_networks`` where that is not so.
    """

    ami: AmiUser
    dialplan: Globals
    sip_port: int
    rtp_first: int
    rtp_last: int
    sip_host: str = "127.0.0.1"
    external_host: str = ""
    local_networks: Sequence[str] = ()
    trunks: Sequence[Trunk] = ()
    phones: Sequence[AgentPhone] = ()

    def __post_init__(self) -> None:
        if faults := list(_site_faults(self)):
            raise BadSite(faults)

    @property
    def on_loopback(self) -> bool:
        """Whether SIP and media stay on this machine's IPv4 loopback."""
        return is_loopback(self.sip_host) and ":" not in self.sip_host

    @property
    def out_of_reach(self) -> Sequence[str]:
        """The names of trunks and phones beyond this machine, while SIP listens on loopback only."""
        places = [(trunk.name, trunk.host) for trunk in self.trunks]
        places += [(phone.name, host_of(phone.contact)) for phone in self.phones if phone.contact]
        return beyond_loopback(self.sip_host, places)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine alone: an address of loopback, or its name."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def beyond_loopback(sip_host: str, places: Iterable[tuple[str, str]]) -> Sequence[str]:
    """Return the names of places (name, host) that are out of reach because SIP listens on loopback only."""
    return [name for name, host in places if is_loopback(sip_host) and not is_loopback(host)]


def host_of(address: str) -> str:
    """Return the host of ``sip:user@host:port`` or ``agi://host:port``, without brackets."""
    place = address.rpartition("@")[2].rpartition("//")[2]
    if place.startswith("["):
        return place[1:].partition("]")[0]
    return place.partition(":")[0]


def harmful(value: str) -> str | None:
    """Return what in ``value`` would be read as more than a value; None when it is safe."""
    for sign, name in _MEANT.items():
        if sign in value:
            return f"holds {name}, which means something else in Asterisk's files"
    if not value.isprintable():
        return "holds a character that is not printable"
    return "starts or ends with a blank" if value != value.strip() else None


def host_fault(value: str) -> str | None:
    """Return why ``value`` is neither an address nor a host's name; None when it is."""
    if not _HOST.fullmatch(value):
        return (harmful(value) if value else "is empty") or f"{value!r} is no address and no host name"
    if re.fullmatch(r"[0-9.]+|.*:.*", value):  # digits and dots alone are no name
        try:
            ip_address(value.strip("[]"))
        except ValueError:
            return f"{value!r} is no address"
    return None


def network_fault(value: str) -> str | None:
    """Return why ``value`` is neither an address nor a network; None when it is."""
    try:
        ip_network(value, strict=False)
    except ValueError:
        return f"{value!r} is no address and no network"
    return None


def source_fault(value: str) -> str | None:
    """Return why calls can not come in from ``value``; None for an address, a network or a host's name."""
    if network_fault(value) is None or host_fault(value) is None:
        return None
    return f"{value!r} is no address, network or host name"


def name_fault(value: str) -> str | None:
    """Return why ``value`` can not name a section of Asterisk's files; None when it can."""
    if value in RESERVED:
        return f"{value!r} is a name that our own files use"
    return login_fault(value)


def login_fault(value: str) -> str | None:
    """Return why ``value`` can not be a user's name; None when it can."""
    if _NAME.fullmatch(value):
        return None
    why = harmful(value) if value else "is empty"
    return why or f"{value!r} is not of the form wanted here: {NAME_FORM}"


def contact_fault(value: str) -> str | None:
    """Return why ``value`` is no fixed address of a phone; None when it is."""
    return (
        None if _CONTACT.fullmatch(value) else harmful(value) or f"{value!r} is not of the form sip:user@host"
    )


def codecs_fault(codecs: Iterable[str]) -> str | None:
    """Return why these codecs can not be used; None when they can."""
    codecs = tuple(codecs)
    unknown = sorted(set(codecs) - CODECS)
    if not unknown and codecs:
        return None
    return f"{unknown or 'empty'}: name one or more of {', '.join(sorted(CODECS))}"


def rtp_fault(first: int, last: int) -> str | None:
    """Return why these are no range of media ports; None when they are."""
    return None if 1024 <= first < last <= 65535 else f"{first}-{last} is no range of ports from 1024 up"


def _site_faults(site: Site) -> Iterator[SiteFault]:
    yield from _told("ami.name", login_fault(site.ami.name))
    yield from _secret("ami.secret", site.ami.secret, required=True)
    yield from _told("ami.host", host_fault(site.ami.host))
    yield from _told("sip_host", host_fault(site.sip_host))
    yield from _told("external_host", site.external_host and host_fault(site.external_host))
    for place, port in (("ami.port", site.ami.port), ("sip_port", site.sip_port)):
        yield from _port(place, port)
    for number, network in enumerate(site.local_networks):
        yield from _told(f"local_networks[{number}]", network_fault(network))
    yield from _told("rtp_first", rtp_fault(site.rtp_first, site.rtp_last))
    yield from _shape("dialplan.service", site.dialplan.service, _AGI)
    yield from _shape("dialplan.prompts", site.dialplan.prompts, _PATH)
    yield from _shape("dialplan.votes", site.dialplan.votes, _PATH)
    yield from _shape("dialplan.offline", site.dialplan.offline, _PATH, optional=True)
    yield from _section_faults(site)


def _section_faults(site: Site) -> Iterator[SiteFault]:
    seen: set[str] = set()
    for number, trunk in enumerate(site.trunks):
        yield from _named(f"trunks[{number}].name", trunk.name, seen)
        yield from _trunk_faults(f"trunks[{number}]", trunk)
    for number, phone in enumerate(site.phones):
        yield from _named(f"phones[{number}].name", phone.name, seen)
        yield from _phone_faults(f"phones[{number}]", phone)


def _trunk_faults(at: str, trunk: Trunk) -> Iterator[SiteFault]:
    yield from _told(f"{at}.host", host_fault(trunk.host))
    yield from _port(f"{at}.port", trunk.port)
    yield from _told(f"{at}.username", trunk.username and login_fault(trunk.username))
    yield from _told(f"{at}.from_domain", trunk.from_domain and host_fault(trunk.from_domain))
    yield from _secret(f"{at}.password", trunk.password, required=bool(trunk.username))
    yield from _told(f"{at}.codecs", codecs_fault(trunk.codecs))
    if trunk.register and not trunk.username:
        yield SiteFault(f"{at}.register", "needs a username and a password")
    if trunk.password and not trunk.username:
        yield SiteFault(f"{at}.password", "needs a username")
    for number, source in enumerate(trunk.sources):
        yield from _told(f"{at}.sources[{number}]", source_fault(source))
    if not 0 <= trunk.qualify_s <= 3600:
        yield SiteFault(f"{at}.qualify_s", f"{trunk.qualify_s} is not between 0 and 3600 seconds")


def _phone_faults(at: str, phone: AgentPhone) -> Iterator[SiteFault]:
    yield from _told(f"{at}.contact", phone.contact and contact_fault(phone.contact))
    yield from _secret(f"{at}.password", phone.password, required=False)
    yield from _told(f"{at}.codecs", codecs_fault(phone.codecs))
    if not phone.contact and not phone.password:
        yield SiteFault(at, "needs a password to register with, or a contact")


def _named(place: str, name: str, seen: set[str]) -> Iterator[SiteFault]:
    yield from _told(place, name_fault(name))
    if name in seen:
        yield SiteFault(place, f"{name!r} is used twice")
    seen.add(name)


def _told(place: str, why: str | None) -> Iterator[SiteFault]:
    if why:
        yield SiteFault(place, why)


def _shape(place: str, value: str, shape: re.Pattern[str], *, optional: bool = False) -> Iterator[SiteFault]:
    if not (optional and not value) and not shape.fullmatch(value):
        why = harmful(value) if value else "is empty"
        yield SiteFault(place, why or f"{value!r} is not of the form wanted here")


def _secret(place: str, value: str, *, required: bool) -> Iterator[SiteFault]:
    # The value itself is never repeated: faults are printed and logged.
    if required and not value:
        yield SiteFault(place, "is empty")
    elif why := harmful(value):
        yield SiteFault(place, why)
    elif len(value) > 128:
        yield SiteFault(place, "is longer than 128 characters")


def _port(place: str, port: int) -> Iterator[SiteFault]:
    if not 1 <= port <= 65535:
        yield SiteFault(place, f"{port} is no port")
