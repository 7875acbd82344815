"""``dialer doctor``: looks at every part as it is set up, and says for each fault what to do."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from campaigns.private_files import open_to_world
from dialer.ami.config import AmiConfig
from dialer.ami.telephony import AmiTelephony
from dialer.errors import NotSent, Refused, TelephonyError, WrongSecret
from dialer.ports import SwitchEvent
from service import latency
from service.clock import SystemClock
from service.errors import BadSettings
from service.lines import phones_not_found, trunk_lines
from service.pbx import launch
from service.pbx.errors import PbxError
from service.pbx.ours import dialplan_globals
from service.pbx.ports import why_not_free
from service.pbx.provision import fresh_secret
from service.pbx.site import EVERY_ADDRESS, beyond_loopback, host_of, is_loopback
from service.pbx.source import find_source
from service.serve import ami_of, shared_directories, site_of
from service.settings import Pbx, Settings
from service.written import flows_of, templates_of
from store.errors import StoreError
from store.opening import open_store
from store.schema import Standing, standing

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
    """Look at every part; nothing is made and nothing is changed."""
    findings = [
        await _asterisk(settings),
        *await _manager_of(settings),
        _agi_port(settings.pbx),
        _sounds(shared_directories(settings)[0]),
        _switch_files(settings),
        _sip(settings),
    ]
    looks: tuple[Callable[[], Awaitable[Finding]], ...] = (
        lambda: _database(settings),
        lambda: _private(settings),
        _definitions_of(settings),
        _clock,
        _zones,
        lambda: _processor(settings),
        _company_of(settings),
    )
    return findings + [await look() for look in looks]


async def _within(look: Awaitable[list[Finding]], name: str) -> list[Finding]:
    try:
        async with asyncio.timeout(LOOK_S):
            return await look
    except TimeoutError:
        remedy = "see whether the Asterisk hangs; restart it"
        return [Finding(name, False, f"no answer in {LOOK_S:g} s", remedy)]


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


async def _manager_of(settings: Settings) -> list[Finding]:
    """Look for the manager's secret, and with it at his login."""
    try:
        ami = ami_of(settings)
    except BadSettings as fault:
        remedy = "start the Asterisk once with `dialer pbx`, which makes the secret, or write it to that file"
        return [Finding("manager secret", False, str(fault), remedy)]
    return await _within(_manager(ami, settings), "manager login")


async def _manager(ami: AmiConfig, settings: Settings) -> list[Finding]:
    """Log in, do one thing of each right that the service needs, then ask whom the Asterisk reaches."""

    def ignore(_: SwitchEvent) -> None:
        """Events are not what is looked at."""

    telephony = AmiTelephony(ami, SystemClock(), ignore, lambda: 0.5)
    name = "manager login"
    place = f"{ami.host}:{ami.port}"
    try:
        await telephony.start()
        await telephony.live()
        await telephony.journal()
        await telephony.cancel("doctor-no-such-channel")
        await telephony.unseat_agent("doctor-no-such-channel")
        login = Finding(name, True, f"{place}, Asterisk {telephony.version}, rights suffice")
        return [login, *await _reached(telephony, settings)]
    except WrongSecret:
        remedy = "compare ami_user and the secret file with manager.conf, then reload it"
        return [Finding(name, False, f"{place} refused user {ami.username}", remedy)]
    except NotSent as fault:
        remedy = "start the Asterisk (`dialer pbx`), or correct pbx.ami_host and ami_port"
        return [Finding(name, False, f"{place}: {fault}", remedy)]
    except TelephonyError as fault:
        remedy = "give the manager user the rights of asterisk/conf/manager.conf"
        return [Finding(name, False, f"logged in, but: {fault}", remedy)]
    finally:
        await telephony.stop()


