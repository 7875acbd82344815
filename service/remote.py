"""What the command line asks of the running service, over its HTTP API."""

import asyncio
import csv
import os
import pwd
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Final

from console.auth import is_plain_user
from gateways.console_client import ConsoleClient, ConsoleRefused, console_at
from service.errors import BadSettings, SettingFault
from service.settings import Settings
from service.tokens import manager_token

PAGE: Final = 5_000
"""Lines of a report that are asked for at once."""


def where(settings: Settings, url: str) -> tuple[str, str]:
    """Return where the service listens and the manager's token; raises ``BadSettings``."""
    if url and not url.startswith(("http://", "https://")):
        raise BadSettings([SettingFault("--url", f"{url!r} does not begin with http:// or https://")])
    if not url and settings.http.port == 0:
        raise BadSettings([SettingFault("http.port", "is 0, any free port: name the service's with --url")])
    host = f"[{settings.http.host}]" if ":" in settings.http.host else settings.http.host
    token = manager_token(settings.path(settings.http.tokens_file))
    return url or f"http://{host}:{settings.http.port}", token


def console_of(settings: Settings, url: str) -> AbstractAsyncContextManager[ConsoleClient]:
    """Open a client for the running service, for whoever uses the command line; raises ``BadSettings``."""
    return console_at(*where(settings, url), user=user_of_machine())


def user_of_machine() -> str:
    """Return the operating system's user, by its number and not by what the environment says.

    Empty where nobody knows him by a name that can be sent.
    """
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return ""
    return name if is_plain_user(name) else ""


LOOK_S: Final = 1.0
"""How often work that takes a while is looked at."""


async def test_call(settings: Settings, url: str, number: str) -> dict[str, Any]:
    """Place one test call; returns its attempt id."""
    async with console_of(settings, url) as console:
        placed: dict[str, Any] = await console.post("/api/calls", {"number": number})
        return placed


async def ask(settings: Settings, url: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """Return what a route of the running service answers: to a GET, or with a body to a POST."""
    async with console_of(settings, url) as console:
        return await (console.get(path) if body is None else console.post(path, body))


async def switch_list(
    settings: Settings,
    url: str,
    campaign: int,
    list_name: str,
    what: str,
    follow: Callable[[Mapping[str, int]], None] = lambda _: None,
) -> dict[str, Any]:
    """Switch a list of a campaign, by name or number, on (``activate``) or off (``deactivate``).

    Where that takes a while, ``follow`` is told where the list's leads stand, about once a second.
    """
    async with console_of(settings, url) as console:
        found = await _list_of(console, campaign, list_name)
        switching = asyncio.create_task(console.post(f"/api/lists/{found}/{what}"))
        try:
            while not (await asyncio.wait([switching], timeout=LOOK_S))[0]:
                try:
                    lists = (await console.get(f"/api/campaigns/{campaign}/lists"))["lists"]
                except ConsoleRefused:
                    continue  # what counts is what comes of the switching
                follow(next(one["leads"] for one in lists if one["id"] == found))
            told: dict[str, Any] = await switching
        finally:
            switching.cancel()
            await asyncio.wait([switching])
        return told


async def export_leads(
    settings: Settings, url: str, campaign: int, list_name: str, file: Path
) -> dict[str, Any]:
    """Write a list of a campaign, or all of them, to a file that only its owner reads; tells how many."""
    async with console_of(settings, url) as console:
        path = f"/api/campaigns/{campaign}/export"
        if list_name:
            path = f"/api/lists/{await _list_of(console, campaign, list_name)}/export"
        await console.download(path, file)
    with file.open(newline="", encoding="utf-8-sig") as written:
        return {"file": str(file), "rows": sum(1 for _ in csv.reader(written)) - 1}


async def load_registry(
    settings: Settings, url: str, list_name: str, file: Path, reason: str, encoding: str
) -> dict[str, Any]:
    """Put the numbers of a file on a do-not-call list, by name or number; returns the counts."""
    async with console_of(settings, url) as console:
        lists = (await console.get("/api/suppressions"))["lists"]
        path = f"/api/suppressions/{_named(lists, list_name, 'there is no do-not-call list')}/import"
        told: dict[str, Any] = await console.send_file(path, file, {}, reason=reason, encoding=encoding)
        return told


async def check_suppression(
    settings: Settings, url: str, number: str, purpose: str, campaign: int | None
) -> dict[str, Any]:
    """Return which calls to a number do-not-call lists bar, of a purpose or a campaign where one is named."""
    about: dict[str, str | int] = {"number": number}
    if purpose:
        about["purpose"] = purpose
    if campaign is not None:
        about["campaign_id"] = campaign
    async with console_of(settings, url) as console:
        told: dict[str, Any] = await console.get("/api/suppressions/check", **about)
        return told


async def _list_of(console: ConsoleClient, campaign: int, name: str) -> int:
    """Return the number of a campaign's list; raises ``ConsoleRefused``."""
    lists = (await console.get(f"/api/campaigns/{campaign}/lists"))["lists"]
    return _named(lists, name, f"campaign {campaign} has no list")


def _named(lists: Sequence[Mapping[str, Any]], name: str, none: str) -> int:
    """Return the number of the list that is named so, or numbered so; raises ``ConsoleRefused``."""
    for wanted in ("name", "id"):
        for one in lists:
            if str(one[wanted]) == name:
                number: int = one["id"]
                return number
    there = ", ".join(one["name"] for one in lists) or "none"
    raise ConsoleRefused(f"{none} {name!r}; there is: {there}")


async def reload_packs(settings: Settings, url: str) -> dict[str, Any]:
    """Have the service take changed rule packs; returns those in force and what became of them."""
    async with console_of(settings, url) as console:
        told: dict[str, Any] = await console.post("/api/packs/reload")
        return told


def packs_line(told: Mapping[str, Any]) -> str:
    """Return what a reload of rule packs did as one line."""
    done = [f"{how}: {', '.join(told[how])}" for how in ("added", "changed", "gone") if told[how]]
    return f"{len(told['packs'])} packs in force; {'; '.join(done) or 'nothing has changed'}"


async def fetch_report(settings: Settings, url: str, campaign: int, *, whole: bool) -> dict[str, Any]:
    """Return a campaign's report: the first lines of its lists, or with ``whole`` every line."""
    path = f"/api/campaigns/{campaign}/report"
    async with console_of(settings, url) as console:
        report: dict[str, Any] = await console.get(path)
        if whole:
            await _complete(console, report["not_reached"], f"{path}/not-reached", "lead_id")
            await _complete(console, report["records"], f"{path}/records", "attempt_id")
        return report


async def _complete(console: ConsoleClient, lines: list[dict[str, Any]], path: str, key: str) -> None:
    """Append the pages after the lines that are there."""
    left = len(lines) > 0
    while left:
        page = await console.get(path, after=lines[-1][key], limit=PAGE)
        lines += page["lines"]
        left = page["left"] > 0
