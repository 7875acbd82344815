"""What the settings and the files beside them come to: an Asterisk, trunks and phones, rules, flows."""

import asyncio
import socket
from collections.abc import Callable, Sized
from pathlib import PurePosixPath

from service.doctor.finding import Finding
from service.errors import BadSettings
from service.pbx.errors import PbxError
from service.pbx.ours import dialplan_globals
from service.pbx.ports import why_not_free
from service.pbx.provision import fresh_secret
from service.pbx.site import EVERY_ADDRESS, beyond_loopback, host_of, is_loopback
from service.pbx.source import how_to_have_one, source_at_hand
from service.serve import given_asterisk, site_of
from service.settings import Settings
from service.trunks import trunk_of
from service.written import flows_of, rules_of, templates_of


async def asterisk(settings: Settings) -> Finding:
    """Look whether there is an Asterisk to run, or would be at the first start. Builds none."""
    name = "asterisk"
    if not settings.pbx.managed:
        return Finding(name, True, "an existing one; its version is under manager login")
    given, over = given_asterisk(settings), list[str]()
    try:
        source = await asyncio.to_thread(source_at_hand, given, over.append)
        told = source.describe() if source else await asyncio.to_thread(how_to_have_one)
        return Finding(name, True, "; ".join((told, *over)))
    except PbxError as fault:
        if given is not None:
            remedy = "correct pbx.asterisk, or leave it out to have one found"
            return Finding(name, False, str(fault), remedy)
        said, _, remedy = str(fault).partition("; ")
        said = ". ".join((*over, said))
        return Finding(name, False, said, remedy or "see what it said; or name an Asterisk in pbx.asterisk")


def switch_files(settings: Settings) -> Finding:
    """What the settings put into Asterisk's files: trunks and phones, each with its password.

    The manager's secret is looked at elsewhere, so that its lack hides nothing here.
    """
    name, pbx = "trunks and phones", settings.pbx
    home = PurePosixPath(settings.path(pbx.directory))
    try:
        dialplan = dialplan_globals(home, f"{pbx.agi_host}:{pbx.agi_port}")
        site = site_of(settings, dialplan, ami_secret=fresh_secret())
    except (BadSettings, PbxError) as fault:
        remedy = "correct the named settings; write each password into its file"
        return Finding(name, False, str(fault), remedy)
    return Finding(name, True, f"{_many(site.trunks, 'trunk')}, {_many(site.phones, 'phone')} can be written")


def sip(settings: Settings, not_free: Callable[[socket.SocketKind, str, int], str] = why_not_free) -> Finding:
    """Where SIP listens, and whether all that the settings name can be reached from there."""
    name, pbx = "sip", settings.pbx
    place = f"{pbx.sip_host}:{pbx.sip_port}"
    if not pbx.managed:
        return Finding(name, True, f"where the existing Asterisk's pjsip.conf says; settings: {place}")
    if why := not_free(socket.SOCK_DGRAM, pbx.sip_host, 0):  # any port: only the address is asked about
        remedy = "set pbx.sip_host to an address of this machine, as `ip address` shows them, or to 0.0.0.0"
        return Finding(name, False, f"cannot listen on {place}: {why}", remedy)
    if not is_loopback(pbx.sip_host):
        every = pbx.sip_host in EVERY_ADDRESS
        who = "every address of this machine" if every else "the network of that address"
        detail = f"listens on {place}, reachable from {who}: let a firewall pass providers and phones"
        return Finding(name, True, detail)
    places = [(trunk.name, trunk.host) for trunk in settings.trunks]
    places += [(one.id, host_of(one.contact)) for one in settings.agents if one.contact]
    here = f"listens on {place}, this machine only"
    if far := beyond_loopback(pbx.sip_host, places):
        remedy = "set pbx.sip_host to the address that providers and phones reach"
        return Finding(name, False, f"{here}; out of reach: {', '.join(far)}", remedy)
    return Finding(name, True, f"{here}: phones and trunks elsewhere need pbx.sip_host")


def callers(settings: Settings) -> Finding:
    """Look whether the numbers of callers of the hotline can be read in whatever form they are shown."""
    name, coming = "callers", [trunk for trunk in settings.trunks if trunk.inbound]
    homeless = [one.name for one in coming if trunk_of(one, settings.company.region).region is None]
    if homeless:
        remedy = "set company.region to the ISO country whose numbers come without a country code"
        detail = (
            f"read only with a plus or in the trunk's own form, for want of a country: {', '.join(homeless)}"
        )
        return Finding(name, False, detail, remedy)
    unsaid = [one.name for one in coming if one.number_format != "e164" and not one.caller_id_format]
    if unsaid:
        told = "who is shown without a plus may be unknown until caller_id_format is set"
        return Finding(name, True, f"{told}: {', '.join(unsaid)}")
    return Finding(name, True, f"calls come in by {_many(coming, 'trunk')}, and callers can be read")


async def definitions(settings: Settings) -> Finding:
    """Look whether flows and templates can be read, as the service does at its start."""
    name = "flows and templates"
    try:
        flows, templates = flows_of(settings), templates_of(settings)
    except Exception as fault:
        remedy = "correct the named places (`dialer check FILE` looks at a flow)"
        return Finding(name, False, str(fault), remedy)
    return Finding(name, True, f"{len(flows.flows())} flows, {len(templates)} templates")


async def rules(settings: Settings) -> Finding:
    """Look whether the rule packs and what the settings choose of them make a rule book."""
    name = "rule packs"
    try:
        messages = flows_of(settings).messages
    except Exception:
        return Finding(name, False, "cannot be weighed without the flows", "correct the flows, see above")
    try:
        book = await asyncio.to_thread(rules_of, settings, messages)
    except Exception as fault:
        remedy = "correct rules.packs, rules.trades and the files of rules.packs_dir as named"
        return Finding(name, False, str(fault), remedy)
    return Finding(name, True, f"{len(book.packs)} packs in force")


def company(settings: Settings) -> Finding:
    """Look whether anybody can be called at all."""
    name = "ready to call"
    missing = [key for key in ("name", "caller_id", "callback_number") if not getattr(settings.company, key)]
    missing += [] if settings.trunks else ["(a trunk)"]
    missing += [] if settings.agents else ["(an agent)"]
    if missing:
        remedy = "set them under [company], [[trunks]] and [[agents]]; until then no campaign starts"
        return Finding(name, False, f"not set: {', '.join(missing)}", remedy)
    return Finding(name, True, f"{_many(settings.trunks, 'trunk')}, {_many(settings.agents, 'agent')}")


def _many(things: Sized, what: str) -> str:
    return f"{len(things)} {what}" if len(things) == 1 else f"{len(things)} {what}s"
