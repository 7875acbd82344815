"""Runs the service and its Asterisk from the settings, each until told to stop.

Two processes on purpose: the service may be stopped, replaced or crash while the Asterisk keeps calls and
promises.
"""

import asyncio
import os
import re
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import structlog

from campaigns.private_files import make_private
from dialer.ami.config import AmiConfig
from ivr.prompts.speaker import EspeakSpeaker
from service.app import open_service
from service.clock import SystemClock
from service.connections import Switch
from service.errors import BadSettings, CannotStart, SettingFault
from service.latency import keep_pauses_short
from service.pbx.errors import BadSite
from service.pbx.instance import Instance
from service.pbx.listening import listens
from service.pbx.ours import dialplan_globals, our_instance
from service.pbx.places import PRODUCT_CONF, spoken_dir, try_lock
from service.pbx.ports import why_not_free
from service.pbx.provision import fresh_secret
from service.pbx.site import AgentPhone, AmiUser, Globals, Site
from service.pbx.site import Trunk as SiteTrunk
from service.pbx.source import Source, find_source_apart
from service.pbx.speech import speaker_beside
from service.secret_files import read_secret
from service.settings import AgentPart, Pbx, Settings, TrunkPart
from service.signals import all_like_ctrl_c, told_to_stop

log = structlog.get_logger()

AMI_SECRET = "DIALER_AMI_SECRET"  # noqa: S105 - the name of a variable
"""The environment variable that may hold the manager's secret instead of its file."""


PREDECESSOR_S: Final = 20.0
"""How long a start waits for a predecessor: longer than one takes to stop."""

SAID_EVERY_S: Final = 5.0
"""How often a start says that it waits for a predecessor."""


async def serve(settings: Settings) -> None:
    """Run the service until SIGTERM, SIGHUP or Ctrl-C, then stop it in stages."""
    lock = await _only_one(settings)
    try:
        await _serve(settings)
    finally:
        os.close(lock)


async def _only_one(settings: Settings) -> int:
    """Wait for a predecessor that is still stopping: two services would settle each other's calls."""
    file = lock_file(settings)
    time = asyncio.get_running_loop().time
    began = said = time()
    try:
        while (lock := try_lock(file)) is None:
            if time() > began + PREDECESSOR_S:
                raise CannotStart(f"another `dialer serve` runs with these settings ({file} is held)")
            if time() >= said:
                left_s = round(began + PREDECESSOR_S - time())
                log.warning("waiting for another `dialer serve` to stop", held=str(file), at_most_s=left_s)
                said += SAID_EVERY_S
            await asyncio.sleep(0.2)
    except OSError as fault:
        raise CannotStart(f"{file}: cannot be locked: {fault.strerror}") from fault
    return lock


def lock_file(settings: Settings) -> Path:
    """Return the file that a service of these settings holds while it runs."""
    return settings.path(settings.http.tokens_file).with_name("serve.lock")


async def _serve(settings: Settings) -> None:
    service = await open_service(settings, await switch_of(settings), SystemClock())
    first = keep_pauses_short(service.store.database.threads_of_calls())
    log.info("set up for short pauses", goes_first=first)
    log.info("console", url=service.url, tokens=str(settings.path(settings.http.tokens_file)))
    try:
        await told_to_stop()
    finally:
        await service.stop()


async def serve_pbx(settings: Settings) -> None:
    """Run the Asterisk of the settings until SIGTERM, SIGHUP or Ctrl-C; one that dies is an error."""
    if not settings.pbx.managed:
        raise CannotStart("pbx.managed is false: this Asterisk is not ours to run")
    source = await _source_of(settings)
    instance = instance_of(settings, source)
    _refuse_taken_ports(settings.pbx)
    await instance.start()
    stopped = asyncio.create_task(told_to_stop(), name="signals")
    try:
        _require_own_ports(settings.pbx, instance.pid)
        log.info("asterisk running", version=source.version, directory=str(instance.directory))
        while instance.running and not stopped.done():
            await asyncio.wait({stopped}, timeout=1.0)
        if not stopped.done():
            raise CannotStart(f"Asterisk has ended; its log is in {instance.directory / 'log'}")
    finally:
        stopped.cancel()
        await instance.stop()


