"""A console over the desk in memory on a loopback port, and whoever types commands that ask it."""

import asyncio
import json
import threading
from pathlib import Path

from aiohttp import web
from click.testing import Result
from command_line import typed

from campaigns.desk.campaigns import CampaignDraft
from console.app import create_app
from console.memory import MemoryDesk
from console.ports import Token

TOKEN = "manager-token-0123456789"


class Served:
    """A console over the desk in memory, in a thread of its own: the command has a loop of its own."""

    def __init__(self, spool: Path) -> None:
        self.world = MemoryDesk({TOKEN: Token("Mia", "manager")}, {}, spool)
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="console under test")

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        runner = web.AppRunner(create_app(self.world.desk))
        self._loop.run_until_complete(self._start(runner))
        self._up.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self.world.imports.close())
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    async def _start(self, runner: web.AppRunner) -> None:
        await self.world.campaigns.create(CampaignDraft("One", "revisit", "Acme", "+4930555010", ""), "Mia")
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = "http://{}:{}".format(*runner.addresses[0][:2])

    def save_mapping(self, name: str, columns: dict[str, str]) -> None:
        """Save a mapping as the manager's page does."""
        saving = self.world.imports.save_mapping(name, columns, "Mia")
        asyncio.run_coroutine_threadsafe(saving, self._loop).result(10)

    def __enter__(self) -> "Served":
        self._thread.start()
        assert self._up.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


class Typist:
    """Whoever types: with a folder and settings of his own, and a service that answers at ``url``."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        folder.mkdir()
        tokens = folder / "tokens.json"
        tokens.write_text(json.dumps({"manager": TOKEN}), encoding="utf-8")
        tokens.chmod(0o600)
        settings = folder / "dialer.toml"
        settings.write_text('[http]\ntokens_file = "tokens.json"\n', encoding="utf-8")
        self._place = ("--settings", str(settings), "--url", url)

    def invoke(self, *words: str) -> Result:
        """Run one command of ``dialer`` to its end."""
        return typed(*words, *self._place)
