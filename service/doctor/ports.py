"""The ports that the service listens on: free for it, or its own.

Whether it runs is known from its lock, so that a stranger on a port is never taken for it. Must not listen.
"""

import asyncio
import socket

from service.doctor.finding import Finding
from service.greeting import ask_who
from service.pbx.places import is_held
from service.pbx.ports import why_not_free
from service.pbx.site import EVERY_ADDRESS
from service.serve import lock_file
from service.settings import Settings

_NEXT = "or stop what listens there (`ss -ltnp` names it)"


async def agi_port(settings: Settings) -> Finding:
    """Look whether the dialplan reaches the service on its port, or will."""
    name, pbx = "agi port", settings.pbx
    place = f"{pbx.agi_host}:{pbx.agi_port}"
    other = f"choose another pbx.agi_port, {_NEXT}"
    try:
        version = await ask_who(_reached_at(pbx.agi_host), pbx.agi_port)
    except OSError:
        return _not_answered(settings, name, place, pbx.agi_host, pbx.agi_port)
    if version is None:
        return Finding(name, False, f"{place} is held by a program that is not the service", other)
    if not is_held(lock_file(settings)):
        return Finding(name, False, f"{place} is held by a service of other settings", other)
    return Finding(name, True, f"{place} is answered by the running service, version {version}")


async def http_port(settings: Settings) -> Finding:
    """Look whether the console answers on its port, or will."""
    name, http = "http port", settings.http
    if http.port == 0:
        return Finding(name, True, "any free one, which the log names")
    place = f"{http.host}:{http.port}"
    if not await asyncio.to_thread(_answered, _reached_at(http.host), http.port):
        return _not_answered(settings, name, place, http.host, http.port)
    if not is_held(lock_file(settings)):
        remedy = f"choose another http.port, {_NEXT}"
        return Finding(name, False, f"{place} is held by another program", remedy)
    return Finding(name, True, f"{place} is answered, and the service runs")


def _not_answered(settings: Settings, name: str, place: str, host: str, port: int) -> Finding:
    """Nobody listens: right while no service runs, and if one can."""
    if why := why_not_free(socket.SOCK_STREAM, host, port):
        remedy = f"name an address of this machine (`ip address`) and a port from 1024 up, {_NEXT}"
        return Finding(name, False, f"{place} cannot be listened on: {why}", remedy)
    if is_held(lock_file(settings)):
        remedy = "if it has just been started, ask again; else see its log, and restart it after a change"
        return Finding(name, False, f"the service runs, and does not answer on {place}", remedy)
    return Finding(name, True, f"{place} is free for the service")


def _answered(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1.0):
            return True
    except OSError:
        return False


def _reached_at(host: str) -> str:
    """Return where a server that listens on ``host`` is reached from this machine."""
    if host in EVERY_ADDRESS:
        return "::1" if ":" in host else "127.0.0.1"
    return host.strip("[]")
