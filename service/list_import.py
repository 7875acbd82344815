"""What ``dialer import`` asks of the running service: send a list, follow it, fetch its reject file.

Knows routes. Must not know how lists are read.
"""

import asyncio
import filecmp
import itertools
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from campaigns.private_files import private_file
from gateways.console_client import ConsoleClient, ConsoleRefused
from service.remote import console_of
from service.settings import Settings

LOOK_S: Final = 0.5
"""How often an upload under way is looked at, in seconds."""
TOLD: Final = ("rows", "loaded", "updated", "unchanged", "duplicate", "faulty", "unproven", "dry_run", "form")


@dataclass(frozen=True, slots=True)
class Sending:
    """What to send and how: a file, the list it goes to, what becomes of known people.

    ``mapping`` is a file, or the name of a saved one: a word that is neither a file nor written like one.
    ``save_mapping`` is the name under which columns, encoding and order of dates are saved once the list was
    taken, with one good row at least.
    """

    campaign: int
    file: Path
    dry_run: bool = False
    mapping: str = ""
    list_name: str = "main"
    known: str = "update"
    within: str = "campaign"
    encoding: str = ""
    save_mapping: str = ""
    date_order: str = ""


async def send_list(
    settings: Settings, url: str, sending: Sending, follow: Callable[[float, int, str], None]
) -> dict[str, Any]:
    """Load a list; returns the counts and ``form``, how it was read (encoding and delimiter, or the sheet).

    ``reject_file`` is where the rows are that were not taken, None where all were; ``other_rejects`` is a
    file by its usual name that is not of this upload.

    ``follow`` is told the share of the file that is read, how many rows that were, and
    what it waits for, if it does. Raises
    ``ConsoleRefused`` for what spoils the whole file.
    """
    saved = sending.mapping if _is_name(sending.mapping) else ""
    beside = {} if saved else _beside(sending.mapping)
    async with console_of(settings, url) as console:
        report = await console.send_file(
            f"/api/campaigns/{sending.campaign}/import",
            sending.file,
            beside,
            dry_run=str(sending.dry_run).lower(),
            list=sending.list_name,
            known=sending.known,
            within=sending.within,
            encoding=sending.encoding,
            date_order=sending.date_order,
            wait="false",
            **({"mapping": saved} if saved else {}),
        )
        try:
            while report["state"] == "running":
                await asyncio.sleep(LOOK_S)
                report = await console.get(f"/api/imports/{report['id']}")
                waits_for = report["problem"] if report["state"] == "running" else ""
                follow(report["share"], report["rows"], waits_for)
        except BaseException:
            await asyncio.shield(_cancel(console, report["id"]))
            raise
        if report["state"] != "done":
            faults = tuple(f"{one['place']}: {one['problem']}" for one in report["faults"])
            why = "" if faults else f": {report['problem']}"  # the faults are what is the matter
            raise ConsoleRefused(f"the list was not loaded{why}", faults)
        reject_file = await _fetch_rejects(console, report, sending.file) if report["has_rejects"] else None
        if sending.save_mapping and not nothing_taken(report):
            await _save_mapping(console, sending, saved, json.loads(beside.get("mapping", "{}")))
    known = {name: report[name] for name in TOLD}
    told = None if reject_file is None else str(reject_file)
    others = _other_rejects(sending.file, reject_file)
    return {**known, "reject_file": told, "faults": report["faults"], "other_rejects": others}


def nothing_taken(report: Mapping[str, Any]) -> str:
    """Say in a sentence that every row of a list is faulty; empty where one row at least is good."""
    if not report["rows"] or report["faulty"] < report["rows"]:
        return ""
    return f"nothing was taken: every row is faulty ({report['rows']})"


def _is_name(mapping: str) -> bool:
    """Say whether a word is the name of a saved mapping, and no file."""
    return "/" not in mapping and not mapping.endswith(".json") and not Path(mapping).is_file()


def _beside(mapping: str) -> Mapping[str, str]:
    """Read a mapping's file, so that a mistake in it is told before anything is sent."""
    if not mapping:
        return {}
    try:
        text = Path(mapping).read_text(encoding="utf-8")
        columns = json.loads(text)
    except (OSError, ValueError) as fault:
        raise ConsoleRefused(f"{mapping}: no mapping can be read: {fault}") from fault
    if not isinstance(columns, dict):
        raise ConsoleRefused(f"{mapping}: must be a JSON object of header names by column")
    return {"mapping": text}


async def _save_mapping(
    console: ConsoleClient, sending: Sending, saved: str, columns: Mapping[str, str]
) -> None:
    """Save how the list was read: what was said here, over what the saved mapping says that was named."""
    there = (await console.get("/api/mappings"))["mappings"]
    none: dict[str, Any] = {"columns": {}, "encoding": "", "date_order": ""}
    before = next((one for one in there if one["name"] == saved), none)
    mapping = {
        "name": sending.save_mapping,
        "columns": {**before["columns"], **columns},
        "encoding": sending.encoding or before["encoding"],
        "date_order": sending.date_order or before["date_order"],
    }
    try:
        await console.post("/api/mappings", mapping)
    except ConsoleRefused as refusal:
        words = f"the list was taken, but its mapping was not saved: {refusal}"
        raise ConsoleRefused(words, refusal.faults) from refusal


async def _cancel(console: ConsoleClient, import_id: str) -> None:
    """Whoever gives up at the terminal means the upload as well."""
    try:
        await console.post(f"/api/imports/{import_id}/cancel")
    except ConsoleRefused:
        return  # the service has gone, and the upload with it


async def _fetch_rejects(console: ConsoleClient, report: Mapping[str, Any], file: Path) -> Path:
    """Fetch the reject file to beside the list, or to here where that cannot be written.

    A file that is there is never overwritten, for somebody may have corrected rows in it; one that says just
    the same is this one.
    """
    for folder in (file.parent, Path()):
        try:
            with tempfile.TemporaryDirectory(dir=folder, prefix=".rejects-") as own:
                fetched = Path(own) / "rejects.csv"
                await console.download(f"/api/imports/{report['id']}/rejects", fetched)
                return _placed(fetched, _usual(file, folder))
        except OSError:
            continue
    raise ConsoleRefused(f"{_usual(file, Path())} can be written neither beside the list nor here")


def _usual(file: Path, folder: Path) -> Path:
    return folder / f"{file.stem}.rejects.csv"


def _placed(fetched: Path, usual: Path) -> Path:
    """Give a file its usual name, or the first one with a number that is free or holds just the same."""
    for number in itertools.count(1):
        target = usual if number == 1 else usual.with_name(f"{usual.stem}-{number}{usual.suffix}")
        try:
            with open(target, "xb", opener=private_file) as out, fetched.open("rb") as found:
                shutil.copyfileobj(found, out)
        except FileExistsError:
            if not (target.is_file() and filecmp.cmp(fetched, target, shallow=False)):
                continue
        return target
    raise AssertionError("numbers do not end")


def _other_rejects(file: Path, own: Path | None) -> str | None:
    """Return a reject file beside the list that is not of this upload, by its usual name."""
    usual = _usual(file, file.parent)
    return str(usual) if usual != own and usual.exists() else None
