"""A service that cannot start says why, naming the place, and leaves nothing behind."""

import asyncio
import socket
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from running import RunningService, lay_out, running
from scene import until
from served import program, served

from gateways.console_client import ConsoleRefused
from service.pbx.pair import Pair

# Five programs start side by side: that takes long on a busy machine.
pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(300)]
BAD_FLOW = """
name = "revisit"
title = "Broken"
language = "en"
start = "agent"
[nodes.agent]
kind = "agent"
queue = "revisit"
wait_s = 2
exits = { talked = "nowhere", no_agent = "end" }
[nodes.end]
kind = "end"
[prompts.en]
"""


async def refused(home: Path) -> str:
    """Start a service that must not start; return what it said."""
    log = home / "refused.log"
    log.unlink(missing_ok=True)
    process = served(home / "dialer.toml", log)
    try:
        await asyncio.to_thread(process.join, 100)
        status = process.exitcode
    finally:
        process.kill()
        process.join()
    said = log.read_text(encoding="utf-8")
    assert status == 1, said
    assert "Traceback" not in said
    return said


def change(home: Path, before: str, after: str) -> None:
    """Change one line of the settings."""
    file = home / "dialer.toml"
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


async def health(service: RunningService) -> str:
    """Return how the service says it is; what it refuses with while it settles what was before it."""
    try:
        return str((await service.console.get("/health"))["status"])
    except ConsoleRefused as not_yet:
        return str(not_yet)


async def whole_health(service: RunningService) -> str:
    """Return all that the service says of how it is, well or not."""
    async with aiohttp.ClientSession() as session, session.get(f"{service.url}/health") as answer:
        return await answer.text()


def occupied() -> socket.socket:
    """Return a socket that listens on a free port."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    return taken


async def faulty(pair: Pair, home: Path, before: str, after: str, *places: str) -> None:
    """Check that a service with one change in its settings names all places and makes no database."""
    await lay_out(pair, home, ["agent-101"])
    change(home, before, after)
    said = await refused(home)
    for place in places:
        assert place in said
    assert not (home / "dialer.db").exists()


async def late(pair: Pair, home: Path, before: str, after: str, place: str) -> None:
    """Check that a service that can not open one of its parts names it and gives its ports back."""
    with occupied() as free:
        agi_port = free.getsockname()[1]
    await lay_out(pair, home, ["agent-101"])
    change(home, f"agi_port = {pair.agi_port}", f"agi_port = {agi_port}")
    (home / "wrong").write_text("not the secret", encoding="utf-8")
    change(home, before, after)
    said = [line for line in (await refused(home)).splitlines() if not line.startswith("timestamp=")]
    assert len(said) == 1
    assert place in said[0]
    with socket.socket() as again:
        again.bind(("127.0.0.1", agi_port))


async def test_holds_start_faulty_definitions_are_named_and_nothing_is_made(
    pair: Pair, tmp_path: Path
) -> None:
    flows, templates = tmp_path / "flows", tmp_path / "faulty"
    flows.mkdir()
    (flows / "revisit.toml").write_text(BAD_FLOW, encoding="utf-8")
    templates.mkdir()
    (templates / "quick.toml").write_text('name = "quick"\nmax_attempts = 0\n', encoding="utf-8")
    async with asyncio.TaskGroup() as cases:  # side by side: most of each is the program's own start
        for home, before, after, *places in (
            ("settings", "port = 0", 'port = "soon", colour = "red"', "http.port", "http.colour"),
            ("flow", "templates =", f'flows = "{flows}"\ntemplates =', "revisit.toml", "nowhere"),
            ("template", 'templates = "templates"', f'templates = "{templates}"', "quick.toml: max_attempts"),
            ("secret", '= "secret"', '= "no-such-file"', "no-such-file", "DIALER_AMI_SECRET"),
        ):
            cases.create_task(faulty(pair, tmp_path / home, before, after, *places), name=home)


async def test_holds_start_failing_late_closes_what_was_opened(pair: Pair, tmp_path: Path) -> None:
    with occupied() as taken:
        port = taken.getsockname()[1]
        async with asyncio.TaskGroup() as cases:
            for home, before, after, place in (
                ("http", "port = 0", f"port = {port}", f"http: cannot listen on 127.0.0.1:{port}"),
                ("agi", "agi_port = ", f"agi_port = {port} #", f"agi: cannot listen on 127.0.0.1:{port}"),
                ("ami", 'secret_file = "secret"', 'secret_file = "wrong"', "pbx: manager user 'dialer'"),
                ("database", "sqlite:///dialer.db", "sqlite:///secret/dialer.db", "database.url: "),
                ("tokens", 'tokens_file = "tokens.json"', 'tokens_file = "secret"', "/secret: file: "),
            ):
                cases.create_task(late(pair, tmp_path / home, before, after, place), name=home)
    home = tmp_path / "well"
    await lay_out(pair, home, ["agent-101"])
    service = RunningService(pair, home, ["agent-101"], program)
    try:
        await service.start()
        await until(partial(health, service), lambda said: said == "ok", "a service that is well")
    finally:
        await service.kill()


async def test_nothing_is_dialled_on_an_asterisk_that_lacks_what_calls_need(
    pair: Pair, tmp_path: Path
) -> None:
    """As one built from source may. Whoever answered would be hung up on, one after the other."""
    assert "Unloaded" in await pair.pbx.command("module unload app_read.so")
    try:
        async with running(pair, tmp_path, agents=0) as desk:

            async def log() -> str:
                return desk.service.log()

            await until(log, lambda said: "not_loaded=app_read.so" in said, "what the switch lacks")
            assert 'event="switch ready"' not in desk.service.log()
            assert "it has not loaded app_read.so: nothing is dialled" in await whole_health(desk.service)
            await pair.pbx.command("module load app_read.so")
            await until(lambda: health(desk.service), lambda told: told == "ok", "a whole switch")
    finally:
        await pair.pbx.command("module load app_read.so")
