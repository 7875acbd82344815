"""``dialer doctor``: looks at every part as it is set up, and says for each fault what to do."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from campaigns.templates import load_templates
from dialer.ami.telephony import AmiTelephony
from dialer.errors import NotSent, TelephonyError, WrongSecret
from dialer.ports import SwitchEvent
from ivr.flow.library import FlowLibrary
from service.app import Switch
from service.clock import SystemClock
from service.errors import BadSettings
from service.pbx.errors import PbxError
from service.pbx.ours import dialplan_globals
from service.pbx.source import find_source
from service.serve import site_of, switch_of
from service.settings import Settings
from store.errors import StoreError
from store.opening import open_store

EARLIEST: Final = datetime(2025, 1, 1, tzinfo=UTC)
"""A clock before this moment is wrong: nobody may be called by it."""

LOOK_S: Final = 8.0
"""How long one look may take."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look found; ``remedy`` says what to do about a fault."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


async def examine(settings: Settings) -> list[Finding]:
    """Look at every part; nothing is changed but what a start would make anyway."""
    findings = [await _asterisk(settings)]
    try:
        switch: Switch | None = await switch_of(settings)
    except (BadSettings, PbxError) as fault:
        switch = None
        remedy = "start the Asterisk once with `dialer pbx`, which makes the secret, or write it to that file"
        findings.append(Finding("manager secret", False, str(fault), remedy))
    if switch is not None:
        findings.append(await _within(_manager(switch), "manager login"))
        findings.append(_agi_port(switch))
        findings.append(_sounds(switch))
        findings.append(_switch_files(settings))
    looks: tuple[Callable[[], Awaitable[Finding]], ...] = (
        lambda: _database(settings),
        _definitions_of(settings),
        _clock,
        _zones,
        _company_of(settings),
    )
    return findings + [await look() for look in looks]


async def _within(look: Awaitable[Finding], name: str) -> Finding:
    try:
        async with asyncio.timeout(LOOK_S):
            return await look
    except TimeoutError:
        remedy = "see whether the Asterisk hangs; restart it"
        return Finding(name, False, f"no answer in {LOOK_S:g} s", remedy)


async def _asterisk(settings: Settings) -> Finding:
    if not settings.pbx.managed:
        return Finding("asterisk", True, "an existing one; its version is under manager login")
    given = settings.path(settings.pbx.asterisk) if settings.pbx.asterisk else None
    try:
        source = await asyncio.to_thread(find_source, given)
    except PbxError as fault:
        remedy = "install Debian's package mmdebstrap as root, or asterisk"
        if given is not None:
            remedy = "correct pbx.asterisk, or leave it out to have one found"
        return Finding("asterisk", False, str(fault), remedy)
    return Finding("asterisk", True, source.describe())


async def _manager(switch: Switch) -> Finding:
    """Log in, then do one thing of each right that the service needs."""

    def ignore(_: SwitchEvent) -> None:
        """Events are not what is looked at."""

    telephony = AmiTelephony(switch.ami, SystemClock(), ignore, lambda: 0.5)
    name = "manager login"
    place = f"{switch.ami.host}:{switch.ami.port}"
    try:
        await telephony.start()
        await telephony.live()
        await telephony.journal()
        await telephony.cancel("doctor-no-such-channel")
    except WrongSecret:
        remedy = "compare ami_user and the secret file with manager.conf, then reload it"
        return Finding(name, False, f"{place} refused user {switch.ami.username}", remedy)
    except NotSent as fault:
        remedy = "start the Asterisk (`dialer pbx`), or correct pbx.ami_host and ami_port"
        return Finding(name, False, f"{place}: {fault}", remedy)
    except TelephonyError as fault:
        remedy = "give the manager user the rights of asterisk/conf/manager.conf"
        return Finding(name, False, f"logged in, but: {fault}", remedy)
    finally:
        await telephony.stop()
    return Finding(name, True, f"{place}, Asterisk {telephony.version}, rights suffice")


def _agi_port(switch: Switch) -> Finding:
    """The port is free for the service, or a running service has it."""
    name, place = "agi port", f"{switch.agi_host}:{switch.agi_port}"
    with socket.socket() as probe:
        probe.settimeout(1.0)
        if probe.connect_ex((switch.agi_host, switch.agi_port)) == 0:
            return Finding(name, True, f"{place} is answered, by a running service as it should be")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((switch.agi_host, switch.agi_port))
        except OSError as fault:
            remedy = "choose another pbx.agi_port, or an address of this machine"
            return Finding(name, False, f"{place}: {fault}", remedy)
    return Finding(name, True, f"{place} is free for the service")