def instance_of(settings: Settings, source: Source) -> Instance:
    """Lay out the Asterisk of the settings; its manager secret is made once and kept."""
    secret_file = settings.path(settings.pbx.ami_secret_file)
    if not secret_file.exists():
        _write_secret(secret_file, fresh_secret())
    home = settings.path(settings.pbx.directory)
    make_private(home)
    listens = f"{settings.pbx.agi_host}:{settings.pbx.agi_port}"
    site = site_of(settings, dialplan_globals(source.seen(home), listens))
    if far := site.out_of_reach:
        raise CannotStart(
            f"pbx.sip_host is {site.sip_host}, this machine only; out of reach: {', '.join(far)}. "
            "Set pbx.sip_host to the address that providers and phones reach, or 0.0.0.0 for every address"
        )
    return our_instance(source, home, site)


def site_of(settings: Settings, dialplan: Globals, *, ami_secret: str = "") -> Site:
    """Return what the PBX is set up for, with all secrets read: that of the AMI unless it is given.

    Raises ``BadSettings`` with everything that is wrong.
    """
    secrets = _Secrets(settings)
    try:
        site = _site(settings, dialplan, secrets, ami_secret or secrets.ami())
    except BadSite as refusal:
        secrets.faults += [SettingFault(_place(settings, one.setting), one.problem) for one in refusal.faults]
    if secrets.faults:
        raise BadSettings(secrets.faults)
    return site


_PLACES: Final = {
    "ami.name": "pbx.ami_user",
    "ami.secret": "pbx.ami_secret_file",
    "ami.host": "pbx.ami_host",
    "ami.port": "pbx.ami_port",
    "dialplan.service": "pbx.agi_host",
    "dialplan.prompts": "pbx.prompts",
    "dialplan.votes": "pbx.votes",
    "dialplan.offline": "pbx.directory",
}


def _place(settings: Settings, asked: str) -> str:
    """Return which setting stands behind a value of a site (``phones[0].password``)."""
    section, number, rest = re.fullmatch(r"(\w+)(?:\[(\d+)\])?(.*)", asked, re.DOTALL).groups()  # type: ignore[union-attr]
    if section == "trunks":
        return f"trunks.{number}{rest.replace('.password', '.password_file')}"
    if section == "phones":
        ours = [index for index, part in enumerate(settings.agents) if not part.phone]
        names = {".name": ".id", ".password": ".password_file"}
        return f"agents.{ours[int(number)]}{names.get(rest, rest)}"
    if asked == "dialplan.offline" and not settings.pbx.managed:
        return "DIR"  # it lies in the folder that `dialer existing` is given
    return _PLACES.get(asked, f"pbx.{asked}")