async def _reached(telephony: AmiTelephony, settings: Settings) -> list[Finding]:
    """Trunk by trunk and phone by phone, what the Asterisk knows of them."""
    try:
        reach = await telephony.reach()
    except Refused as fault:  # an Asterisk without the module, or without the right: nothing hangs on it
        return [Finding("trunks", True, f"this Asterisk does not tell how its trunks are: {fault}")]
    lines = trunk_lines(settings.trunks, reach)
    told = "; ".join(f"{line.name} {line.detail}" for line in lines) or "none"
    down = [line.name for line in lines if line.fault]
    remedy = f"see to {', '.join(down)}: host, port, account, firewall, the provider; then the Asterisk's log"
    missing = list(phones_not_found(settings.agents, reach))
    phones = f"not found now, off or not registered: {', '.join(missing)}" if missing else "all can be called"
    return [
        Finding("trunks", not down, told, remedy if down else ""),
        Finding("phones", True, phones),
    ]


def _agi_port(pbx: Pbx) -> Finding:
    """The port is free for the service, or a running service has it."""
    name, place = "agi port", f"{pbx.agi_host}:{pbx.agi_port}"
    with socket.socket() as probe:
        probe.settimeout(1.0)
        if probe.connect_ex((pbx.agi_host, pbx.agi_port)) == 0:
            return Finding(name, True, f"{place} is answered, by a running service as it should be")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((pbx.agi_host, pbx.agi_port))
        except OSError as fault:
            remedy = "choose another pbx.agi_port, or an address of this machine"
            return Finding(name, False, f"{place}: {fault}", remedy)
    return Finding(name, True, f"{place} is free for the service")


def _sounds(prompts: Path) -> Finding:
    name = "sounds"
    if not prompts.exists():
        if why := why_not_made(prompts):
            return Finding(name, False, why, "make the directory, or let the service make it there")
        return Finding(name, True, f"{prompts} is made at the first start")
    if not (prompts.is_dir() and os.access(prompts, os.W_OK | os.X_OK)):
        remedy = "make it a directory that the service may write to"
        return Finding(name, False, f"{prompts}: cannot be written", remedy)
    made = sum(1 for _ in prompts.glob("*.wav"))
    return Finding(name, True, f"{prompts} is writable, {made} sounds made so far")


def _switch_files(settings: Settings) -> Finding:
    """What the settings put into Asterisk's files: trunks and phones, each with its password.

    The manager's secret is looked at elsewhere, so that its lack hides nothing here.
    """
    name, pbx = "trunks and phones", settings.pbx
    home = PurePosixPath(settings.path(pbx.directory))
    try:
        dialplan = dialplan_globals(home, f"{pbx.agi_host}:{pbx.agi_port}")
        site = site_of(settings, dialplan, ami_secret=fresh_secret())
    except (BadSettings, PbxError) as fault:
        return Finding(
            name, False, str(fault), "correct the named settings; write each password into its file"
        )
    return Finding(name, True, f"{len(site.trunks)} trunks, {len(site.phones)} phones can be written")


async def _database(settings: Settings) -> Finding:
    name, url, file = "database", settings.database_url, settings.database_file
    scheme = url.partition("://")[0]  # what follows may hold a password
    remedy = "correct database.url, or make its place writable"
    try:
        if file is not None and not await asyncio.to_thread(file.exists):
            why = why_not_made(file)
            detail = why or "not there yet: the first start of the service makes it"
            return Finding(name, not why, f"{scheme}: {detail}", remedy if why else "")
        stands = await standing(url)
        if stands is Standing.NEWER:
            remedy = "install the version of the program that wrote it, or a newer one"
            return Finding(name, False, f"{scheme}: a newer version of the program has been here", remedy)
        if stands is not Standing.CURRENT:
            what = "without tables" if stands is Standing.EMPTY else "of an older version"
            return Finding(name, True, f"{scheme}, {what}: the next start of the service upgrades it")
        store = await open_store(url)
        try:
            campaigns = await store.campaign_book.campaigns()
        finally:
            await store.close()
    except (StoreError, OSError) as fault:
        return Finding(name, False, f"{scheme}: {fault}", remedy)
    return Finding(name, True, f"{scheme}, schema up to date, {len(campaigns)} campaigns")