def _sounds(switch: Switch) -> Finding:
    name = "sounds"
    try:
        switch.prompts.mkdir(parents=True, exist_ok=True)
        probe = switch.prompts / ".doctor"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as fault:
        remedy = "make the directory writable for the service"
        return Finding(name, False, f"{switch.prompts}: {fault}", remedy)
    made = sum(1 for _ in switch.prompts.glob("*.wav"))
    return Finding(name, True, f"{switch.prompts} is writable, {made} sounds made so far")


def _switch_files(settings: Settings) -> Finding:
    """What the settings put into Asterisk's files: trunks and phones, each with its password."""
    name, pbx = "trunks and phones", settings.pbx
    home = PurePosixPath(settings.path(pbx.directory))
    try:
        site = site_of(settings, dialplan_globals(home, f"{pbx.agi_host}:{pbx.agi_port}"))
    except (BadSettings, PbxError) as fault:
        return Finding(
            name, False, str(fault), "correct the named settings; write each password into its file"
        )
    return Finding(name, True, f"{len(site.trunks)} trunks, {len(site.phones)} phones can be written")


async def _database(settings: Settings) -> Finding:
    name, url = "database", settings.database_url
    scheme, mark, place = url.partition(":///")
    scheme = scheme.partition("://")[0]  # what follows may hold a password
    try:
        if scheme.startswith("sqlite") and mark:
            await asyncio.to_thread(Path(place).parent.mkdir, parents=True, exist_ok=True)
        store = await open_store(url)
        try:
            campaigns = await store.campaign_book.campaigns()
        finally:
            await store.close()
    except (StoreError, OSError) as fault:
        return Finding(name, False, f"{scheme}: {fault}", "correct database.url, or make its place writable")
    return Finding(name, True, f"{scheme}, schema up to date, {len(campaigns)} campaigns")


def _definitions_of(settings: Settings) -> Callable[[], Awaitable[Finding]]:
    async def look() -> Finding:
        try:
            flows = FlowLibrary.read(settings.path(settings.flows) if settings.flows else None)
            templates = load_templates()
            if settings.templates is not None:
                templates = {**templates, **load_templates(settings.path(settings.templates))}
        except Exception as fault:
            remedy = "correct the named places; `dialer check` looks again"
            return Finding("flows and templates", False, str(fault), remedy)
        return Finding("flows and templates", True, f"{len(flows.flows())} flows, {len(templates)} templates")

    return look


async def _clock() -> Finding:
    now = SystemClock().now()
    if now < EARLIEST:
        remedy = "set the clock; switch on time synchronisation"
        return Finding("clock", False, f"says {now:%Y-%m-%d %H:%M} UTC", remedy)
    return Finding("clock", True, f"{now:%Y-%m-%d %H:%M:%S} UTC")


async def _zones() -> Finding:
    known = len(await asyncio.to_thread(available_timezones))
    try:
        offset = ZoneInfo("America/New_York").utcoffset(datetime(2026, 7, 1, 12))  # noqa: DTZ001 - asks for its offset
    except (KeyError, OSError) as fault:
        return Finding("time zones", False, str(fault), "install the Python package tzdata")
    right = offset is not None and offset.total_seconds() == -4 * 3600
    remedy = "" if right else "the zone data are wrong: reinstall tzdata"
    return Finding("time zones", right, f"{known} zones", remedy)


def _company_of(settings: Settings) -> Callable[[], Awaitable[Finding]]:
    async def look() -> Finding:
        company = settings.company
        missing = [name for name in ("name", "caller_id", "callback_number") if not getattr(company, name)]
        missing += [] if settings.trunks else ["(a trunk)"]
        missing += [] if settings.agents else ["(an agent)"]
        if missing:
            remedy = "set them under [company], [[trunks]] and [[agents]]; until then no campaign starts"
            return Finding("ready to call", False, f"not set: {', '.join(missing)}", remedy)
        return Finding("ready to call", True, f"{len(settings.trunks)} trunks, {len(settings.agents)} agents")

    return look
