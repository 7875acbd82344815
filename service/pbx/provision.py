"""Render the generated files of a PBX from its ``Site``: manager, pjsip, rtp, extensions.

The files of ``asterisk/conf`` include them and hold the templates they inherit from (``dialer-service``,
``dialer-trunk``, ``dialer-agent``, ``dialer-agent-aor``). Text in, text out; only ``render_for_existing``
writes. Must not know processes.
"""

import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from service.pbx.errors import BadSite, SiteFault
from service.pbx.places import PRODUCT_CONF
from service.pbx.site import EVERY_ADDRESS, AgentPhone, AmiUser, Globals, Site, Trunk, harmful

TRANSPORT = "transport-udp"
_HEADER = "; Generated; changes made here are lost.\n"


def fresh_secret() -> str:
    """Return a new random secret, 256 bits, safe in every file and on the wire."""
    return secrets.token_urlsafe(32)


def generated_files(site: Site) -> Mapping[str, str]:
    """Return the text of every generated file of our PBX by name."""
    return {
        "manager.conf": render_manager(site.ami),
        "pjsip.conf": render_pjsip(site),
        "rtp.conf": render_rtp(site.rtp_first, site.rtp_last),
        "extensions.conf": render_globals(site.dialplan),
    }


def render_manager(user: AmiUser, template: str = "dialer-service") -> str:
    """Return manager.conf's part: where it listens, and the user with a template's rights."""
    general = _section("general", "(+)", [("bindaddr", user.host), ("port", user.port)])
    return _HEADER + general + _section(user.name, f"({template})", [("secret", user.secret)])


def render_rtp(first: int, last: int) -> str:
    """Return rtp.conf's part: the media ports, ``last`` included."""
    return _HEADER + _section("general", "(+)", [("rtpstart", first), ("rtpend", last)])


def render_globals(dialplan: Globals) -> str:
    """Return extensions.conf's part: the global variables of the dialplan."""
    return _HEADER + _section("globals", "", _globals(dialplan))


def render_pjsip(site: Site) -> str:
    """Return pjsip.conf's part: transport, trunks and phones."""
    lines = [("type", "transport"), ("protocol", "udp"), ("bind", f"{site.sip_host}:{site.sip_port}")]
    if site.external_host:
        lines += [("external_media_address", site.external_host)]
        lines += [("external_signaling_address", site.external_host)]
        lines += [("local_net", network) for network in site.local_networks]
    text = _HEADER + _section(TRANSPORT, "", lines)
    media = site.sip_host if site.sip_host not in EVERY_ADDRESS else ""
    text += "".join(render_trunk(trunk, media) for trunk in site.trunks)
    return text + "".join(render_phone(phone, media) for phone in site.phones)


def render_trunk(trunk: Trunk, media: str = "", transport: str = TRANSPORT) -> str:
    """Return a trunk's sections; ``media`` binds its sound to one address, ``transport`` "" names none."""
    auth = f"{trunk.name}-auth"
    address = f"sip:{trunk.host}:{trunk.port}"
    endpoint = [*_transport(transport), ("aors", trunk.name), *_codec_lines(trunk.codecs), *_media(media)]
    if trunk.username:
        endpoint += [("outbound_auth", auth), ("from_user", trunk.username)]
    if trunk.from_domain:
        endpoint += [("from_domain", trunk.from_domain)]
    if trunk.follow_redirects:
        endpoint += [("redirect_method", "uri_pjsip")]
    text = _section(trunk.name, "(dialer-trunk)", endpoint)
    contact = ("contact", address)
    text += _section(trunk.name, "", [("type", "aor"), contact, ("qualify_frequency", trunk.qualify_s)])
    if trunk.username:
        text += _section(auth, "", _auth_lines(trunk.username, trunk.password))
    if trunk.register:
        text += _section(registration_name(trunk.name), "", _registration(trunk, address, auth, transport))
    if trunk.inbound:
        sources = ",".join(trunk.sources or (trunk.host,))
        identify = [("type", "identify"), ("endpoint", trunk.name), ("match", sources)]
        text += _section(f"{trunk.name}-identify", "", identify)
    return text


