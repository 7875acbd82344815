"""Render the generated files of a PBX from its ``Site``: manager, pjsip, rtp, extensions.

The files of ``asterisk/conf`` include them and hold the templates they inherit from (``dialer-service``,
``dialer-trunk``, ``dialer-agent``, ``dialer-agent-aor``). Text in, text out. Must not know processes.
"""

import secrets
from collections.abc import Iterable, Mapping

from service.pbx.errors import BadSite, SiteFault
from service.pbx.site import EVERY_ADDRESS, AgentPhone, AmiUser, Globals, Site, Trunk, harmful

TRANSPORT = "transport-udp"
HEADER = "; Generated; changes made here are lost.\n"


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
    general = section("general", "(+)", [("bindaddr", user.host), ("port", user.port)])
    return HEADER + general + section(user.name, f"({template})", [("secret", user.secret)])


def render_rtp(first: int, last: int) -> str:
    """Return rtp.conf's part: the media ports, ``last`` included."""
    return HEADER + section("general", "(+)", [("rtpstart", first), ("rtpend", last)])


def render_globals(dialplan: Globals) -> str:
    """Return extensions.conf's part: the global variables of the dialplan."""
    return HEADER + section("globals", "", dialplan_lines(dialplan))


def render_pjsip(site: Site) -> str:
    """Return pjsip.conf's part: transport, trunks and phones."""
    lines = [("type", "transport"), ("protocol", "udp"), ("bind", f"{site.sip_host}:{site.sip_port}")]
    if site.external_host:
        lines += [("external_media_address", site.external_host)]
        lines += [("external_signaling_address", site.external_host)]
        lines += [("local_net", network) for network in site.local_networks]
    text = HEADER + section(TRANSPORT, "", lines)
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
    text = section(trunk.name, "(dialer-trunk)", endpoint)
    contact = ("contact", address)
    text += section(trunk.name, "", [("type", "aor"), contact, ("qualify_frequency", trunk.qualify_s)])
    if trunk.username:
        text += section(auth, "", _auth_lines(trunk.username, trunk.password))
    if trunk.register:
        text += section(registration_name(trunk.name), "", _registration(trunk, address, auth, transport))
    if trunk.inbound:
        sources = ",".join(trunk.sources or (trunk.host,))
        identify = [("type", "identify"), ("endpoint", trunk.name), ("match", sources)]
        text += section(f"{trunk.name}-identify", "", identify)
    return text


def registration_name(trunk: str) -> str:
    """Return the name of the section by which a trunk registers."""
    return f"{trunk}-registration"


def render_phone(phone: AgentPhone, media: str = "", transport: str = TRANSPORT) -> str:
    """Return an agent's phone: endpoint, address of record, and auth when it registers."""
    endpoint = [*_transport(transport), ("aors", phone.name), *_codec_lines(phone.codecs), *_media(media)]
    if phone.password:
        endpoint += [("auth", f"{phone.name}-auth")]
    text = section(phone.name, "(dialer-agent)", endpoint)
    text += section(phone.name, "(dialer-agent-aor)", [("contact", phone.contact)] if phone.contact else [])
    if phone.password:
        text += section(f"{phone.name}-auth", "", _auth_lines(phone.name, phone.password))
    return text


def render_peer(name: str, host: str, port: int, peer_port: int) -> str:
    """Return pjsip.conf of the simulated network: its transport, and the one PBX that it knows."""
    transport = [("type", "transport"), ("protocol", "udp"), ("bind", f"{host}:{port}")]
    endpoint = [*_transport(TRANSPORT), ("aors", name), *_media(host)]
    aor = [("type", "aor"), ("contact", f"sip:{host}:{peer_port}"), ("qualify_frequency", 0)]
    identify = [("type", "identify"), ("endpoint", name), ("match", host)]
    text = HEADER + section(TRANSPORT, "", transport) + section(name, "(peer)", endpoint)
    return text + section(name, "", aor) + section(f"{name}-identify", "", identify)


def render_network_globals(values: Mapping[str, str]) -> str:
    """Return the global variables of the simulated network's dialplan. Raises ``BadSite``."""
    faults = [SiteFault(f"network_globals.{key}", why) for key in values if (why := harmful(values[key]))]
    if faults:
        raise BadSite(faults)
    return HEADER + section("globals", "", values.items())


def dialplan_lines(dialplan: Globals) -> list[tuple[str, object]]:
    """Return the global variables of the dialplan."""
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


def section(name: str, suffix: str, lines: Iterable[tuple[str, object]]) -> str:
    """Return a section of Asterisk's files; ``suffix`` stands behind its name, as ``(template)``."""
    return f"\n[{name}]{suffix}\n" + "".join(f"{key} = {value}\n" for key, value in lines)