def why_not_made(path: Path) -> str:
    """Say why a file or directory could not be made at ``path``; empty when it could."""
    there = next(parent for parent in path.parents if parent.exists())
    if not there.is_dir():
        return f"{there} is no directory"
    return "" if os.access(there, os.W_OK | os.X_OK) else f"{there} cannot be written to"


async def _private(settings: Settings) -> Finding:
    """Whether other users of this machine can read what is ours: customers, secrets, votes."""
    name = "private files"
    told = await asyncio.to_thread(
        lambda: [str(path) for path in kept_private(settings) if open_to_world(path)]
    )
    if told:
        remedy = f"chmod o= {' '.join(told)}; the service does so for files of its own at its next start"
        return Finding(name, False, f"every user of this machine has a right to {', '.join(told)}", remedy)
    return Finding(name, True, "database, secrets, uploads and votes are closed to other users")


def kept_private(settings: Settings) -> Iterator[Path]:
    """Yield the files and directories that nobody else may read, whether they are there or not."""
    if settings.database_file is not None:
        yield from (Path(f"{settings.database_file}{companion}") for companion in ("", "-wal", "-shm"))
    yield settings.path(settings.http.tokens_file)
    yield settings.path(settings.pbx.ami_secret_file)
    yield from (settings.path(one.password_file) for one in settings.trunks if one.password_file)
    yield from (settings.path(one.password_file) for one in settings.agents if one.password_file)
    yield settings.path(settings.uploads)
    if settings.pbx.managed:
        yield settings.path(settings.pbx.directory)
    else:
        yield shared_directories(settings)[1]


def _sip(settings: Settings) -> Finding:
    """Where SIP listens, and whether all that the settings name can be reached from there."""
    name, pbx = "sip", settings.pbx
    place = f"{pbx.sip_host}:{pbx.sip_port}"
    if not pbx.managed:
        return Finding(name, True, f"where the existing Asterisk's pjsip.conf says; settings: {place}")
    if why := why_not_free(socket.SOCK_DGRAM, pbx.sip_host, 0):  # any port: only the address is asked about
        remedy = "set pbx.sip_host to an address of this machine, as `ip address` shows them, or to 0.0.0.0"
        return Finding(name, False, f"cannot listen on {place}: {why}", remedy)
    if not is_loopback(pbx.sip_host):
        every = pbx.sip_host in EVERY_ADDRESS
        who = "every address of this machine" if every else "the network of that address"
        return Finding(
            name, True, f"listens on {place}, reachable from {who}: let a firewall pass providers and phones"
        )
    places = [(trunk.name, trunk.host) for trunk in settings.trunks]
    places += [(one.id, host_of(one.contact)) for one in settings.agents if one.contact]
    if far := beyond_loopback(pbx.sip_host, places):
        remedy = "set pbx.sip_host to the address that providers and phones reach"
        return Finding(
            name, False, f"listens on {place}, this machine only; out of reach: {', '.join(far)}", remedy
        )
    return Finding(
        name, True, f"listens on {place}, this machine only: phones and trunks elsewhere need pbx.sip_host"
    )


def _definitions_of(settings: Settings) -> Callable[[], Awaitable[Finding]]:
    async def look() -> Finding:
        try:
            flows, templates = flows_of(settings), templates_of(settings)
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


async def _processor(settings: Settings) -> Finding:
    """Whether an answered call waits in line for the processor. Not a fault: it works, but not as fast."""
    wanted = {"the service": latency.PRIORITY}
    if settings.pbx.managed:
        wanted["Asterisk"] = launch.PRIORITY
    waits = [who for who, priority in wanted.items() if not latency.may_go_first(priority)]
    if not waits:
        return Finding("processor", True, f"{' and '.join(wanted)} may go before ordinary work")
    lets = f"LimitRTPRIO={max(wanted.values())} lets them go first"
    detail = f"in line with everything else: {' and '.join(waits)}; {lets} (docs/operations.md)"
    return Finding("processor", True, detail)


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