class _Secrets:
    """Reads secrets. One that cannot be read is a fault, and another stands in for it meanwhile."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.faults: list[SettingFault] = []

    def ami(self) -> str:
        return self._read(lambda: ami_secret(self._settings))

    def password(self, file: Path | None) -> str:
        """Return the password of a trunk or a phone, empty where it has none."""
        if file is None:
            return ""
        return self._read(lambda: read_secret(self._settings.path(file)).get_secret_value())

    def _read(self, reader: Callable[[], str]) -> str:
        try:
            return reader()
        except BadSettings as refusal:
            self.faults += refusal.faults
            return fresh_secret()


def ami_secret(settings: Settings) -> str:
    """Return the secret of the manager user; raises ``BadSettings``."""
    return read_secret(settings.path(settings.pbx.ami_secret_file), AMI_SECRET).get_secret_value()


def ami_of(settings: Settings) -> AmiConfig:
    """Return how the service logs in to the Asterisk of the settings; raises ``BadSettings``."""
    pbx, company = settings.pbx, settings.company
    ami = AmiConfig(pbx.ami_host, pbx.ami_port, pbx.ami_user, ami_secret(settings))
    number = company.callback_number or company.caller_id
    return replace(ami, seat_number=number) if number else ami


def _site(settings: Settings, dialplan: Globals, secrets: _Secrets, ami_secret: str) -> Site:
    pbx = settings.pbx
    return Site(
        ami=AmiUser(pbx.ami_user, ami_secret, pbx.ami_host, pbx.ami_port),
        dialplan=dialplan,
        sip_port=pbx.sip_port,
        rtp_first=pbx.rtp_first,
        rtp_last=pbx.rtp_last,
        sip_host=pbx.sip_host,
        external_host=pbx.external_host,
        local_networks=pbx.local_networks,
        trunks=tuple(_trunk(secrets, part) for part in settings.trunks),
        phones=tuple(_phone(secrets, part) for part in settings.agents if not part.phone),
    )


async def _source_of(settings: Settings) -> Source:
    """Return the Asterisk of the settings; told to stop while one is unpacked, nothing of it is left."""
    with all_like_ctrl_c():
        return await find_source_apart(given_asterisk(settings), log.info)


async def switch_of(settings: Settings) -> Switch:
    """Return how the service reaches the Asterisk of the settings."""
    pbx, ami = settings.pbx, ami_of(settings)
    prompts, votes = shared_directories(settings)
    seen_as, speaker = pbx.prompts_seen_as or str(prompts), EspeakSpeaker()
    ours_runs: Callable[[], bool] | None = None
    if pbx.managed:
        source = await _source_of(settings)
        instance = Instance(source, settings.path(pbx.directory), PRODUCT_CONF, {})
        seen_as, speaker = instance.inside(prompts), speaker_beside(instance)
        ours_runs = instance.runs_somewhere
    return Switch(
        ami=ami,
        agi_host=pbx.agi_host,
        agi_port=pbx.agi_port,
        prompts=prompts,
        prompts_seen_as=seen_as,
        votes=votes,
        speaker=speaker,
        spoken=spoken_dir(),
        ours_runs=ours_runs,
    )


def shared_directories(settings: Settings) -> tuple[Path, Path]:
    """Return where sounds and offline votes are exchanged with the Asterisk."""
    home = settings.path(settings.pbx.directory)
    prompts = settings.path(settings.pbx.prompts) if settings.pbx.prompts else home / "prompts"
    votes = settings.path(settings.pbx.votes) if settings.pbx.votes else home / "votes"
    return prompts, votes


def _refuse_taken_ports(pbx: Pbx) -> None:
    """Asterisk starts without a port that another program has, and then nothing reaches it."""
    for name, kind, host, port in _ports_of(pbx):
        if why := why_not_free(kind, host, port):
            raise CannotStart(f"pbx.{name}_host and {name}_port: {host}:{port} cannot be listened on: {why}")


def _require_own_ports(pbx: Pbx, pid: int) -> None:
    """Refuse an Asterisk that has come up without a port, which somebody took since we looked."""
    for name, kind, host, port in _ports_of(pbx):
        if not listens(pid, kind, port):
            place = f"pbx.{name}_host and {name}_port"
            raise CannotStart(f"{place}: another program has just taken {host}:{port}")


def _ports_of(pbx: Pbx) -> tuple[tuple[str, socket.SocketKind, str, int], ...]:
    """Return what Asterisk listens on: name, kind, address and port."""
    return (
        ("ami", socket.SOCK_STREAM, pbx.ami_host, pbx.ami_port),
        ("sip", socket.SOCK_DGRAM, pbx.sip_host, pbx.sip_port),
    )


def given_asterisk(settings: Settings) -> Path | None:
    """Return the Asterisk that the settings name, if any."""
    return settings.path(settings.pbx.asterisk) if settings.pbx.asterisk else None


def _trunk(secrets: _Secrets, part: TrunkPart) -> SiteTrunk:
    return SiteTrunk(
        name=part.name,
        host=part.host,
        port=part.port,
        username=part.username,
        password=secrets.password(part.password_file),
        register=part.register_,
        inbound=part.inbound,
        sources=part.sources,
        codecs=part.codecs,
        from_domain=part.from_domain,
        qualify_s=part.qualify_s,
    )


def _phone(secrets: _Secrets, part: AgentPart) -> AgentPhone:
    return AgentPhone(part.id, secrets.password(part.password_file), part.contact)


def _write_secret(file: Path, secret: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as out:
        out.write(secret + "\n")