def registration_name(trunk: str) -> str:
    """Return the name of the section by which a trunk registers."""
    return f"{trunk}-registration"


def render_phone(phone: AgentPhone, media: str = "", transport: str = TRANSPORT) -> str:
    """Return an agent's phone: endpoint, address of record, and auth when it registers."""
    endpoint = [*_transport(transport), ("aors", phone.name), *_codec_lines(phone.codecs), *_media(media)]
    if phone.password:
        endpoint += [("auth", f"{phone.name}-auth")]
    text = _section(phone.name, "(dialer-agent)", endpoint)
    text += _section(phone.name, "(dialer-agent-aor)", [("contact", phone.contact)] if phone.contact else [])
    if phone.password:
        text += _section(f"{phone.name}-auth", "", _auth_lines(phone.name, phone.password))
    return text


def render_peer(name: str, host: str, port: int, peer_port: int) -> str:
    """Return pjsip.conf of the simulated network: its transport, and the one PBX that it knows."""
    transport = [("type", "transport"), ("protocol", "udp"), ("bind", f"{host}:{port}")]
    endpoint = [*_transport(TRANSPORT), ("aors", name), *_media(host)]
    aor = [("type", "aor"), ("contact", f"sip:{host}:{peer_port}"), ("qualify_frequency", 0)]
    identify = [("type", "identify"), ("endpoint", name), ("match", host)]
    text = _HEADER + _section(TRANSPORT, "", transport) + _section(name, "(peer)", endpoint)
    return text + _section(name, "", aor) + _section(f"{name}-identify", "", identify)


def render_network_globals(values: Mapping[str, str]) -> str:
    """Return the global variables of the simulated network's dialplan. Raises ``BadSite``."""
    faults = [SiteFault(f"network_globals.{key}", why) for key in values if (why := harmful(values[key]))]
    if faults:
        raise BadSite(faults)
    return _HEADER + _section("globals", "", values.items())


def render_for_existing(directory: Path, site: Site, conf_dir: Path = PRODUCT_CONF) -> list[Path]:
    """Write our part for an Asterisk that exists already, to be included by its own files; return the files.

    Contexts, globals, the manager user, trunks and phones, and a README that says what to include where.
    Listening addresses, transports and media ports stay the existing Asterisk's. Files with secrets get
    mode 640; their group is for the administrator to set.
    """
    directory.mkdir(parents=True, exist_ok=True)
    pjsip = _templates(conf_dir / "pjsip.conf")
    pjsip += "".join(render_trunk(trunk, transport="") for trunk in site.trunks)
    pjsip += "".join(render_phone(phone, transport="") for phone in site.phones)
    manager = _templates(conf_dir / "manager.conf")
    manager += _section(site.ami.name, "(dialer-service)", [("secret", site.ami.secret)])
    extensions = _section("globals", "(+)", _globals(site.dialplan))
    extensions += _without(conf_dir / "extensions.conf", ("general", "globals"))
    texts = {
        "dialer-extensions.conf": _HEADER + extensions,
        "dialer-manager.conf": _HEADER + manager,
        "dialer-pjsip.conf": _HEADER + pjsip,
        "README": _existing_readme(directory, site),
    }
    for name, text in texts.items():
        path = directory / name
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    return [directory / name for name in texts]


