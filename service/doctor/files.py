"""What lies on disk: the database, sounds, the cache, and who else may read what is ours.

Makes nothing and changes nothing, the database included.
"""

import asyncio
import json
import os
import shlex
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from campaigns.private_files import open_to_world
from service.doctor.finding import Finding
from service.pbx.places import cache_dir
from service.serve import shared_directories
from service.settings import Settings
from store.errors import BadUrl, StoreError
from store.opening import Store, open_existing
from store.other_writers import PATIENCE_S, holders, is_locked
from store.schema import Standing, standing

_BROKEN: Final = ("malformed", "not a database", "corrupt", "disk i/o error")

ROOM_BYTES: Final = 16 << 20
"""Less than this beside the database is a fault: its log alone grows to several megabytes."""


async def database(settings: Settings) -> tuple[Finding, datetime | None]:
    """Look at the database; returns also the moment of the last event in it, where one can be read."""
    name, url, file = "database", settings.database_url, settings.database_file
    scheme = url.partition("://")[0]  # what follows may hold a password
    try:
        if file is not None and (missing := await asyncio.to_thread(_no_file, file)):
            return missing, None
        stands = await standing(url)
        if stands is Standing.NEWER:
            remedy = "install the version of the program that wrote it, or a newer one"
            return Finding(
                name, False, f"{scheme}: a newer version of the program has been here", remedy
            ), None
        if stands is not Standing.CURRENT:
            what = "without tables" if stands is Standing.EMPTY else "of an older version"
            return Finding(name, True, f"{scheme}, {what}: the next start of the service upgrades it"), None
        store = await open_existing(url)
        try:
            campaigns, last = await store.campaign_book.campaigns(), await _last_event(store)
        finally:
            await store.close()
        if file is not None and (held := await asyncio.to_thread(_held, file)):
            return held, last
    except (StoreError, OSError) as fault:
        return Finding(name, False, f"{scheme}: {fault}", _remedy(fault, file)), None
    return Finding(name, True, f"{scheme}, schema up to date, {len(campaigns)} campaigns"), last


def _no_file(file: Path) -> Finding | None:
    """Say what is to be said of a file before it is opened; None when it is there and can be written."""
    name = "database"
    if not file.exists():
        if why := why_not_made(file):
            return Finding(name, False, f"sqlite: {why}", "correct database.url, or make its place writable")
        if full := _no_room(file):
            return full
        return Finding(name, True, "sqlite: not there yet: the first start of the service makes it")
    for place in (file, file.parent):  # SQLite makes its log beside the file
        if not os.access(place, os.W_OK):
            remedy = f"make it writable to the service's user: `chown` {place}"
            return Finding(name, False, f"sqlite: {place} cannot be written to", remedy)
    return _no_room(file)


def _no_room(file: Path) -> Finding | None:
    """Say that the disk is full, before SQLite calls it a fault of the disk."""
    place = next(parent for parent in file.absolute().parents if parent.exists())
    free = shutil.disk_usage(place).free
    if free >= ROOM_BYTES:
        return None
    detail = f"sqlite: the disk is full: {free / 1e6:.1f} MB are free in {place}"
    remedy = (
        f"make room there (`df -h {shlex.quote(str(place))}`); the database itself is sound: leave it there"
    )
    return Finding("database", False, detail, remedy)


def _held(file: Path) -> Finding | None:
    """Say that another program keeps the service from writing, and which; None where it can write."""
    try:
        if not is_locked(file):
            return None
    except sqlite3.Error as fault:
        return Finding("database", False, f"sqlite: cannot be written: {fault}", _remedy(fault, file))
    who = ", ".join(holders(file))
    detail = f"sqlite: locked by {who or 'another program'} for more than {PATIENCE_S:g} s"
    remedy = "end what has it open in a transaction (a shell of sqlite3, a tool that copies it); " + (
        "the process is named" if who else f"`fuser -v {shlex.quote(str(file))}` names it"
    )
    return Finding("database", False, detail, remedy)


def _remedy(fault: Exception, file: Path | None) -> str:
    if isinstance(fault, BadUrl):
        return "correct database.url (or DIALER_DATABASE_URL)"
    if file is None:
        return "start the database's server, or correct database.url: host, port, user, password, name"
    if any(words in str(fault).lower() for words in _BROKEN):
        aside = f"mv {shlex.quote(str(file))} {shlex.quote(f'{file}.broken')}"
        return (
            f"damaged, or no database: stop the service, put it and its -wal and -shm aside (`{aside}`), "
            "then put your last backup in its place; without one the next start makes a new one"
        )
    return f"correct database.url, or see to {file}: is it a file that the service's user may read and write?"


async def _last_event(store: Store) -> datetime | None:
    """Return the moment of the ledger's last entry."""
    head = await store.ledger_book.head()
    entries = await store.ledger_book.page(head.n - 1, 1) if head.n else ()
    try:
        return datetime.fromisoformat(json.loads(entries[0].body)["at"]) if entries else None
    except (
        ValueError,
        KeyError,
        TypeError,
    ):  # `dialer ledger verify` says what is wrong
        return None


def why_not_made(path: Path) -> str:
    """Say why a file or directory could not be made at ``path``; empty when it could."""
    there = next(parent for parent in path.parents if parent.exists())
    if not there.is_dir():
        return f"{there} is no directory"
    return "" if os.access(there, os.W_OK | os.X_OK) else f"{there} cannot be written to"


def sounds(settings: Settings) -> Finding:
    """Look whether spoken sounds can be put where Asterisk finds them."""
    name, prompts = "sounds", shared_directories(settings)[0]
    if not prompts.exists():
        if why := why_not_made(prompts):
            return Finding(name, False, why, "make the directory, or let the service make it there")
        return Finding(name, True, f"{prompts} is made at the first start")
    if not (prompts.is_dir() and os.access(prompts, os.W_OK | os.X_OK)):
        remedy = "make it a directory that the service may write to"
        return Finding(name, False, f"{prompts}: cannot be written", remedy)
    made = sum(1 for _ in prompts.glob("*.wav"))
    return Finding(name, True, f"{prompts} is writable, {made} sounds made so far")


def cache() -> Finding:
    """Look whether there is room for what is kept between runs: spoken sounds, an unpacked Asterisk."""
    name, place = "cache", cache_dir()
    if place.is_dir():
        why = "" if os.access(place, os.W_OK | os.X_OK) else f"{place} cannot be written to"
    else:
        why = f"{place} is no directory" if place.exists() else why_not_made(place)
    if why:
        return Finding(name, False, why, "set DIALER_CACHE to a directory that this user may write to")
    return Finding(name, True, f"{place} can be written")


async def private(settings: Settings) -> Finding:
    """Whether other users of this machine can read what is ours: customers, secrets, votes."""
    name = "private files"
    told = await asyncio.to_thread(lambda: [path for path in kept_private(settings) if open_to_world(path)])
    if not told:
        return Finding(name, True, "database, secrets, uploads and votes are closed to other users")
    votes = None if settings.pbx.managed else shared_directories(settings)[1]
    rest = [str(path) for path in told if path != votes]
    remedies = [f"chmod o= {shlex.join(rest)}"] if rest else []
    if votes in told:
        shown = shlex.quote(str(votes))
        group = "asterisk (the group of Asterisk's own user, who writes there)"
        remedies.append(f"chmod 2770 {shown} after chgrp {group} {shown}")
    detail = f"every user of this machine has a right to {', '.join(map(str, told))}"
    return Finding(name, False, detail, "; ".join(remedies))


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