def _existing_readme(directory: Path, site: Site) -> str:
    shown = directory.resolve()
    return f"""\
How to use the dialer with the Asterisk that runs here (18 or newer; pbx.managed = false in the settings):

1. At the end of its files add, in
   extensions.conf   #include {shown}/dialer-extensions.conf
   manager.conf      #include {shown}/dialer-manager.conf
   pjsip.conf        #include {shown}/dialer-pjsip.conf
   extensions.conf needs a line [globals] before the include. Contexts, templates, AstDB families and the
   bridge of waiting agents are named dialer-…, globals DIALER_…: nothing of yours may be. None of your
   sections of pjsip.conf may have the name of a trunk or of an agent of these settings, and none of
   type=identify may match a trunk's address; none of your manager users may be named {site.ami.name}.
2. manager.conf needs in [general]: enabled=yes, port={site.ami.port}, timestampevents=yes.
3. pjsip.conf needs in its section of type=global:
   endpoint_identifier_order=username,auth_username,ip,anonymous
   and in its section of type=system (make one if there is none; it counts for every trunk and phone):
   timer_t1=125
   timer_b=8000
   Without these a provider that is dead is told from a customer who does not answer only after 32 seconds,
   and every ring time below that books "no answer" and uses up the attempts of the lists.
4. asterisk.conf needs transmit_silence=yes in [options]; features.conf needs xfersound=beep in [general]
   (the tone in an agent's ear); modules.conf must load what the product's own modules.conf names
   (with autoload=yes it does; bridge_native_rtp may stay, talks are kept off it); amd.conf must exist, empty
   or not: app_amd does not load without one.
5. Asterisk's user must be able to read these files and to write {site.dialplan.votes};
   where he is asterisk: chgrp -R asterisk {shown} {site.dialplan.votes}
   The service's user, if he is not root, must be of that group too, or he can not collect the votes.
6. Load: asterisk -rx "core restart when convenient" (a reload does not take the timers). It waits until no
   call is left. Agents' phones are calls that last all day: have every agent log out first, or it waits on.
7. Start Asterisk with -p, as Debian's unit does: else an answered customer and the sound of all talks wait in
   line for the processor behind whatever else runs.
8. Let `dialer doctor` check it.
"""


def _globals(dialplan: Globals) -> list[tuple[str, object]]:
    return [
        ("DIALER_SVC", dialplan.service),
        ("DIALER_PROMPTS", dialplan.prompts),
        ("DIALER_OFFLINE", dialplan.offline),
        ("DIALER_VOTEDIR", dialplan.votes),
    ]


def _registration(trunk: Trunk, address: str, auth: str, transport: str) -> list[tuple[str, object]]:
    return [
        ("type", "registration"),
        *_transport(transport),
        ("outbound_auth", auth),
        ("server_uri", address),
        ("client_uri", f"sip:{trunk.username}@{trunk.from_domain or trunk.host}:{trunk.port}"),
        ("contact_user", trunk.username),
        # A provider that is down overnight, or refuses us a while, must not need us in the morning. Without
        # the second one Asterisk gives up for good at the first refusal; a wrong password counts as one.
        ("retry_interval", trunk.retry_s),
        ("fatal_retry_interval", trunk.refused_retry_s),
        ("forbidden_retry_interval", trunk.refused_retry_s),
        ("max_retries", 100_000_000),
    ]


def _auth_lines(username: str, password: str) -> list[tuple[str, object]]:
    return [("type", "auth"), ("auth_type", "userpass"), ("username", username), ("password", password)]


def _transport(name: str) -> list[tuple[str, object]]:
    return [("transport", name)] if name else []


def _codec_lines(codecs: Iterable[str]) -> list[tuple[str, object]]:
    return [("disallow", "all"), *(("allow", codec) for codec in codecs)]


def _media(address: str) -> list[tuple[str, object]]:
    # Without an address Asterisk looks up its own name for every call, and a slow resolver stops them all.
    return [("media_address", address), ("bind_rtp_to_media_address", "yes")] if address else []


def _section(name: str, suffix: str, lines: Iterable[tuple[str, object]]) -> str:
    return f"\n[{name}]{suffix}\n" + "".join(f"{key} = {value}\n" for key, value in lines)


def _templates(path: Path) -> str:
    """Return the template sections, ``[name](!)``, of one of our files."""
    return "".join(text for head, text in _sections(path) if "(!" in head)


def _without(path: Path, names: Iterable[str]) -> str:
    """Return one of our files without some sections, includes and what stands before the first section."""
    left_out = {f"[{name}]" for name in names} | {""}
    return "".join(text for head, text in _sections(path) if head not in left_out)


def _sections(path: Path) -> Iterator[tuple[str, str]]:
    """Yield head (``[name](options)``, "" before the first) and text of each section, without includes."""
    head, lines = "", list[str]()
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        if line.startswith("["):
            yield head, "".join(lines)
            head, lines = line.split(";")[0].strip(), []
        if not line.startswith("#include"):
            lines.append(line)
    yield head, "".join(lines)
